#!/usr/bin/env perl
# make install and uninstall, and the installed files: units that systemd accepts,
# man pages and examples.

use strict;
use warnings;
use Test::More;
use Links;
use Testbed;

my $root = folder() . '/root';
my $make = "make -s -C @{[top()]} BUILD=" . ($ENV{BUILD} // 'build');

sub files {
	return sort map { chomp; substr $_, length $root }
	    `find $root ! -type d 2>/dev/null`;
}

is system("umask 077; $make install DESTDIR=$root PREFIX=/usr >/dev/null"), 0,
    'make install';
is_deeply [files()], [sort map {"/usr/$_"}
	'sbin/mixspool.fcgi', 'bin/mixspool', (map {"libexec/mixspool/mixspool-$_"} qw(send once members once-postgresql
	    members-postgresql doctor serve)),
	'share/bash-completion/completions/mixspool',
	'share/zsh/site-functions/_mixspool',
	(map {"share/man/$_"} 'man1/mixspool.1', 'man1/mixspool-send.1',
		'man1/mixspool-once.1', 'man1/mixspool-doctor.1',
		'man5/mixspool.5', 'man8/mixspool.fcgi.8'),
	(map {"lib/systemd/system/$_"} 'mixspool.service', 'mixspool.socket',
		'mixspool-mounts.target'),
	'lib/sysusers.d/mixspool.conf', 'lib/tmpfiles.d/mixspool.conf',
	(map {"share/doc/mixspool/$_"} 'nginx-example.conf',
		'apache-example.conf', 'crontab-example',
		'htaccess-example', 'README.md', 'SECURITY.md',
		'CHANGES.md', 'CONTRIBUTING.md', 'LICENSE',
		(map { s{^\Q@{[top()]}\E/}{}r }
		    glob join ' ', map { top() . "/docs/$_" } qw(*.md *.png benchmarks/*.svg)),
		'examples/apache-busy.asis', 'examples/mixspool.cgi', 'examples/prometheus-alerts.yml', 'examples/grafana-dashboard.json',
		(map {"examples/init/$_"} qw(mixspool.sysv mixspool.openrc runit/run runit/log/run)),
		(map {"examples/web-servers/$_"} qw(Caddyfile fcgiwrap.conf h2o.conf haproxy.cfg
		    lighttpd-busy.asis lighttpd.conf mini-httpd.cgi mini-httpd.conf uwsgi.ini)),
		(map {"examples/cluster/$_"} qw(haproxy.cfg haproxy-fastcgi.cfg nginx.conf nginx-fastcgi.conf)),
		'examples/mixspool-send.service', 'examples/mixspool-send.timer',
		map {"examples/to-$_"} qw(csv http kafka nats postgres rabbitmq redis
		    sqlite))],
    'the installed files';
is_deeply broken_links("$root/usr/share/doc/mixspool"), [],
    'every link between the documents leads somewhere';
like slurp("$root/usr/lib/systemd/system/mixspool.service"),
    qr{^ExecStart=/usr/sbin/mixspool\.fcgi -d /var/spool/mixspool$}m,
    'the unit follows PREFIX';
is `find $root ! -perm -444`, '', 'everybody may read all files, whatever the umask was';
like `$root/usr/bin/mixspool -V`, qr/^mixspool \d/, 'the tool runs';
like `$root/usr/bin/mixspool help send`, qr/^usage: mixspool send /,
    '... and finds its programs';
like `$root/usr/bin/mixspool help members`, qr/^usage: mixspool members /,
    '... by each of their names';
like `$root/usr/sbin/mixspool.fcgi -V`, qr/^mixspool\.fcgi \d/, 'the receiver runs';

is system("$make uninstall DESTDIR=$root PREFIX=/usr"), 0, 'make uninstall';
is_deeply [files()], [], 'uninstall leaves nothing';

my $tools = "DESTDIR=$root BINDIR=/opt/tools/bin";
system "$make install $tools >/dev/null";
like `$root/opt/tools/bin/mixspool help send`, qr/^usage: mixspool send /,
    'the tool finds its programs in another BINDIR, too';
system "$make uninstall $tools";
is_deeply [files()], [], '... and nothing is left';

is system("$make install DESTDIR=$root SPOOL=/srv/spool >/dev/null"), 0,
    'make install with the defaults';
my $unit = "$root/usr/local/lib/systemd/system/mixspool.service";
like slurp($unit), qr{^ExecStart=/usr/local/sbin/mixspool\.fcgi -d /srv/spool$}m,
    'the unit has SPOOL';
like slurp($unit), qr{^ReadWritePaths=/srv/spool$}m, '... to the sandbox';
like slurp("$root/usr/local/lib/systemd/system/mixspool-mounts.target"),
    qr{^RequiresMountsFor=/srv/spool$}m, '... to its file systems';
like slurp("$root/usr/local/lib/tmpfiles.d/mixspool.conf"),
    qr{^d /srv/spool +:2770 }m, '... and to the folder';

# systemd reads the units as they are installed, and looks for the program.
my $program = "$root/usr/local/sbin/mixspool.fcgi";
for my $name (qw(mixspool.service mixspool.socket mixspool-mounts.target)) {
	my $text = slurp("$root/usr/local/lib/systemd/system/$name");
	$text =~ s{^ExecStart=\S+}{ExecStart=$program}m;
	$text =~ s{^Documentation=.*\n}{}m;
	spew(folder() . "/$name", $text);
}
for my $name (qw(mixspool-send.service mixspool-send.timer)) {
	my $text = slurp("$root/usr/local/share/doc/mixspool/examples/$name");
	$text =~ s{/usr/local/bin/mixspool}{$root/usr/local/bin/mixspool};
	$text =~ s{^Documentation=.*\n}{}m;
	spew(folder() . "/$name", $text);
}
my $verify = `cd @{[folder()]} && SYSTEMD_LOG_LEVEL=warning systemd-analyze verify ./mixspool.socket ./mixspool.service ./mixspool-mounts.target ./mixspool-send.timer ./mixspool-send.service 2>&1`;
is $?, 0, 'systemd-analyze verify';
is join("\n", grep {/mixspool/} split /\n/, $verify), '', '... has no complaint';
my $security = `systemd-analyze security --offline=true @{[folder()]}/mixspool.service 2>&1`;
my ($exposure) = $security =~ /exposure level.*?: (\d+\.\d)/;
cmp_ok $exposure // 10, '<=', 1.5, 'systemd-analyze security: exposure '
    . ($exposure // "unknown: $security");

is system("mandoc -T lint -W warning @{[top()]}/man/*.[158]"), 0,
    'the man pages are clean';
system("$make uninstall DESTDIR=$root");
is_deeply [files()], [], '... leaves nothing';

done_testing;

#!/usr/bin/env perl
# mixspool setup: what it finds below a root, and the script that it prints: for each
# web server, without a flaw that shellcheck sees, and with the example as it stands.
# setup_runs.t runs it.

use strict;
use warnings;
use File::Copy qw(copy);
use File::Path qw(make_path);
use Test::More;
use Testbed;

my %files = (
	nginx => [qw(usr/sbin/nginx etc/nginx/conf.d/)],
	apache2 => [qw(usr/sbin/apache2 etc/apache2/sites-available/)],
	lighttpd => [qw(usr/sbin/lighttpd etc/lighttpd/conf-available/)],
	caddy => [qw(usr/bin/caddy etc/caddy/)],
	haproxy => [qw(usr/sbin/haproxy etc/haproxy/)],
	h2o => [qw(usr/bin/h2o etc/h2o/)],
);
my %example = (nginx => 'nginx-example.conf', apache2 => 'apache-example.conf',
	map { /(\w+)/ => "examples/web-servers/$_" } qw(lighttpd.conf haproxy.cfg h2o.conf));
$example{caddy} = 'examples/web-servers/Caddyfile';

# The files, and the name of the first process, that tell an init.
my %inits = (
	systemd => ['systemd', 'run/systemd/system/'],
	runit => ['runit'],
	openrc => ['init', 'run/openrc/softlevel', 'etc/init.d/rc'],
	sysv => ['init', 'etc/init.d/rc', 'usr/lib/systemd/systemd'],
	none => ['bash'],
);

# A root with these servers, those of them that run, and an init.
my $roots = 0;

sub root {
	my ($servers, $running, $init) = @_;
	my $root = folder() . '/root' . $roots++;
	my ($first, @signs) = @{ $inits{ $init // 'systemd' } };
	for my $path ((map { @{ $files{$_} } } @$servers), @signs) {
		make_path("$root/" . $path =~ s{[^/]*\z}{}r);
		spew("$root/$path", '') if $path !~ m{/\z};
	}
	my $pid = 1;
	for my $name ($first, @$running) {
		make_path("$root/proc/$pid");
		spew("$root/proc/" . $pid++ . '/comm', "$name\n");
	}
	make_path("$root/proc/self");
	return $root;
}

sub setup { return tool('setup', @_) }

for my $host ('', '-a.example.com', 'a-.example.com', 'a..example.com', '.example.com',
	'example.com.', 'a_b.example.com', 'a b', 'a;reboot', '$(reboot)', "a'b", "a\nb", 'a/b',
	'https://hooks.example.com', 'hooks.example.com:443', '192.0.2.1', '[2001:db8::1]', '12',
	"\xc3\xa4.example.com", '@NAME@', 'a' x 64 . '.example.com', join('.', ('a' x 63) x 4)) {
	my ($status, $out, $err) = setup('--root', root(['nginx'], []), '--', $host);
	is $status, 64, 'not a host name: ' . $host =~ s/\n/\\n/r;
	is $out, '', '... prints nothing';
	is $err, "mixspool setup: HOST is not a host name, such as hooks.example.com\n", '... but why';
}
for my $host ('localhost', 'a.b', 'xn--4ca.example.com', '1.example.com', join('.', ('a' x 63) x 3, 'a' x 61)) {
	my ($status, $out) = setup('--root', root(['nginx'], []), $host);
	is $status, 0, "a host name: $host";
	like $out, qr/^host=\Q$host\E /m, '... in the script';
}

my ($status, $out, $err) = setup('--root', root([], []), 'a.example.com');
is $status, 69, 'no web server: exit 69';
is $out, '', '... and no script';
like $err, qr/no web server is installed: for example apt-get install nginx/, '... says what to install';
($status, $out, $err) = setup('--root', root([qw(nginx apache2)], []), 'a.example.com');
is $status, 64, 'two web servers: exit 64';
is $out, '', '... and no script';
like $err, qr/which one\? --server NAME; there are nginx, apache2$/, '... names them';
($status, $out, $err) = setup('--root', root([qw(nginx apache2)], [qw(nginx apache2)]), 'a.example.com');
is $status, 64, '... also when both run';
($status, $out) = setup('--root', root([qw(nginx apache2)], ['apache2']), 'a.example.com');
like $out, qr/^# mixspool behind Apache,/m, 'the one that runs';
($status, $out) = setup('--root', root([qw(nginx apache2)], ['apache2']), 'a.example.com', '--server', 'nginx');
like $out, qr/^# mixspool behind nginx,/m, '... unless another one is named';
like $out, qr/^#     mixspool setup --server nginx a\.example\.com \| sudo sh$/m, '... which the script says at its top';
like $out, qr/for root: mixspool setup --server nginx a\.example\.com \| sudo sh/, '... and to an ordinary user';
($status, $out, $err) = setup('--root', root(['nginx'], []), '--server', 'apache2', 'a.example.com');
is $status, 69, 'a server that is not installed: exit 69';
like $err, qr/Apache is not installed: apt-get install apache2/, '... says what to install';
($status, $out, $err) = setup('--root', root(['nginx'], []), '--server', 'iis', 'a.example.com');
is $status, 64, 'a server that setup does not know: exit 64';
($status) = setup('--root', folder() . '/none', 'a.example.com');
is $status, 66, 'no such root: exit 66';
($status, $out, $err) = setup('a.example.com', 'b.example.com');
is $status, 64, 'two names: exit 64';

($status, $out, $err) = setup('--root', root(['nginx'], [], 'none'), 'a.example.com');
is $status, 69, 'no init that setup knows: exit 69';
is $out, '', '... and no script';

# The folder in which it is installed is in the script.
for my $name ('plain-1.0', 'a b', "it's", '$(reboot)', '`reboot`', 'a;b', "a\nb") {
	my $bin = folder() . "/$name/bin";
	make_path($bin);
	copy(program('mixspool'), "$bin/mixspool") or die $!;
	chmod 0755, "$bin/mixspool";
	($status, $out, $err) = run_to_end("$bin/mixspool", 'setup', '--root', root(['nginx'], []), 'a.example.com');
	if ($name eq 'plain-1.0') {
		like $out, qr{^PATH=\Q@{[folder()]}\E/\Q$name\E/sbin:}m, "installed in $name";
		next;
	}
	is $status, 69, 'installed in ' . $name =~ s/\n/\\n/r . ': exit 69';
	is $out, '', '... and no script';
	like $err, qr/in a folder whose name a script cannot have/, '... says why';
}

# The script is a shell's, and does nothing unless it is whole and root runs it.
sub check_script {
	my ($script, $is_half) = @_;
	my $file = new_file($script);
	is `dash -n $file 2>&1`, '', '... dash reads it';
	is `shellcheck -s sh $file 2>&1`, '', '... and shellcheck has no complaint';
	if ($> == 0) {
		my $output = `setpriv --reuid=65534 --regid=65534 --clear-groups dash <$file 2>&1`;
		is exit_of($?), 1, '... it is for root';
		like $output, qr/\Asetup: this is for root: /, '... says so first';
	}
	for my $size (length($script) / 2, length($script) - 20) {
		my $part = new_file(substr $script, 0, $size);
		unlike `dash <$part 2>&1`, qr/^setup: /m, '... and a part of it does nothing';
	}
	return;
}

my %start = (systemd => 'systemctl enable --now mixspool.socket', sysv => 'update-rc.d mixspool defaults',
	openrc => 'rc-update add mixspool default', runit => 'ln -sfn /etc/sv/mixspool /etc/service/mixspool');
my %file = (sysv => ['mixspool.sysv'], openrc => ['mixspool.openrc'], runit => ['runit/run', 'runit/log/run'],
	systemd => []);
for my $server (sort keys %files) {
	for my $init (sort keys %start) {
		($status, $out, $err) = setup('--root', root([$server], [], $init), 'Hooks.Example.ORG');
		is $status, 0, "$server and $init: a script";
		is $err, '', '... without a complaint';
		like $out, qr{\A#!/bin/sh\n# mixspool behind }, '... a shell\'s';
		unlike $out, qr/\@[A-Z_]+\@/, '... in which each word is replaced';
		unlike $out, qr/example\.com/, '... and the name of the example';
		like $out, qr/^\Q$start{$init}\E$/m, '... which starts mixspool';
		my $text = slurp(top() . "/$example{$server}");
		$text =~ s/\A.*?\n\n//s;
		$text =~ s/(?:hooks|mixpanel)\.example\.com/hooks.example.org/g;
		ok index($out, "\n$text") > 0, '... it has the example, with that name and else as it stands';
		ok index($out, "\n" . slurp(top() . "/init/$_")) > 0, "... and init/$_" for @{ $file{$init} };
		# The shell is the same with each init.
		check_script($out) if $init eq 'systemd' || $server eq 'nginx';
	}
}

# Without a name with a domain, an example that refuses to run.
SKIP: {
	chomp(my $name = `uname -n`);
	skip "this machine is called $name", 3 if $name =~ /\./;
	($status, $out) = setup('--root', root(['nginx'], []));
	is $status, 0, 'without a name: a script';
	like $out, qr/^host=hooks\.example\.com /m, '... for the example';
	my $script = new_file($out);
	like `dash <$script 2>&1`, qr/\Asetup: this is an example: give the host name/, '... which refuses to run';
}
done_testing;

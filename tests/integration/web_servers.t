#!/usr/bin/env perl
# The tables of docs/web-servers.md: each web server is started from its example, with
# mixspool behind it, and each cell is measured.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Measured;
use Servers;
use Test::More;
use Testbed;

plan skip_all => 'a sanitizer cannot work in the sandbox, and web servers pass on no word'
    if $ENV{SANITIZED};

my $page = slurp(top() . '/docs/web-servers.md');

# The names of the page, and how a version is asked for.
my %servers = (
	nginx => ['nginx', '/usr/sbin/nginx -v'],
	proxy => ['Apache mod_proxy_fcgi', '/usr/sbin/apache2 -v'],
	fcgid => ['Apache mod_fcgid', '/usr/sbin/apache2 -v'],
	cgid => ['Apache mod_cgid', '/usr/sbin/apache2 -v'],
	caddy => ['Caddy', '/usr/bin/caddy version'],
	lighttpd => ['lighttpd', '/usr/sbin/lighttpd -v'],
	h2o => ['h2o', '/usr/bin/h2o -v'],
	haproxy => ['HAProxy', '/usr/sbin/haproxy -v'],
	uwsgi => ['uWSGI', '/usr/bin/uwsgi-core --version'],
	fcgiwrap => ['fcgiwrap', 'dpkg-query -W fcgiwrap'],
	minihttpd => ['mini-httpd', '/usr/sbin/mini_httpd -V'],
);
my %named = map { ($servers{$_}[0] => $_) } keys %servers;

# The columns of the tables, and what Measured calls them.
my %columns = (
	'in chunks' => 'chunked', 'HTTP/2' => 'http2', 'HTTP/2, no length' => 'lengthless',
	'campaigns' => 'campaigns', '`//x`' => 'slashes', 'no such path' => 'others', '`Authorization`' => 'authorization', 'the answer' => 'answered',
	'early answer' => 'early', 'the client' => 'client', 'mixspool' => 'mixspool',
	'4 MB are in' => 'held', '32 MiB' => 'large', 'a byte more' => 'over', '34 MiB' => 'far',
	'mixspool hangs' => 'hangs', 'mixspool is away' => 'away',
);

# The tables: server => { cell => text }.
my (%cells, %twice);
for my $table ($page =~ /^<!-- measured -->\n((?:\|.*\n)+)/mg) {
	my ($heading, undef, @rows) = map { [map {s/^\s+|\s+$//gr} split /\|/, s/^\||\|$//gr] } split /\n/, $table;
	my (undef, @names) = @$heading;
	is_deeply [grep { !$columns{$_} } @names], [], 'a table has only known columns: ' . join ', ', @names;
	for my $row (@rows) {
		my ($server, @texts) = @$row;
		my $name = $named{$server} // '';
		ok $name, "a row is of a known server: $server";
		is scalar(@texts), scalar(@names), '... with all cells';
		$twice{"$server, $_"}++ for grep { exists $cells{$name}{ $columns{$_} } } @names;
		@{ $cells{$name} }{ @columns{@names} } = @texts;
	}
}
is_deeply [keys %twice], [], 'no cell is there twice';
for my $name (sort keys %servers) {
	is_deeply [grep { !defined $cells{$name}{ $columns{$_} } } sort keys %columns], [], "$servers{$name}[0] has all cells";
}

sub version {
	my $text = `$servers{shift()}[1] 2>&1`;
	return ($text =~ /(\d+(?:\.\d+)+)/)[0] // die "no version in $text";
}

# 2.10 is over 2.9.
sub ordered { return sprintf '%05d' x 4, (split(/\./, shift), (0) x 4)[0 .. 3] }

# What a cell says of a version: "A (1.4.69), B (1.4.79)" has the first versions, and
# "to 60 KiB, then A or B" is a race of the server's own.
sub allowed {
	my ($cell, $version) = @_;
	my @parts = map {/^(.*) \((\d[\d.]*)\)$/ ? [$1, $2] : ()} split /(?<=\)), /, $cell;
	my ($last) = grep { ordered($_->[1]) le ordered($version) } reverse @parts;
	$cell = ($last // $parts[0])->[0] if @parts;
	my ($start, $ends) = $cell =~ /^(.*, then )?(.*)$/;
	return map { ($start // '') . $_ } split / or /, $ends;
}

make_bodies(folder());
my @installed = grep { !missing_server($_) } sort keys %servers;
my %measuring = map {
	my $base = folder() . "/$_";
	$_ => { out => spew("$base.out", ''), err => spew("$base.err", ''), pid => spawn(
		[$^X, '-I', top() . '/tests/lib', '-MMeasured', '-MJSON::PP', '-e', 'print encode_json(measure(@ARGV))', $_, folder()],
		out => "$base.out", err => "$base.err") };
} @installed;

for my $name (sort keys %servers) {
	SKIP: {
		skip missing_server($name), 1 if missing_server($name);
		my $one = $measuring{$name};
		my $status = exit_of(reap($one->{pid}, 400));
		my $measured = eval { decode_json(slurp($one->{out})) } // {};
		my $version = version($name);
		is $status, 0, "$servers{$name}[0] $version is measured" or diag slurp($one->{err});
		for my $cell (sort { $columns{$a} cmp $columns{$b} } keys %columns) {
			my $got = $measured->{ $columns{$cell} } // 'nothing';
			my @allowed = allowed($cells{$name}{ $columns{$cell} } // 'no cell', $version);
			is $got, (grep { $_ eq $got } @allowed)[0] // $allowed[0], "... $cell";
		}
	}
}

# What the page says beside the tables.
my $short = form('[' . user('a') . ']');
my $spool = make_spool('default');
SKIP: {
	skip 'mini-httpd is not installed', 2 if missing_server('minihttpd');
	my $both = new_file(map { slurp(certificate() . ".$_") } qw(pem key));
	my $server = start_server('minihttpd', { spool => $spool },
		sub { return shift =~ s/^port=.*\n/$&ssl\ncertfile=$both\n/mr });
	my $url = $server->{url} =~ s/^http:/https:/r;
	my @statuses = map { curl($url, '-s', @$_, '-d', $short)->{status} } ['-H', 'Expect:'],
	    ['-H', 'Expect: 100-continue', '--expect100-timeout', '0.05'];
	is_deeply \@statuses, ['000', '000'], 'mini-httpd with TLS loses each answer';
	wait_until { lines_in($spool) == 2 } 'the users';
	is scalar(lines_in($spool)), 2, '... to users that are stored';
	stop($server->{pid});
}
SKIP: {
	skip 'lighttpd is not installed', 3 if missing_server('lighttpd');
	my $receiver = receiver(spool => $spool, args => ['-m', '0666']);
	my $before = () = lines_in($spool);
	my $server = start_server('lighttpd', $receiver);
	is curl($server->{url}, '-d', $short)->{status}, 200, 'lighttpd by TLS';
	is curl("http://localhost:$server->{port_80}/mixpanel", '-d', $short)->{status}, 404, '... and without';
	is scalar(lines_in($spool)), $before + 1, '... where nothing is stored';
	stop($_->{pid}) for $server, $receiver;
}
{
	my $port = free_port();
	mkdir $_ for folder() . '/python', folder() . '/python/cgi-bin';
	symlink programs_for_all() . '/mixspool.fcgi', folder() . '/python/cgi-bin/mixpanel';
	my $log = folder() . '/python.log';
	my $pid = spawn(['python3', '-m', 'http.server', '--cgi', '--bind', '127.0.0.1', '-d', folder() . '/python', $port],
		env => { MIXSPOOL_DIR => $spool }, out => $log, err => $log);
	Testbed::wait_for_port($port, $pid, $log);
	my $answer = curl("http://127.0.0.1:$port/cgi-bin/mixpanel/none", '-d', $short);
	is $answer->{status}, 200, 'Python answers 200';
	like $answer->{text}, qr/^there is no campaign none:/m, '... to a POST that mixspool refuses';
	stop($pid);
}

done_testing;

#!/usr/bin/env perl
# The scripts of docs/shared-hosting.md that fetch batches from a shared host: by rsync
# and by lftp. Wherever they are cut off, no line is lost and none comes twice.

use strict;
use warnings;
use Test::More;
use Testbed;

my $full = ($ENV{PROVE} // '') eq 'full';
alarm(3600) if $full;
my %script;
my $page = slurp(top() . '/docs/shared-hosting.md');
$script{$1} = $2 while $page =~ /^<!-- test: fetch-(\w+) -->\n```sh\n(.*?)^```$/msg;
is_deeply [sort keys %script], [qw(lftp rsync)], 'the page has two scripts';

my $home = folder() . '/home';      # on this machine
my $host = folder() . '/host';      # on the host
my $bin = "$home/bin";
my $taken = folder() . '/taken';
mkdir $_ for $home, $host, "$host/mixspool", $bin;
symlink program('mixspool'), "$bin/mixspool" or die $!;
my $certificate = certificate();
spew("$home/.netrc", "machine localhost login anna password s3cret\n");
chmod 0600, "$home/.netrc";
mkdir "$home/.lftp";
spew("$home/.lftp/rc", "set ssl:ca-file $certificate.pem; set net:reconnect-interval-base 1\n");

sub executable {
	my ($name, $text) = @_;
	chmod 0755, spew("$bin/$name", $text);
	return;
}

# ssh, without the network. And clients that are killed at their call number CUT_AT, in
# their run number CUT_RUN. What SYNC has is run between the fetch and the removal.
executable('ssh', <<"END");
#!/bin/sh
while [ "\$1" != YOUR-HOST ]; do shift; done
shift
cd $host && exec "\$@"
END
my %follow = (rsync => '-f', lftp => '');    # into its processes, but not into the resolver
for my $client (qw(rsync lftp)) {
	executable($client, <<"END");
#!/bin/sh
runs=\$((\$(cat $home/runs) + 1))
echo \$runs >$home/runs
[ "\$runs" = "\$CUT_RUN" ] || exec /usr/bin/$client "\$@"
exec strace $follow{$client} -qq -o /dev/null \\
	-e inject=write,sendmsg,rename,renameat,unlink,unlinkat:signal=KILL:when=\$CUT_AT /usr/bin/$client "\$@"
END
}
executable('sync', "#!/bin/sh\neval \"\$SYNC\"\n");
executable('import', "#!/bin/sh\n[ ! \"\$REFUSE\" ] || exit 75\nexec cat >>$taken\n");

my $port;

sub ftp_server {
	my $said = folder() . '/ftp.port';
	spew($said, '');
	my $pid = spawn([top() . '/tests/lib/ftp-server', $host, "$certificate.pem", "$certificate.key",
			@_], out => $said, err => folder() . '/ftp.log');
	wait_until { slurp($said) =~ /\n/ } 'the FTP server';
	($port) = slurp($said) =~ /(\d+)/;
	return $pid;
}

sub fetch {
	my ($client, %environment) = @_;
	my $text = $script{$client} =~ s/YOUR-HOST/$client eq 'lftp' ? "localhost:$port" : 'YOUR-HOST'/er
	    =~ s/\bUSER\b/anna/r;
	my $path = spew("$home/fetch", $text);
	spew("$home/runs", 0);
	%environment = (Testbed::of_sanitizers(), %environment);
	# As cron calls it.
	return run_to_end('/usr/bin/env', '-i', "HOME=$home", 'PATH=/usr/bin:/bin', 'SHELL=/bin/sh',
		'TZ=Asia/Kolkata', (map {"$_=$environment{$_}"} sort keys %environment), 'sh', $path);
}

my $user = 0;
sub arrive { return map { my $line = user($user++); put_batch("$host/mixspool", $_, $line); "$line\n" } @_ }
sub taken { return -e $taken ? join('', sort split /^/m, slurp($taken)) : '' }
sub on_host { return map { batches_in("$host/mixspool", $_) } qw(default vip) }

my $has_server = system("/usr/bin/python3 -c 'import pyftpdlib, OpenSSL' 2>/dev/null") == 0;
for my $client ('rsync', $has_server ? 'lftp' : ()) {
	my $ftp = $client eq 'lftp' ? ftp_server() : undef;
	unlink $taken;
	my @lines = arrive(qw(default vip default));
	my $part = spew("$host/mixspool/default/tmp/20261124T065034.123456Z-9f3a1c22-000001-1.jsonl", 'par');
	mkdir "$host/mixspool/.journal";
	spew("$host/mixspool/.journal/2026-11-28.jsonl", "{}\n");
	is_deeply [fetch($client)], [0, '', ''], "$client: a run, without a word";
	is taken(), join('', sort @lines), '... hands over all lines of all campaigns';
	is_deeply [on_host()], [], '... and leaves none on the host';
	ok -e $part && -e "$host/mixspool/.journal/2026-11-28.jsonl", '... but what is none of its own';
	is system("find $home/fetched ! -type d ! -name lock ! -path '*/.journal/*' | grep -q ."), 256, '... nor here';
	is sprintf('%o', (stat "$home/fetched")[2] & 0777), '700', '... in a folder of its owner alone';
	unlink $part;
	is_deeply [fetch($client)], [0, '', ''], '... a run with nothing to fetch';

	# At the sync all is here, and still there; what comes then waits for the next run.
	@lines = (@lines, arrive('default', 'vip'));
	my $late = user('late');
	my $new = "$host/mixspool/default/new/20261201T000000.000000Z-9f3a1c22-000001-1.jsonl";
	spew(folder() . '/late', "$late\n");
	my ($exit) = fetch($client, SYNC => "(cd $host/mixspool; find . -name '*.jsonl' -path '*/new/*') | sort >$home/there;" .
		" (cd $home/fetched; find . -name '*.jsonl' -path '*/new/*') | sort >$home/here; cp @{[folder()]}/late $new");
	is $exit, 0, "$client: while a batch arrives";
	is slurp("$home/here"), slurp("$home/there"), '... what is here before it is removed there';
	is scalar(() = slurp("$home/here") =~ /\n/g), 2, '... is all of it';
	is_deeply [on_host()], [$new], '... and the one that came waits';
	is taken(), join('', sort @lines), '... which is not handed over';
	push @lines, "$late\n";
	($exit) = fetch($client, REFUSE => 1);
	isnt $exit, 0, "$client: a command that fails";
	is_deeply [on_host()], [], '... when the batch is here';
	is((fetch($client))[0], 0, '... gets it in the next run');
	is taken(), join('', sort @lines), '... once';

	# Cut anywhere.
	my ($cuts, $lost) = (0, '');
	my $step = $full ? 1 : $ftp ? 30 : 2;
	for my $run (1, 2) {
		for (my $at = 1; $at < 400; $at += $step) {
			push @lines, arrive(qw(default vip default));
			my ($exit, undef, $error) = fetch($client, CUT_RUN => $run, CUT_AT => $at);
			my $all = $exit == 0;
			($exit, undef, $error) = fetch($client) if !$all;
			$lost .= "run $run cut at $at: $error\n" if $exit || taken() ne join('', sort @lines) || on_host();
			last if $all || $lost;
			$cuts++;
		}
	}
	is $lost, '', "$client: killed at one of its calls, $cuts times: each line comes once";
	is `find $home/fetched ! -type d -name '.*'`, '', '... and no part of a batch stays';
	cmp_ok $cuts, '>', 4, '... which is often';
	next unless $ftp;
	stop($ftp);

	# A server that dies in the middle of a file.
	my $big = join '', map { user("big$_") . "\n" } 1 .. 4000;
	for my $bytes ($full ? (1, length($big) + 10) : (), 20000, 150000) {
		put_batch("$host/mixspool", 'default', split /\n/, $big);
		push @lines, split(/^/m, $big), arrive('vip');
		my $dying = ftp_server($bytes);
		my ($exit) = fetch($client);
		isnt $exit, 0, "lftp: a server that ends after $bytes bytes";
		is_deeply [grep { -s $_ != length $big } grep { m{/\d[^/]*\z} && -s $_ > 200 }
			map { batches_in("$home/fetched", $_) } qw(default vip)], [], '... no part is taken for a batch';
		reap($dying);
		my $well = ftp_server();
		is((fetch($client))[0], 0, '... the next run');
		ok taken() eq join('', sort @lines), '... has each line once';
		is_deeply [on_host()], [], '... and leaves none on the host';
		stop($well);
	}
}

SKIP: {
	skip 'lftp: python3-pyftpdlib or python3-openssl is not installed', 1 unless $has_server;
}
done_testing;

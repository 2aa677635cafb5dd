#!/usr/bin/env perl
# Starting: options, settings, sockets, and the messages when they are wrong.

use strict;
use warnings;
use Test::More;
use Testbed;

my $spool = make_spool();
my $base = folder();

sub run {
	my ($environment, @arguments) = @_;
	unlink "$base/out", "$base/err";
	spew("$base/out", ''), spew("$base/err", '');
	delete local @ENV{ grep {/^MIXSPOOL/} keys %ENV };
	my $pid = spawn([program(), @arguments], env => $environment,
		out => "$base/out", err => "$base/err");
	return (exit_of(reap($pid)), slurp("$base/out"), slurp("$base/err"));
}

sub fails {
	my ($name, $expected, $message, $environment, @arguments) = @_;
	my ($status, $out, $err) = run($environment, @arguments);
	is $status, $expected, "$name: exit $expected";
	like $err, qr/\Amixspool\.fcgi: [^\n]*$message[^\n]*\n\z/,
	    '... and one line says why';
	return;
}

my @socket = ('-s', "$base/s");
fails('nothing given', 64, 'nothing to serve', {});
fails('no spool', 64, 'give -d DIR or MIXSPOOL_DIR', {}, @socket);
fails('an empty name of a secret', 64, 'MIXSPOOL_SECRET_FILE is empty',
	{ MIXSPOOL_SECRET_FILE => '' }, '-d', $spool, @socket);
fails('an empty spool', 64, 'give -d DIR', { MIXSPOOL_DIR => '' }, @socket);
fails('a spool that is not there', 66, 'cannot use the spool /nonexistent: No',
	{}, @socket, '-d', '/nonexistent');
fails('a spool whose path is long', 66, 'x: No such file or directory', {}, @socket,
	'-d', join '/', "$base/none", ('x' x 250) x 10);
# A folder like /etc, which has a default/ on Debian, is not made a spool.
mkdir "$base/$_" or die $! for 'etc', 'etc/default', 'etc/ssl';
spew("$base/etc/$_", '') for 'passwd', 'default/cron';
fails('a folder of other files', 66, 'it has other files and no campaign: give an empty folder',
	{}, @socket, '-d', "$base/etc");
is_deeply [sort glob "$base/etc/{*,*/*}"], [map {"$base/etc/$_"} 'default', 'default/cron',
	'passwd', 'ssl'], '... and nothing is made there';
fails('a spool that is a file', 66, 'Not a directory', {}, @socket, '-d',
	spew("$base/file", ''));
fails('unknown option', 64, 'no option -x', {}, '-x');
fails('unknown long option', 64, 'no long options except --help and --version', {}, '--frob');
fails("address $_", 73, 'localhost or a number as HOST', {}, '-d', $spool, '-s', $_)
    for 'example.com:9000', 'localhost:99999';
for my $case (['SECRETFILE', 'SECRET_FILE'], ['SECRET', 'SECRET_FILE'], ['MAXBODY', 'MAX_BODY'],
	['DIRECTORY', 'DIR'], ['min_free', 'MIN_FREE'], ['', 'DIR'], ["LOG\e[31m", 'LOG'],
	['THREADS_' . 'X' x 100, 'THREADS'], ['SANDBOXED', 'SANDBOX']) {
	my ($wrong, $right) = map {"MIXSPOOL_$_"} @$case;
	my $shown = substr $wrong =~ s/\e/\\x1b/r, 0, 40;
	fails("the variable $shown", 64, "\Q$shown is not a setting: did you mean $right?",
		{ $wrong => '/etc/mixspool/secret' }, @socket, '-d', $spool);
}
is_deeply [run({}, "--$_->[0]")], [run({}, "-$_->[1]")], "--$_->[0]"
    for ['help', 'h'], ['version', 'V'];
fails('option without value', 64, '-s takes a value', {}, '-s');
fails('an argument', 64, "'foo' is not an option", {}, 'foo');
fails('threads of 0', 64, '-j is \'0\'', {}, @socket, '-d',
	$spool, '-j', 0);
for my $name (qw(THREADS MAX_BODY MAX_USERS MIN_FREE)) {
	fails("$name of 1e3", 64, "MIXSPOOL_$name is '1e3'",
		{ "MIXSPOOL_$name" => '1e3' }, @socket, '-d', $spool);
}
fails("mode $_", 64, "-m is '$_'", {}, @socket, '-d', $spool, '-m', $_)
    for '8', 'rw', '07777', '1777', '-1', '';
fails('a mode without a socket', 64, '-m is for the socket of -s', {}, '-d', $spool,
	'-m', '0666');
fails("address $_", 73, 'cannot listen on', {}, '-d', $spool, '-s', $_)
    for '127.0.0.1:x', '127.0.0.1:0', '127.0.0.1:65536', 'example:80',
    '', ':80', '9000', 'localhost', '127.0.0.1', '::1', 'here', 'x' x 100 . ':80', '[::1:80', '[::x]:80', '[127.0.0.1]:80', "$base/none/s", 'x' x 200;
fails('a file in the way', 73, 'Address already in use', {}, '-d', $spool,
	'-s', "$base/file");
ok -f "$base/file", '... is left alone';
ok !-e "$base/s", 'no socket is left behind';

my ($status, $out, $err) = run({}, '-h');
is $status, 0, '-h';
like $out, qr/\Ausage: mixspool\.fcgi -s SOCKET/, '... prints the usage';
($status, $out) = run({}, '-V');
is $status, 0, '-V';
like $out, qr/\Amixspool\.fcgi \d+\.\d+\.\d+\n\z/, '... prints the version';

# In the folder where it is started.
my $here = spawn(['sh', '-c', "cd $base && exec \"\$\@\"", 'sh', program(), '-s',
		'./here', '-d', $spool], err => '/dev/null');
wait_until { fastcgi_connect("$base/here") } 'a socket in this folder';
is fastcgi("$base/here", 'users=[]')->{status}, 200, 'a socket in this folder';
is stop($here), 0, '... ends with 0';
ok !-e "$base/here", '... and is taken away';

# A file system of its own, and folders made by hand, are a spool.
mkdir "$base/fresh" or die $!;
mkdir "$base/fresh/$_" or die $! for 'lost+found', '.snapshots', 'vip';
my $fresh = receiver(spool => "$base/fresh");
is fastcgi($fresh->{socket}, 'users=[]', { PATH_INFO => '/vip' })->{status}, 200,
    'a folder with lost+found and a campaign made by hand';
stop($fresh->{pid});

for my $option (qw(-h -V)) {
	is exit_of(reap(spawn([program(), $option], out => '/dev/full'))), 74,
	    "$option on a full disk: exit 74";
}

# What drain gives to its commands stops nothing, and `ready` tells what is on.
my $secret = spew("$base/secret", "open sesame\n");
chmod 0600, $secret;
for my $case ([{}, 'without a secret', 'sandboxed'],
	[{ MIXSPOOL_SECRET_FILE => $secret }, 'with a secret', 'sandboxed'],
	[{ MIXSPOOL_SANDBOX => 'off' }, 'without a secret', 'not sandboxed'],
	[{ map { ("MIXSPOOL_$_" => 'x') } qw(CAMPAIGN USERS FIRST LAST PART SKIP) }, 'without a secret', 'sandboxed']) {
	my ($environment, $with, $sandboxed) = @$case;
	my $one = receiver(env => $environment);
	wait_until { slurp($one->{log}) =~ /: ready: .*\n/ } 'its start';
	like slurp($one->{log}), qr{^mixspool\.fcgi: ready: \Q$one->{socket}, spool $one->{spool}, $with, $sandboxed\E( in part)?$}m,
	    "ready $with, $sandboxed";
	stop($one->{pid});
}

# A slip in the web server's settings is a 503 that names it.
my $one = receiver();
my @slips = ({ MIXSPOOL_SECRETFILE => $secret }, qr/^MIXSPOOL_SECRETFILE is not a setting: did you mean MIXSPOOL_SECRET_FILE\?$/);
for my $answer (fastcgi($one->{socket}, 'users=[]', $slips[0]),
	cgi({ MIXSPOOL_DIR => $one->{spool} }, 'users=[]', $slips[0])) {
	is $answer->{status}, 503, 'a variable that nobody knows: 503';
	like $answer->{text}, $slips[1], '... and why';
	like $answer->{log}, qr/MIXSPOOL_SECRETFILE is not/, '... which is logged';
}
is fastcgi($one->{socket}, 'users=[]', { MIXSPOOL_USERS => 1 })->{status}, 200, 'one of drain: 200';
stop($one->{pid});

# The socket: its mode, a live one, a dead one.
my $receiver = receiver(args => ['-m', '0600']);
is((stat $receiver->{socket})[2] & 0777, 0600, 'the mode of the socket');
ok -d "$receiver->{spool}/default", 'the default campaign is made';
fails('a live socket', 73, 'Address already in use', {}, '-d', $spool, '-s',
	$receiver->{socket});
is fastcgi($receiver->{socket}, 'users=[]')->{status}, 200,
    '... still serves its owner';
stop($receiver->{pid}, 'KILL');
ok -S $receiver->{socket}, 'a killed receiver leaves its socket';
$receiver = receiver(socket => $receiver->{socket});
is fastcgi($receiver->{socket}, 'users=[]')->{status}, 200,
    '... and the next one takes it over';
is((stat $receiver->{socket})[2] & 0777, 0660, '... with the usual mode');
# A socket that has taken the old one's place meanwhile stays.
unlink $receiver->{socket};
my $other = IO::Socket::UNIX->new(Local => $receiver->{socket}, Listen => 1);
is stop($receiver->{pid}), 0, 'TERM: exit 0';
ok -S $receiver->{socket}, 'another process\'s socket is left alone';
close $other;
unlink $receiver->{socket};

# Two at once for the same dead socket: one serves, the other gives up.
for my $round (1 .. 20) {
	my $path = "$base/race";
	IO::Socket::UNIX->new(Local => $path, Listen => 1)->close;
	my @pids = map {
		spawn([program(), '-d', $spool, '-s', $path],
			err => "$base/race.log")
	} 1, 2;
	my ($loser, $ended);
	wait_until {
		$loser = waitpid -1, POSIX::WNOHANG();
		$loser > 0;
	} 'one of two to give up';
	$ended = exit_of($?);
	my ($winner) = grep { $_ != $loser } @pids;
	my $served = fastcgi($path, 'users=[]')->{status};
	stop($winner);
	next if $served == 200 && $ended == 73;
	fail "round $round: exit $ended, the other answered $served";
	last;
}
continue {
	pass 'two starts at once: one serves' if $round == 20;
}

# The start waits for a process that locks the folder, and not for ever.
open my $lock, '<', $base or die $!;
flock $lock, 2 or die $!;
my $pid = spawn([program(), '-d', $spool, '-s', "$base/locked"]);
wait_until { fastcgi_connect("$base/locked") } 'a receiver beside the lock';
pass 'a locked folder keeps no receiver from starting';
stop($pid);
close $lock;

# TCP, IPv4 and, where the machine has it, IPv6.
my $port = free_port();
for my $address ("127.0.0.1:$port", "localhost:$port") {
	$pid = spawn([program(), '-s', $address, '-d', $spool]);
	wait_until { fastcgi_connect("127.0.0.1:$port") } 'the TCP port';
	is fastcgi("127.0.0.1:$port", 'users=[]')->{status}, 200, $address;
	fails('a port that is taken', 73, 'Address already in use', {}, '-d',
		$spool, '-s', $address);
	is stop($pid), 0, '... ends with 0';
}
SKIP: {
	skip 'no IPv6', 2 if
	    system('grep -q "^0*1 .* lo$" /proc/net/if_inet6 2>/dev/null') != 0;
	require IO::Socket::IP;
	$pid = spawn([program(), '-s', "[::1]:$port", '-d', $spool]);
	my $socket;
	wait_until { $socket = IO::Socket::IP->new(PeerHost => '::1',
			PeerPort => $port) } 'the TCP port, IPv6';
	fastcgi_send($socket, fastcgi_records('users=[]', {}));
	is fastcgi_answer($socket)->{status}, 200, "[::1]:$port";
	is stop($pid), 0, '... ends with 0';
}

# A FastCGI socket on descriptor 0, with the spool named by each request, as
# mod_fcgid passes what SetEnv sets.
my $listener = IO::Socket::UNIX->new(Local => "$base/zero", Listen => 10);
$pid = spawn([program()], socket => $listener);
my ($first, $two) = map { make_spool() } 1, 2;
my $body = form('[' . user('a') . ']');
is fastcgi("$base/zero", $body, { MIXSPOOL_DIR => $first })->{status}, 200,
    'a spool by request';
is fastcgi("$base/zero", $body, { MIXSPOOL_DIR => $two })->{status}, 200,
    'and another';
is scalar(lines_in($_)), 1, '... each with its own' for $first, $two;
my $answer = fastcgi("$base/zero", $body);
is $answer->{status}, 503, 'a request without one: 503';
like $answer->{text}, qr/MIXSPOOL_DIR is not set/, '... and why';
is stop($pid), 0, 'descriptor 0: exit 0';
ok -S "$base/zero", '... and the socket stays: it is not ours';

# No memory for its first object, with a spool at the start and without.
SKIP: {
	skip 'a sanitizer keeps its own malloc', 4 if $ENV{SANITIZED};
	for my $how ([], ['-d', $spool]) {
		my $log = spew("$base/memory.log", '');
		my $without = spawn([program(), @$how], socket => $listener, err => $log,
			env => { LD_PRELOAD => program('tests/faults/fail_nth_call.so'),
				FAULT_CALL => 'calloc', FAULT_NTH => 1, FAULT_ERRNO => 12 });
		is exit_of(reap($without)), 71, "no memory at the start: @$how";
		is slurp($log), "mixspool.fcgi: cannot start: Cannot allocate memory\n",
		    '... and it says so';
	}
}

# The start removes what writers left that died long ago.
mkdir "$spool/default/tmp";
my $left = spew(
	"$spool/default/tmp/20261124T065034.123456Z-9f3a1c22-000001.jsonl", 'x');
utime time - 7200, time - 7200, $left;
$receiver = receiver(spool => $spool);
ok eval {
	wait_until { !-e $left } 'its removal';
}, 'a leftover is removed at the start';
stop($receiver->{pid});

done_testing;

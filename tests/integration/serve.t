#!/usr/bin/env perl
# mixspool serve: without systemd, a process holds the socket and runs the receiver on
# it. A restart under load refuses nothing; a crash, a wrong secret and a second start.

use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use Testbed;
use WithoutSystemd;

plan skip_all => 'spawn-fcgi is not installed' if !-x '/usr/bin/spawn-fcgi';

my $bin = installed_programs();
my $spool = make_spool();
our $socket = folder() . '/run/mixspool/mixspool.sock';
my $web_user = getpwuid($> == 0 ? scalar getpwnam 'www-data' : $>);
my @users = $> == 0 ? ('-u', $web_user, '-w', $web_user) : ();
my $starts = 0;
mkdir folder() . '/run';

# The process that holds the socket, once it is served.
sub serve {
	my (@arguments) = @_;
	my $log = folder() . '/serve' . $starts++ . '.log';
	spew($log, '');
	my $pid = spawn(["$bin/mixspool", 'serve', '-d', $spool, '-s', $socket, @users, @arguments], err => $log);
	return ($pid, $log);
}

sub wait_for_answer {
	my ($variables) = @_;
	wait_until { fastcgi($socket, 'users=[]', $variables)->{status} == 200 } 'an answer';
	return;
}

sub restart {
	my ($pid) = @_;
	my $before = receiver_of($pid);
	kill 'USR1', $pid;
	wait_until { (receiver_of($pid) // $before) != $before } 'another receiver';
	return;
}

for my $case (['-x', 'there is no option -x, see -h'], ['-d', 'option -d takes a value, see -h'],
	['more', q('more' is not an option, see -h)]) {
	my ($status, $out, $err) = tool('serve', $case->[0]);
	is $status, 64, "serve $case->[0]: exit 64";
	is "$out$err", "mixspool serve: $case->[1]\n", '... and why';
}
like +(tool('serve', $_))[1], qr/\Ausage: mixspool serve /, "serve $_" for '-h', '--help';
is +(tool('serve', '-f', folder() . '/none'))[0], 66, 'settings that are not there: exit 66';

my ($pid, $log) = serve();
wait_for_answer();
is sprintf('%o %s', (stat $socket)[2] & 0777, scalar getpwuid +(stat $socket)[4]),
    ($> == 0 ? '600' : '660') . " $web_user", 'the socket is the web server\'s';
is((stat '/proc/' . receiver_of($pid))[4], scalar getpwnam $web_user, 'the receiver has its user');
is sprintf('%o', (stat folder() . '/run/mixspool')[2] & 0777), '755', 'the folder of the socket was made';

my $times = ($ENV{PROVE} // '') eq 'full' ? 300 : 20;
my %got = load($socket, $times, sub { restart($pid) });
my ($wrong, $refused) = check_load($spool, %got);
is_deeply $refused, [], "$times restarts under load: none of " . scalar(keys %got) . ' POSTs is refused';
is_deeply $wrong, [], '... and each is in the spool, once';

%got = load($socket, 2, sub {
	my $receiver = receiver_of($pid) // return;
	kill 'KILL', $receiver;
	wait_until { (receiver_of($pid) // $receiver) != $receiver } 'another receiver';
});
($wrong, $refused) = check_load($spool, %got);
is_deeply $wrong, [], '2 crashes under load: each 200 is in the spool, once';
cmp_ok scalar(@$refused), '<=', 6, '... and no more are refused than were in hand';
like slurp($log), qr/^mixspool serve: the receiver has ended with 137, and starts again$/m, '... it says so';

# The same request waits for a receiver that cannot start.
subtest 'a secret' => sub {
	stop($pid);
	my $secret = spew(folder() . '/secret', "one\n");
	chmod 0600, $secret;
	chown scalar(getpwnam $web_user), -1, $secret;
	my $settings = new_file("MIXSPOOL_SECRET_FILE=$secret\n");
	($pid, $log) = serve('-f', $settings);
	my $with = sub { return { HTTP_AUTHORIZATION => "Bearer $_[0]" } };
	wait_for_answer($with->('one'));
	is fastcgi($socket, 'users=[]')->{status}, 401, 'settings count';
	spew($secret, "two\n");
	kill 'HUP', $pid;
	wait_for_answer($with->('two'));
	is fastcgi($socket, 'users=[]', $with->('one'))->{status}, 401, 'HUP: the secret is read again';
	rename $secret, "$secret.away";
	kill 'USR1', $pid;
	wait_until { slurp($log) =~ /has ended with \d+, and starts again\n/ } 'a start that fails';
	my $waits = fastcgi_connect($socket);
	fastcgi_send($waits, fastcgi_records('users=[]', $with->('two')));
	rename "$secret.away", $secret;
	is fastcgi_answer($waits)->{status}, 200, 'a request waits until it can start';
	spew($settings, "MIXSPOOL_SECRET_FILE=$secret\nMIXSPOOL_MAX_USERS=1\n");
	restart($pid);
	is fastcgi($socket, form('[' . user('a') . ',' . user('b') . ']'), $with->('two'))->{status}, 413,
	    'settings are read again';
	# A shell would go on without this one.
	spew($settings, "MIXSPOOL_SECRET_FILE = $secret\nMIXSPOOL_MAX_USERS=2\n");
	my $failures = () = slurp($log) =~ /and starts again/g;
	kill 'USR1', $pid;
	wait_until { (() = slurp($log) =~ /and starts again/g) > $failures } 'a start that fails';
	like slurp($log), qr{\Q$settings\E: MIXSPOOL_SECRET_FILE: (?:not found|Permission denied)}, 'a line that sets nothing fails the start';
	$waits = fastcgi_connect($socket);
	fastcgi_send($waits, fastcgi_records('users=[]', {}));
	spew($settings, "MIXSPOOL_SECRET_FILE=$secret\n");
	is fastcgi_answer($waits)->{status}, 401, '... and the secret counts once it is mended';
};

# The usual file, which is made when all runs.
subtest 'settings that come later' => sub {
	stop($pid);
	my $folder = folder() . '/etc';
	my $text = slurp("$bin/mixspool-serve");
	spew("$bin/mixspool-serve", $text =~ s{=/etc/mixspool/settings$}{=$folder/settings}mr);
	mkdir $folder;
	($pid, $log) = serve();
	wait_for_answer();
	my $secret = new_file("one\n");
	chmod 0600, $secret;
	chown scalar(getpwnam $web_user), -1, $secret;
	spew("$folder/settings", "MIXSPOOL_SECRET_FILE=$secret\n");
	restart($pid);
	is fastcgi($socket, 'users=[]')->{status}, 401, 'they count after a restart';
	rename "$folder/settings", "$folder/away";
	kill 'USR1', $pid;
	wait_until { slurp($log) =~ /and starts again/ } 'a start that fails';
	rename "$folder/away", "$folder/settings";
	wait_until { fastcgi($socket, 'users=[]')->{status} == 401 } 'the next start';
	pass 'and have to stay';
	SKIP: {
		skip 'the receiver is nobody else', 1 if $> != 0;
		stop($pid);
		rename "$folder/settings", "$folder/away";
		chmod 0700, $folder;
		($pid, $log) = serve();
		wait_until { slurp($log) =~ /and starts again/ } 'a start that fails';
		like slurp($log), qr{\Q$folder\E/settings}, 'a folder that the receiver may not search is not taken for empty';
	}
	stop($pid);
	spew("$bin/mixspool-serve", $text);
	($pid, $log) = serve();
	wait_for_answer();
};

subtest 'the end' => sub {
	my ($second, $second_log) = serve();
	isnt exit_of(reap($second)), 0, 'a second start with the same socket fails';
	like slurp($second_log), qr/already in use/, '... and says why';
	my $receiver = receiver_of($pid);
	my $late = fastcgi_connect($socket);
	is exit_of(stop($pid)), 0, 'TERM: exit 0';
	ok !-e "/proc/$receiver", '... and the receiver has ended';
	is fastcgi($socket, 'users=[]')->{status}, 0, '... nobody listens';
	($pid) = serve();
	wait_for_answer();
	is fastcgi($socket, 'users=[]')->{status}, 200, 'the socket that is left does not matter';
	stop($pid);
};

subtest 'messages to syslog' => sub {
	my $file = folder() . '/syslog';
	spew($file, '');
	chmod 0666, $file;
	spew("$bin/logger", "#!/bin/sh\necho \"\$@\" >>$file\necho \$\$ >$file.pid\nexec cat >>$file\n");
	chmod 0755, "$bin/logger";
	local $ENV{TMPDIR} = folder() . '/none';    # as where the disk is full
	($pid, $log) = serve('-l');
	wait_for_answer();
	wait_until { slurp($file) =~ /^mixspool\.fcgi: ready: /m } 'its messages';
	like slurp($file), qr/\A-t mixspool -p daemon\.notice\n/, 'logger gets what it should';
	is slurp($log), '', '... and standard error nothing';
	kill 'KILL', slurp("$file.pid");
	kill 'KILL', receiver_of($pid);
	wait_until { slurp($file) =~ /^mixspool serve: the receiver has ended with 137/m } 'messages by another logger';
	pass 'a logger that is killed loses nothing';
	# It is not even the one that holds the socket.
	my ($second, $second_log) = serve('-l');
	isnt exit_of(reap($second)), 0, 'a second start fails';
	wait_until { slurp($file) =~ /already in use/ } 'the reason, in syslog';
	is slurp($second_log), '', '... and not on standard error';
	stop($pid);
	unlink "$bin/logger";
	is_deeply [map { s{.*/}{}r } glob dirname($socket) . '/*'], ['mixspool.sock'], 'nothing else is beside the socket';
};

subtest 'a socket in this folder' => sub {
	chdir dirname($socket);
	local $socket = 'here.sock';
	($pid, $log) = serve();
	wait_until { fastcgi("./$socket", 'users=[]')->{status} == 200 } 'an answer';
	ok -S $socket, 'is a socket there';
	stop($pid);
	chdir '/';
};
done_testing;

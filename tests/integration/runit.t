#!/usr/bin/env perl
# init/runit under a real runsv, as an ordinary user would run it: the start, a restart
# that refuses nothing, a crash of what holds the socket, the messages, and the end.
# Only what it is called with is changed. tests/boot boots with it.

use strict;
use warnings;
use Test::More;
use Testbed;
use WithoutSystemd;

for my $program (qw(/usr/bin/spawn-fcgi /usr/bin/runsv)) {
	plan skip_all => "$program is not installed" if !-x $program;
}

my $bin = installed_programs();
my $spool = make_spool();
my $socket = folder() . '/run/mixspool/mixspool.sock';
my $service = folder() . '/service/mixspool';
my $web_user = $> == 0 ? 'www-data' : getpwuid $>;
mkdir $_ for map { folder() . "/$_" } qw(run service service/mixspool service/mixspool/log messages);

sub install {
	my ($name, $from, $to) = @_;
	my $text = slurp(top() . "/init/runit/$name");
	$text =~ s/$from/$to/ or die "$name has no $from";
	chmod 0755, spew("$service/$name", $text);
	return;
}
install('run', qr/mixspool serve/, "$bin/mixspool serve -d $spool -s $socket" . ($> == 0 ? ' -u www-data' : ''));
install('log/run', qr{(?s)mkdir.*}, 'exec svlogd -tt ' . folder() . "/messages\n");
spew("$service/conf", "web_user=$web_user\n");

# What runsv knows of it.
sub holder { return eval { slurp("$service/supervise/pid") =~ s/\n//r } || undef }

sub sv {
	my ($action) = @_;
	return system("sv -w 20 $action $service >/dev/null 2>&1") >> 8;
}

sub messages { return slurp(folder() . '/messages/current') }

my $runsv = spawn(['runsv', $service], err => folder() . '/runsv.log');
wait_until { fastcgi($socket, 'users=[]')->{status} == 200 } 'an answer';
is sv('status'), 0, 'runsv: it runs';
wait_until { messages() =~ /^\S+ mixspool\.fcgi: ready: /m } 'the messages';
my $holder = holder();

sub restart {
	my $before = receiver_of(holder());
	sv('1');
	wait_until { (receiver_of(holder()) // $before) != $before } 'another receiver';
	return;
}

my $times = ($ENV{PROVE} // '') eq 'full' ? 100 : 10;
my %got = load($socket, $times, \&restart);
my ($wrong, $refused) = check_load($spool, %got);
is_deeply $refused, [], "sv 1, $times times under load: none of " . scalar(keys %got) . ' POSTs is refused';
is_deeply $wrong, [], '... and each is in the spool, once';
is holder(), $holder, '... what holds the socket stays';

# All is made anew, also the socket: what is refused was never answered 200.
%got = load($socket, 1, sub { sv('restart') });
($wrong, $refused) = check_load($spool, %got);
is_deeply $wrong, [], 'sv restart under load: each 200 is in the spool, once';
isnt holder(), $holder, '... with another process';

# Its receiver ends by itself, or it would keep the socket from the next one.
$holder = holder();
my $receiver = receiver_of($holder);
kill 'KILL', $holder;
wait_until {
	my $now = holder();
	$now && $now != $holder && receiver_of($now);
} 'another process and its receiver';
ok !-e "/proc/$receiver" || slurp("/proc/$receiver/stat") =~ /\) Z/,
    'what holds the socket is killed: runsv starts another one';
wait_until { fastcgi($socket, 'users=[]')->{status} == 200 } 'an answer';

is sv('down'), 0, 'sv down';
is fastcgi($socket, 'users=[]')->{status}, 0, '... nobody answers';
is sv('up'), 0, 'sv up';
wait_until { fastcgi($socket, 'users=[]')->{status} == 200 } 'an answer';
is sv('exit'), 0, 'sv exit';
is exit_of(reap($runsv)), 0, '... and runsv ends';
done_testing;

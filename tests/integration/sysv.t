#!/usr/bin/env perl
# init/mixspool.sysv: what LSB asks of an init script, and a restart under load that
# refuses nothing. Only its paths are changed. tests/boot boots with it.

use strict;
use warnings;
use Test::More;
use Testbed;
use WithoutSystemd;

plan skip_all => 'spawn-fcgi is not installed' if !-x '/usr/bin/spawn-fcgi';
plan skip_all => 'only root may start services' if $> != 0;

my $bin = installed_programs();
my $spool = make_spool();
my $run = folder() . '/run';
my $socket = "$run/mixspool/mixspool.sock";
my $pidfile = "$run/mixspool.pid";
my $syslog = folder() . '/syslog';
mkdir $run;
spew($syslog, '');
chmod 0666, $syslog;
spew("$bin/logger", "#!/bin/sh\nexec cat >>$syslog\n");
# As /etc/default/mixspool is read.
my $defaults = new_file("spool=$spool\nsocket=$socket\nweb_user=www-data\n");

my $text = slurp(top() . '/init/mixspool.sysv');
$text =~ s{^PATH=}{PATH=$bin:}m or die;
$text =~ s{/run/mixspool\.pid}{$pidfile} or die;
$text =~ s{/etc/default/mixspool}{$defaults}g or die;
# The machine of the tests has no user mixspool.
$text =~ s{mixspool serve -l }{mixspool serve -l -u www-data } or die;
my $script = spew("$bin/script", $text);
chmod 0755, $script, "$bin/logger";

# The script with an action: exit status and all that it prints.
sub service {
	my ($status, $out, $err) = run_to_end($script, @_);
	return ($status, "$out$err");
}

sub holder { chomp(my $pid = slurp($pidfile)); return $pid }

# LSB core, "Init Script Actions".
sub check {
	my ($action, $expected, $what) = @_;
	my ($status, $output) = service($action);
	is $status, $expected, "$action: exit $expected, $what" or diag $output;
	return $output;
}

check('', 2, 'no action');
check('sing', 2, 'an unknown action');
check('status', 3, 'not running');
check('stop', 0, 'nothing to stop');
check('try-restart', 0, 'nothing to restart');
check('reload', 7, 'nothing to reload');
check('force-reload', 7, 'nothing to reload');
ok !-e $socket, 'and nothing was started';

check('start', 0, 'started');
is fastcgi($socket, 'users=[]')->{status}, 200, '... and it answers';
like slurp($syslog), qr/^mixspool\.fcgi: ready: /m, '... messages go to syslog';
my $holder = holder();
is check('status', 0, 'running'), "mixspool is running, pid $holder\n", '... with its pid';
check('start', 0, 'running already');
is holder(), $holder, '... which stays';

my $receiver = receiver_of($holder);
check('restart', 0, 'restarted');
is holder(), $holder, '... what holds the socket stays';
isnt receiver_of($holder), $receiver, '... with another receiver';
$receiver = receiver_of($holder);
check('try-restart', 0, 'restarted');
isnt receiver_of($holder), $receiver, '... with another receiver';
$receiver = receiver_of($holder);
check($_, 0, 'read again') for qw(reload force-reload);
is receiver_of($holder), $receiver, '... the receiver stays';

my %got = load($socket, 3, sub { service('restart') });
my ($wrong, $refused) = check_load($spool, %got);
is_deeply $refused, [], '3 restarts under load: none of ' . scalar(keys %got) . ' POSTs is refused';
is_deeply $wrong, [], '... and each is in the spool, once';

is exit_of(system "setpriv --reuid=65534 --regid=65534 --clear-groups $script stop >/dev/null 2>&1"), 4,
    'stop by somebody else: exit 4';
is exit_of(system "setpriv --reuid=65534 --regid=65534 --clear-groups $script status >/dev/null 2>&1"), 0,
    'status by somebody else: exit 0';

check('stop', 0, 'stopped');
is eval { slurp("/proc/$holder/cmdline") } // '', '', '... and gone';
check('status', 3, 'not running');
check('restart', 0, 'started by a restart');
$holder = holder();
kill 'KILL', $holder;
wait_until { fastcgi($socket, 'users=[]')->{status} == 0 } 'the end of its receiver';
check('status', 1, 'ended without a stop');
check('start', 0, 'started over what was left');
is fastcgi($socket, 'users=[]')->{status}, 200, '... and it answers';
check('stop', 0, 'stopped');
spew($pidfile, "$$\n");
check('status', 1, 'the pid is that of somebody else');
check('stop', 0, 'who is left alone');
ok !-e $pidfile, '... the file of the pid goes';

# The spool cannot be written: the start says so.
chmod 0555, $spool, "$spool/default";
spew($defaults, slurp($defaults) =~ s/^spool=.*/spool=$spool\/none/mr);
like check('start', 1, 'no spool'), qr/its messages in syslog, or mixspool doctor, say why/, '... says where to look';
check('stop', 0, 'stopped all the same');

# What goes wrong before there is a receiver.
spew($defaults, slurp($defaults) =~ s/^web_user=.*/web_user=nobody-here/mr);
check('start', 1, 'no such user');
like slurp($syslog), qr/nobody-here/, '... is in syslog';
check('stop', 0, 'nothing to stop');
spew($defaults, "spool=$spool\nsocket=$socket\nweb_user=www-data\n");
chmod 0777, $spool, "$spool/default";

# A restart waits for requests that take their time, as those of slow clients.
{
	umask 077;
	check('start', 0, 'started');
	umask 022;
	is exit_of(system "setpriv --reuid=65534 --regid=65534 --clear-groups $script status >/dev/null 2>&1"), 0,
	    'anybody may ask for the status of what root has started';
	my $slow = fastcgi_connect($socket);
	my $records = fastcgi_records('users=[]', {});
	fastcgi_send($slow, substr $records, 0, -20);
	wait_until { fastcgi($socket, 'users=[]')->{status} == 200 } 'the receiver to have it';
	my $restart = spawn([$script, 'restart'], err => new_file(''));
	ok !eval { reap($restart, 12) }, 'a restart waits for a slow request';
	fastcgi_send($slow, substr $records, -20);
	is fastcgi_answer($slow)->{status}, 200, '... which is answered';
	is exit_of(reap($restart)), 0, '... and then it is done';
}
check('stop', 0, 'stopped');
done_testing;

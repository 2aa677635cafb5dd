#!/usr/bin/env perl
# mixspool drain: what a command gets, what becomes of its batches, and which
# messages are printed, whatever the command does.

use strict;
use warnings;
use Errno qw(EMFILE);
use Test::More;
use Testbed;

my $spool = make_spool(qw(default));
my $taken = folder() . '/taken';

sub drain { return tool('drain', @_) }

sub refill {
	my @batches = @_;
	unlink batches_in($spool, 'default', $_) for qw(new failed done);
	unlink $taken;
	return map { put_batch($spool, 'default', @$_) } @batches;
}

my @collect = ('sh', '-c', "cat >>$taken");
my ($status, $out, $err);

# What the command gets.
my @names = refill(['a', 'b'], ['c'], ['d', 'e']);
($status, $out, $err) = drain($spool, '--', @collect);
is $status, 0, 'a drain exits 0';
is "$out$err", '', '... and prints nothing';
is slurp($taken), "a\nb\nc\nd\ne\n", 'the command got all lines, oldest first';
is scalar(batches_in($spool)), 0, 'the batches are gone';
is_deeply [drain($spool, '--', 'false')], [0, '', ''],
    'nothing to drain: no run, exit 0, no message';

my $say = 'echo "$MIXSPOOL_CAMPAIGN $MIXSPOOL_USERS $MIXSPOOL_FIRST '
    . '$MIXSPOOL_LAST"; cat >/dev/null';
@names = refill(['a', 'b'], ['c'], ['d', 'e'], [1 .. 7], ['f']);
($status, $out) = drain('-n', 3, "$spool/default", '--', 'sh', '-c', $say);
is $out, join('', map {"default $_\n"} "3 $names[0] $names[1]",
	"2 $names[2] $names[2]", "7 $names[3] $names[3]",
	"1 $names[4] $names[4]"),
    '-n: runs of whole batches, each with its own environment';
@names = refill(map { [$_] } 1 .. 1500);
($status, $out) = drain($spool, '--', 'sh', '-c', $say);
like $out, qr/\Adefault 1000 .*\ndefault 500 .*\n\z/, 'a run has 1000 users';
@names = refill(map { [$_] } 1 .. 1500);
($status, $out) = drain('-n', 0, $spool, '--', 'sh', '-c', $say);
like $out, qr/\Adefault 1500 .*\n\z/, '-n 0: all in one run';

refill(['a']);
spew("$spool/default/new/20270101T000000.000000Z-9f3a1c22-000001.jsonl", 'b');
drain($spool, '--', @collect);
is slurp($taken), "a\nb\n", 'a last line without a newline gets one';

my ($kept) = refill(['a']);
drain('-k', $spool, '--', @collect);
is scalar(batches_in($spool)), 0, '-k: the batch leaves new/';
is_deeply [lines_in($spool, 'default', 'done')], ["a\n"], '... and is in done/';
spew("$spool/default/new/$kept", "b\n");
drain('-k', $spool, '--', @collect);
is scalar(batches_in($spool)), 0, '-k: another file of the same name leaves new/, too';
is_deeply [lines_in($spool, 'default', 'done')], ["a\n", "b\n"],
    '... and replaces no file in done/';

# Several campaigns, and one that fails does not stop the others.
refill(['a']);
put_batch($spool, 'vip', 'v');
put_batch($spool, 'west', 'w');
($status, $out, $err) = drain($spool, '--', 'sh', '-c',
	"test \$MIXSPOOL_CAMPAIGN != vip && cat >>$taken");
is $status, 75, 'one of three campaigns fails: exit 75';
is slurp($taken), "a\nw\n", '... and the others are drained';
like $err, qr/\Amixspool drain: vip: sh exited with 1; [^\n]+\n\z/,
    '... and one line names the campaign';
is_deeply [drain("$spool/vip", "$spool/west", '--', @collect)], [0, '', ''],
    'two campaigns by name';
is slurp($taken), "a\nw\nv\n", '... and the waiting one is drained';

# Batches that arrive while the command runs are taken too.
refill(['a']);
my $arrive = "$spool/default/new/20280101T000000.000000Z-9f3a1c22-000001.jsonl";
drain($spool, '--', 'sh', '-c', "cat >>$taken; "
	. "test \$MIXSPOOL_FIRST = ${\( (split m{/}, $arrive)[-1] )} || "
	. "echo late >$arrive");
is slurp($taken), "a\nlate\n", 'a batch that arrives during a run is drained';

# A backlog larger than one listing: no batch is skipped, the order holds, and
# memory does not grow with it. Sanitizers take more time, and memory.
my $backlog = $ENV{SANITIZED} ? 14_000 : 140_000;
for my $n (reverse 1 .. $backlog) {
	my $name = sprintf '20261124T080000.%06dZ-9f3a1c22-%06d.jsonl', $n, $n;
	open my $file, '>', "$spool/default/new/$name" or die $!;
	print $file "$n\n";
}
unlink $taken;
($status, $out) = drain('-n', 0, $spool, '--', 'sh', '-c',
	"cat >>$taken; grep VmHWM /proc/\$PPID/status");
is $status, 0, "a backlog of $backlog batches";
open my $lines, '<', $taken or die $!;
my ($expect, $wrong) = (1, 0);
while (<$lines>) { $wrong++ if $_ != $expect++ }
is "$wrong $expect", '0 ' . ($backlog + 1), '... is drained completely, in order';
my ($peak) = sort { $b <=> $a } $out =~ /VmHWM:\s+(\d+) kB/g;
SKIP: {
	skip 'a sanitizer needs memory of its own', 2 if $ENV{SANITIZED};
	cmp_ok $peak, '<', 32 * 1024, "... with $peak KiB";
	is scalar(my @runs = $out =~ /VmHWM/g), 3,
	    '... in runs of 65,536 batches';
}

# Failures: all batches stay, exit 75, and one line says what happened.
sub stays {
	my ($name, $message, @arguments) = @_;
	my @before = refill(['a', 'b'], ['c'], ['x' x 200000]);
	($status, $out, $err) = drain(@arguments);
	is $status, 75, "$name: exit 75";
	is scalar(batches_in($spool)), 3, '... all batches stay';
	like $err, qr/\Amixspool drain: default: [^\n]*$message[^\n]*\n\z/,
	    '... one line says why';
	like $err, qr/3 batches stay \($before[0] to $before[2]\)/,
	    '... and names the batches';
	return;
}
stays('a command that exits with 1', 'sh exited with 1;', $spool, '--', 'sh', '-c',
	'cat >/dev/null; exit 1');
stays('a command that exits with 2', 'sh exited with 2;', $spool, '--',
	'sh', '-c', 'cat >/dev/null; exit 2');
stays('a command that is killed', 'sh was killed by signal 9', $spool, '--', 'sh', '-c',
	'cat >/dev/null; kill -9 $$');
stays('exit 0 without reading', 'true exited with 0 but did not read all of its input',
	$spool, '--', 'true');
stays('exit 0 after the first byte', 'did not read all', $spool, '--', 'head', '-c1');
stays('exit 0 with its input closed', 'did not read all', $spool, '--', 'sh', '-c',
	'exec <&-; exit 0');
stays('a mistyped command in a script', 'sh exited with 127;', $spool, '--', 'sh', '-c',
	'catt >/dev/null 2>&1');
stays('a command that hangs', 'was killed after 1 second; ', '--timeout', 1, $spool,
	'--', 'sleep', 1000);
stays('a command that ignores SIGTERM', 'was killed after 1 second; ', '-t', '1s', $spool,
	'--', 'sh', '-c', 'trap "" TERM; cat >/dev/null; sleep 1000 & wait; '
	. 'while :; do wait; done');

# A command that prints megabytes does not block.
refill(['a']);
($status, $out) = drain($spool, '--', 'sh', '-c',
	'cat; head -c 3000000 /dev/zero');
is length $out, 3000002, 'megabytes of output pass through';

# A parent that ignores SIGCHLD must not make it hang.
refill(['a']);
my $ignoring = spawn(['perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV',
		program('mixspool'), 'drain', $spool, '--', @collect]);
is exit_of(reap($ignoring)), 0, 'with SIGCHLD ignored by its parent, drain ends';
is slurp($taken), "a\n", '... and the batch is taken';

# Drain does not wait for a command that is stopped, as a terminal does.
stays('a command that is stopped', 'sh was stopped by signal', $spool, '--',
	'sh', '-c', 'kill -STOP $$; cat >/dev/null');

# A batch is removed while its run goes on: the command must not take the rest for
# the whole. The first batch is larger than what a pipe holds.
refill(['x' x 3_000_000], ['a']);
($status, $out, $err) = drain($spool, '--', 'sh', '-c',
	"rm $spool/default/new/\$MIXSPOOL_LAST && cat >/dev/null");
is $status, 75, 'a batch is gone when it should be read: exit 75';
like $err, qr/ sh could not be given all of its input: No such file/,
    '... and the message says why';
is scalar(batches_in($spool)), 1, '... and the other batch stays';

# A process that the command left behind must not see half an input end. It reads
# when the command has ended, so that it cannot have read everything before.
refill(['x' x 3_000_000]);
my $behind = folder() . '/behind';
drain($spool, '--', 'bash', '-c',
	"(while kill -0 \$\$ 2>/dev/null; do sleep 0.01; done; cat >/dev/null; "
	    . "echo saw the end >$behind) <&0 & read -rn 1; exit 1");
wait_until { !`pgrep -f $behind` } 'the process left behind to end';
ok !-e $behind, 'a child of a failed command does not take a part for the whole';

# Nor must the command, when every process of drain's name and group is killed.
unlink $behind;
refill(['x' x 3_000_000]);
my ($begun, $go) = map { folder() . "/$_" } qw(begun go);
my $killed = spawn([program('mixspool'), 'drain', $spool, '--', 'bash', '-c',
		": >$begun; until [ -e $go ]; do sleep 0.05; done; "
		    . "cat >/dev/null; echo saw the end >$behind"]);
wait_until { -e $begun } 'the command to begin';
wait_until { 2 == (() = `pgrep -P $killed`) && sleeps($killed) }
    'drain to have filled the pipe';
kill 'KILL', -$killed, `pgrep -P $killed -x mixspool` =~ /\d+/g;
reap($killed);
spew($go, '');
wait_until { !`pgrep -f $begun` } 'the command to end';
ok !-e $behind, 'a command does not take a part for the whole when drain is killed';

# To read everything and exit at once is success, every time.
my $unlucky = 0;
for (1 .. 200) {
	refill(['a']);
	$unlucky++ if (drain($spool, '--', 'sh', '-c', 'read x'))[0];
}
is $unlucky, 0, 'a command that exits with the last byte succeeds, 200 times';

# A campaign may be named like a folder of a campaign; a missing path stops no
# other.
my $odd = make_spool(qw(default new));
put_batch($odd, $_, $_) for qw(default new);
unlink $taken;
is_deeply [drain($odd, '--', @collect)], [0, '', ''],
    'a campaign may be named new';
is slurp($taken), "default\nnew\n", '... and is drained like the others';
unlink $taken;
refill(['a']);
($status, $out, $err) = drain('/nonexistent', $spool, '--', @collect);
is $status, 66, 'a folder that does not exist: EX_NOINPUT';
is slurp($taken), "a\n", '... and the other one is drained';

# Bad data: drain_lines.t has more.
@names = refill(['good1'], ['bad'], ['good2']);
($status, $out, $err) = drain($spool, '--', 'sh', '-c', "cat >$taken.one; "
	. "grep -q bad $taken.one && exit 65; cat $taken.one >>$taken");
is $status, 65, 'exit 65 for one batch of three: exit 65';
is slurp($taken), "good1\ngood2\n", '... and the others are taken';
is_deeply [lines_in($spool, 'default', 'failed')], ["bad\n"],
    '... and the bad one is in failed/';
is $err, "mixspool drain: default: sh refused 1 of 1 user of $names[1]: see failed/$names[1]\n",
    '... and the message names it';
($status, $out) = tool('retry', "$spool/default");
is $out, "default: 1 batch back in new/\n", 'retry prints what it did';
is_deeply [lines_in($spool)], ["bad\n"], '... and the batch is in new/';
($status, $out) = tool('retry', $spool);
is $status, 0, 'retry without anything in failed/ is no error';

# Files that are not batches are left alone.
refill(['a']);
spew("$spool/default/new/notes.txt", "mine\n");
symlink '/etc/hostname',
    "$spool/default/new/20261124T000000.000000Z-9f3a1c22-999999.jsonl";
mkdir "$spool/default/new/20261124T000000.000000Z-9f3a1c22-999998.jsonl";
($status, $out, $err) = drain($spool, '--', @collect);
is "$status$err", '0', 'foreign files, links and folders are no error';
is slurp($taken), "a\n", '... and are not handed over';
is scalar(batches_in($spool)), 3, '... and are not removed';
rmdir "$spool/default/new/20261124T000000.000000Z-9f3a1c22-999998.jsonl";
unlink batches_in($spool);

# Wrong use.
sub misused {
	my ($expected, $message, @arguments) = @_;
	($status, $out, $err) = tool(@arguments);
	is $status, $expected, "mixspool @arguments: exit $expected";
	like $err, qr/\Amixspool[^\n]*: [^\n]*$message[^\n]*\n\z/,
	    '... and one line says why';
	return;
}
misused(64, 'no -- given', 'drain', $spool, 'cat');
misused(64, 'no command after', 'drain', $spool, '--');
misused(64, 'no spool or campaign', 'drain', '--', 'cat');
misused(64, 'no command nope', 'drain', $spool, '--', 'nope');
misused(64, 'no command /nope', 'drain', $spool, '--', '/nope');
misused(64, '/usr is not a program', 'drain', $spool, '--', '/usr');
misused(64, 'no command after', 'drain', $spool, '--', '');
misused(64, "-n is '-1'", 'drain', '-n', '-1', $spool, '--', 'cat');
misused(64, "--log is 'mail': it takes syslog", 'drain', '--log', 'mail', $spool, '--', 'cat');
misused(64, "-t is '0'", 'drain', '-t', '0', $spool, '--', 'cat');
misused(64, 'no option -x', 'drain', '-x', $spool, '--', 'cat');
misused(64, '-n takes a value', 'drain', '-n');
misused(66, 'cannot open /nope: No such', 'drain', '/nope', '--', 'cat');
misused(66, 'neither a spool nor a campaign', 'drain', '/usr', '--', 'cat');
misused(66, 'cannot open .*/none', 'drain', "$spool/none", '--', 'cat');
misused(64, 'there is no command frobnicate', 'frobnicate');
misused(64, 'there is no command frobnicate', 'help', 'frobnicate');
is_deeply [(tool('drain', '-h'))[0, 2]], [0, ''], 'drain -h: exit 0';
is_deeply [tool('help', 'drain')], [tool('drain', '-h')],
    'help drain prints the same';
like +(tool('help'))[1], qr/^  drain /m, 'help lists drain';
is +(tool())[0], 64, 'mixspool without a command: EX_USAGE';

# The disk is full when batches move to done/.
refill(['a']);
($status, $out, $err) = tool({ LD_PRELOAD => program('tests/faults/no_space.so')
	}, 'drain', '-k', $spool, '--', @collect);
is $status, 75, 'no space in done/: exit 75';
is scalar(batches_in($spool)), 1, '... and the batch stays';
like $err, qr{cannot move the batches of this run to done/: No space left},
    '... and the message says why';

# A folder without write permission, which does not stop root.
SKIP: {
	skip 'root may do everything', 2 if $> == 0 && system(
		'setpriv --reuid=65534 --clear-groups true 2>/dev/null') != 0;
	refill(['a']);
	chmod 0755, folder(), $spool, "$spool/default";
	chmod 0555, "$spool/default/new";
	my @as = $> == 0 ? ('setpriv', '--reuid=65534', '--clear-groups') : ();
	spew("$spool/default/lock", '');
	chmod 0666, "$spool/default/lock";
	my $log = folder() . '/as.log';
	my $pid = spawn([@as, program('mixspool'), 'drain', $spool, '--', 'sh',
		'-c', 'cat >/dev/null'], err => $log);
	is exit_of(reap($pid)), 75, 'no permission to remove: exit 75';
	like slurp($log), qr/cannot remove the batches of this run: Permission/,
	    '... and the message says why';
	chmod 0755, "$spool/default/new";
}

# One drain at a time: the second names the process of the first, or is silent
# with -q.
refill(['a']);
my $fifo = folder() . '/fifo';
POSIX::mkfifo($fifo, 0600);
my $first = spawn([program('mixspool'), 'drain', $spool, '--', 'sh', '-c',
	"cat >/dev/null; echo in >$fifo; cat $fifo"]);
open my $in, '<', $fifo or die $!;
<$in>;
close $in;
misused(75, "default: process $first, such as another drain, has its lock already", 'drain', $spool,
	'--', 'cat');
is_deeply [drain('-q', $spool, '--', 'cat')], [0, '', ''], '-q: a drain that is running is no error';
kill 'KILL', $first;
reap($first);
spew($fifo, "go\n");
is_deeply [drain($spool, '--', @collect)], [0, '', ''],
    'the lock ends with its process';

my $both = 0;
for my $round (1 .. 100) {
	refill(['a']);
	unlink "$taken.running";
	my $exclusive = "mkdir $taken.running || echo both >>$taken.both; "
	    . "cat >/dev/null; rmdir $taken.running";
	my @pids = map {
		spawn([program('mixspool'), 'drain', '-q', $spool, '--', 'sh',
			'-c', $exclusive])
	} 1, 2;
	reap($_) for @pids;
	$both++ if -e "$taken.both" || batches_in($spool);
}
is $both, 0, 'of two drains at once only one runs its command, 100 times';

# SIGTERM: the command that is running goes on to its end, and no other starts.
refill(['a'], ['b']);
$first = spawn([program('mixspool'), 'drain', '-n', 1, $spool, '--', 'sh',
	'-c', "echo in >$fifo; cat >>$taken; cat $fifo >/dev/null"]);
open $in, '<', $fifo or die $!;
<$in>;
close $in;
kill 'TERM', $first;
spew($fifo, "go\n");
is exit_of(reap($first)), 0, 'SIGTERM: exit 0 after the running command';
is slurp($taken), "a\n", '... which got all of its input';
is scalar(batches_in($spool)), 1, '... and no other one was started';

# Not even after exit 65, when parts of it would have runs of their own.
@names = refill(['a'], ['b']);
spew($taken, '');
$first = spawn([program('mixspool'), 'drain', $spool, '--', 'sh', '-c',
	"cat >>$taken; test -e $taken.told || { touch $taken.told; "
	    . "echo in >$fifo; cat $fifo >/dev/null; }; exit 65"]);
open $in, '<', $fifo or die $!;
<$in>;
close $in;
kill 'TERM', $first;
spew($fifo, "go\n");
is reap($first) >> 8, 0, 'SIGTERM, then exit 65 for two batches: exit 0';
is slurp($taken), "a\nb\n", '... without another run';
is_deeply [map { (split m{/})[-1] } batches_in($spool)], \@names,
    '... and both batches stay in new/';

# Following: batches as they arrive, new campaigns, failures, and the end.
refill(['a']);
my $fail = folder() . '/fail';
my $log = folder() . '/follow.log';
my $follower = spawn([program('mixspool'), 'drain', '-f', $spool, '--', 'sh',
	'-c', "test ! -e $fail && cat >>$taken"], err => $log);
my $has = sub { my $want = shift; wait_until {
	-e $taken && slurp($taken) eq $want } "the follower to take $want" };
$has->("a\n");
put_batch($spool, 'default', 'b');
$has->("a\nb\n");
put_batch($spool, 'brandnew', 'c');
$has->("a\nb\nc\n");
spew($fail, '');
put_batch($spool, 'default', 'd');
wait_until { slurp($log) =~ /exited with 1/ } 'the command to fail';
unlink $fail;
$has->("a\nb\nc\nd\n");
# A campaign that fails is tried less and less often, and does not delay others.
spew($fail, '');
spew($log, '');
put_batch($spool, 'vip', 'x' x 3_000_000);
wait_until { slurp($log) =~ /exited with 1/ } 'the command to fail';
unlink $fail;
put_batch($spool, 'default', 'e');
wait_until { slurp($taken) =~ /^e$/m } 'another campaign to be drained meanwhile';
wait_until { !batches_in($spool, 'vip') } 'the failed campaign to be drained at last';
cmp_ok scalar(() = slurp($log) =~ /exited with 1/g), '<=', 2,
    '-f: after a failure there is a pause';
# A campaign that fails and is then removed does not keep the follower busy.
spew($fail, '');
spew($log, '');
put_batch($spool, 'brandnew', 'f');
wait_until { slurp($log) =~ /brandnew: sh exited/ } 'the command to fail';
system 'rm', '-rf', "$spool/brandnew";
unlink $fail;
put_batch($spool, 'default', 'g');
wait_until { slurp($taken) =~ /^g$/m } 'another campaign to be drained';
is stop($follower), 0, '-f: drains batches as they come; SIGTERM: exit 0';
# Without a watch, as when its user has no more of them.
spew($log, '');
$follower = spawn(['strace', '-D', '-qq', '-o', '/dev/null', '-e',
		'inject=inotify_add_watch:error=ENOSPC', program('mixspool'),
		'drain', '-f', $spool, '--', 'sh', '-c', "cat >>$taken"],
	err => $log);
wait_until { slurp($log) =~ /cannot watch all of \Q$spool\E.*: No space/ }
    'the message about the missing watch';
put_batch($spool, 'default', 'h');
wait_until { slurp($taken) =~ /^h$/m } 'the batch to be taken all the same';
is stop($follower), 0, '-f: without a watch, folders are checked regularly';

# How many folders a process watches: inotify(7), proc(5).
sub watches {
	my $pid = shift;
	# A descriptor may be closed meanwhile.
	return scalar grep {/^inotify /} `cat /proc/$pid/fdinfo/* 2>/dev/null`;
}

# The named folder is moved away: drain follows another one in its place, or ends.
# Without a descriptor for new watches it goes on with those it has.
for (['', 0], ['/default', 0], ['', 2]) {
	my ($below, $nth) = @$_;
	my ($spool, $other) = (make_spool(), make_spool());
	put_batch($spool, 'default', 'first');
	put_batch($other, 'default', 'second');
	unlink $taken;
	$follower = spawn([program('mixspool'), 'drain', '-f', "$spool$below", '--', 'sh',
			'-c', "cat >>$taken"],
		env => { LD_PRELOAD => join(' ', map { program("tests/faults/$_.so") } qw(kernel_without fail_nth_call)),
			KERNEL_WITHOUT => 'dumpable', FAULT_CALL => 'inotify_init1', FAULT_NTH => $nth,
			FAULT_ERRNO => EMFILE, FAULT_LOG => folder() . '/failed' });
	$has->("first\n");
	wait_until { sleeps($follower) } 'the follower to wait';
	my $watches = watches($follower);
	kill 'STOP', $follower;
	rename "$spool$below", "$spool.old" or die $!;
	rename "$other$below", "$spool$below" or die $!;
	kill 'CONT', $follower;
	$has->("first\nsecond\n");
	wait_until { $nth ? -s folder() . '/failed' : watches($follower) == $watches }
	    'as many watches as before';
	rename "$spool$below", "$other.old" or die $!;
	is exit_of(reap($follower)), 66, "-f DIR$below: moved away, with nothing in its place: exit 66";
}
SKIP: {
	skip 'takes a minute', 1 unless ($ENV{PROVE} // '') eq 'full';
	my $above = folder() . '/above';
	mkdir $above or die $!;
	rename make_spool('default'), "$above/spool" or die $!;
	$follower = spawn([program('mixspool'), 'drain', '-f', "$above/spool", '--', 'cat']);
	# It checks once a minute, also if it was about to check now.
	wait_until { sleeps($follower) } 'the follower to wait';
	rename $above, "$above.old" or die $!;
	is exit_of(reap($follower, 90)), 66, '-f: a folder further up is moved away: exit 66';
}

# The command has the umask that drain was started with.
refill(['a']);
my $made = folder() . '/made';
my $mask = umask 027;
tool('drain', $spool, '--', 'sh', '-c', "cat >$made; umask >>$made");
umask $mask;
is slurp($made), "a\n0027\n", 'the command has the umask of drain\'s start';
is((stat $made)[2] & 07777, 0640, '... and its files have the mode');

done_testing;

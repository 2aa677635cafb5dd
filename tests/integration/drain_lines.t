#!/usr/bin/env perl
# A command exits with 65 for a run with bad lines: drain hands over the good ones, and
# the bad ones go to failed/, in few runs.

use strict;
use warnings;
use Test::More;
use Testbed;

my $spool = make_spool(qw(default));
my ($taken, $runs, $one, $stop) = map { folder() . "/$_" } qw(taken runs one stop);
my ($status, $out, $err);

# Refuses a run that has a line with "bad", and else takes it; logs each run.
our $command = "echo \$MIXSPOOL_USERS \$MIXSPOOL_FIRST \$MIXSPOOL_LAST >>$runs; "
    . "cat >$one; if grep -q bad $one; then exit 65; fi; cat $one >>$taken";

sub refill {
	unlink batches_in($spool, 'default', $_) for qw(new failed done tmp);
	spew($_, '') for $taken, $runs;
	unlink $stop;
	return map { put_batch($spool, 'default', @$_) } @_;
}

sub drain {
	($status, $out, $err) = tool('drain', @_, $spool, '--', 'sh', '-c', $command);
	return $status;
}

sub failed { return join '', lines_in($spool, 'default', 'failed') }
sub done { return join '', lines_in($spool, 'default', 'done') }
sub waits { return join '', lines_in($spool) }
sub lines { return join '', map {"$_\n"} @_ }
sub log2 { return log($_[0]) / log 2 }

# Each place that a bad line can have.
my @wrong;
for my $users (1 .. 9, 31, 50) {
	for my $bad (1 .. $users) {
		my @good = grep { $_ != $bad } 1 .. $users;
		refill([map { $_ == $bad ? 'bad' : $_ } 1 .. $users]);
		drain();
		my $count = () = slurp($runs) =~ /\n/g;
		push @wrong, "$bad of $users: $status, $count runs, " . failed()
		    if $status != 65 || slurp($taken) ne lines(@good)
		    || failed() ne "bad\n" || waits() ne ''
		    || $count > 2 * log2($users) + 1;
	}
}
is_deeply \@wrong, [],
    'one bad line, wherever it is: the others are taken, in order and in few runs';

# The command knows whether it has whole batches.
{
	local $command = "echo \$MIXSPOOL_USERS \$MIXSPOOL_PART \$MIXSPOOL_CUT >>$runs; $command";
	refill(['a', 'b'], ['c', 'bad'], ['d', 'e']);
	drain();
	is join(' ', grep {/ [01]$/} split /\n/, slurp($runs)),
	    '6 0 0 3 1 1 1 1 0 2 0 0', 'a part of a batch is not a whole one, and may end before it';
}

# ... and where in its first batch it begins.
{
	local $command = "cat >$one; echo \$MIXSPOOL_FIRST \$MIXSPOOL_SKIP \$(head -n 1 $one) >>$runs; "
	    . "! grep -q bad $one || exit 65";
	my @batches = (['a', 'bad', 'c'], ['d', 'e', 'bad'], ['f', 'g', 'h']);
	my %line;
	for my $name (refill(@batches)) {
		my $batch = shift @batches;
		$line{"$name $_"} = $batch->[$_] for 0 .. 2;
	}
	drain();
	my %first = map { /^(\S+ \d+) (\w+)$/ } split /\n/, slurp($runs);
	is_deeply \%first, { map { $_ => $line{$_} } keys %first },
	    'MIXSPOOL_SKIP says where in its first batch a run begins';
	cmp_ok scalar(grep { !/ 0$/ } keys %first), '>', 1, '... that of a part, too';
}

# Many bad lines, in batches of any size.
for my $case ([1000, 1], [1000, 3], [500, 50], [300, 300], [64, 32]) {
	my ($users, $bad) = @$case;
	my %bad = map { int($_ * $users / $bad) => 1 } 0 .. $bad - 1;
	my @lines = map { $bad{$_} ? "bad$_" : "good$_" } 0 .. $users - 1;
	my @left = @lines;
	my @batches;
	push @batches, [splice @left, 0, 1 + @batches % 40] while @left;
	refill(@batches);
	my $most = $bad * (2 * log2($users) + 1);
	is drain(), 65, "$bad bad lines of $users: exit 65";
	is slurp($taken), lines(grep {/good/} @lines), '... all others are taken, in order';
	is failed(), lines(grep {/bad/} @lines), '... the bad ones are in failed/, in order';
	my $count = () = slurp($runs) =~ /\n/g;
	cmp_ok $count, '<=', $most, "... after $count runs";
}

# What the command gets, and what drain reports.
my @names = refill(['a', 'b'], ['bad', 'c', 'bad too'], ['bad 3'], ['d']);
is drain(), 65, 'a batch with bad lines and a bad batch, between good ones: exit 65';
is slurp($taken), lines(qw(a b c d)), '... the good ones are taken, in order';
my ($part) = map { (split m{/})[-1] } grep { !/$names[2]/ }
    batches_in($spool, 'default', 'failed');
is $err, "mixspool drain: default: sh refused 2 of 3 users of $names[1]: see failed/$part\n"
    . "mixspool drain: default: sh refused 1 of 1 user of $names[2]: see failed/$names[2]\n",
    '... the messages count, and say where';
is slurp("$spool/default/failed/$part"), "bad\nbad too\n",
    '... where the bad lines of a batch are a batch of their own';
is join(' ', sort $part, @names), "$names[0] $names[1] $part $names[2] $names[3]",
    '... which is as old as the one that they were in, and has its place';
is((stat "$spool/default/failed/$part")[2] & 07777, 0640,
    '... of the mode that the receiver gives its batches');
is((split /\n/, slurp($runs))[0], "7 $names[0] $names[3]",
    '... the first run has all, and its environment says so');
is((split /\n/, slurp($runs))[1], "3 $names[0] $names[1]",
    '... the second has half of the lines, and its environment says so');
is_deeply [batches_in($spool, 'default', 'tmp')], [], '... tmp/ is empty';
is +(tool('retry', $spool))[1], "default: 2 batches back in new/\n", 'retry puts them back';
is waits(), "bad\nbad too\nbad 3\n", '... and only the bad lines';

# With -k the good lines are in done/.
refill(['a', 'bad', 'b'], ['c'], ['bad', 'bad']);
is drain('-k'), 65, '-k: exit 65';
is done() . failed() . waits(), lines(qw(a b c bad bad bad)),
    '... the good lines are in done/, the bad ones in failed/';

# A batch without an end of its last line.
for my $lines ('bad', 'good') {
	refill(['good']);
	spew("$spool/default/new/20270101T000000.000000Z-9f3a1c22-000001.jsonl",
		"a\nbad\n$lines");
	is drain(), 65, "a batch without an end of its last line, $lines: exit 65";
	is slurp($taken) . failed(), join('', "good\na\n", $lines eq 'bad'
		? "bad\nbad\n" : "good\nbad\n"), '... its last line has one now';
}

# Lines larger than any buffer.
my @large = map { $_ . 'x' x 300_000 } 1 .. 4;
refill([@large[0, 1], 'bad' . 'y' x 700_000, $large[2]], [$large[3], 'bad']);
is drain(), 65, 'large lines: exit 65';
ok slurp($taken) eq lines(@large), '... the good ones are taken as they are';
ok failed() eq lines('bad' . 'y' x 700_000, 'bad'), '... and the bad ones are in failed/';

# Bad together, and good alone; an empty batch; the size of a run.
refill([1 .. 20]);
{
	local $command = "echo >>$runs; cat >$one; test \$(wc -l <$one) -gt 4 && exit 65; "
	    . "cat $one >>$taken";
	is drain(), 0, 'too many lines for one run: exit 0';
	is slurp($taken) . failed(), lines(1 .. 20), '... all are taken';
}
refill([]);
put_batch($spool, 'default');
{
	local $command = 'cat >/dev/null; exit 65';
	is drain(), 0, 'empty batches that are refused have nothing bad';
	is scalar(batches_in($spool)), 0, '... and do not stay';
}
refill(map { ["$_", $_ == 3 ? 'bad' : 'x'] } 1 .. 5);
is drain('-n', 2), 65, '-n 2: exit 65';
is slurp($runs) =~ s/ .*//gr, "2\n2\n2\n1\n1\n2\n2\n", '... narrows down within a run';

# A failure on the way: what is decided is not handed over again.
my $careful = "test -e $stop && grep -q stop $one && exit 75; cat $one >>$taken";
for my $keep (0, 1) {
	@names = refill(['a', 'bad1', 'b', 'c', 'd', 'stop', 'e', 'f'], ['g', 'bad2']);
	spew($stop, '');
	local $command = $command =~ s/cat $one >>$taken\z/$careful/r;
	my @keep = $keep ? '-k' : ();
	is drain(@keep), 75, "a failure on the way (@keep): exit 75";
	like $err, qr/sh exited with 75; 2 batches stay \(\S+ to \S+\) for the next run\n\z/,
	    '... which is reported';
	is failed(), "bad1\n", '... what was refused before is in failed/';
	is slurp($taken), lines(qw(a b c d)), '... what was taken before is taken';
	is waits(), lines(qw(stop e f g bad2)), '... and only the rest waits, in order';
	unlink $stop;
	is drain(@keep), 65, '... the next drain goes on';
	is slurp($taken), lines(qw(a b c d stop e f g)), '... and hands over no line twice';
	is failed(), lines(qw(bad1 bad2)), '... and has all the bad ones';
	is join('', sort split /^/, done()), $keep ? lines(sort qw(a b c d stop e f g)) : '', '... and keeps what -k asks for';
}

# SIGTERM on the way.
refill(['a', 'b', 'bad', 'c'], ['d']);
my $fifo = folder() . '/fifo';
POSIX::mkfifo($fifo, 0600);
my $pid = spawn([program('mixspool'), 'drain', $spool, '--', 'sh', '-c',
		"echo >>$runs; cat >$one; if grep -q bad $one; then exit 65; fi; "
		. "echo >$fifo; cat $fifo >/dev/null; cat $one >>$taken"]);
open my $in, '<', $fifo or die $!;
<$in>;
close $in;
kill 'TERM', $pid;
spew($fifo, "go\n");
is exit_of(reap($pid)), 0, 'SIGTERM while it narrows down: exit 0 after the run';
is slurp($taken), "a\nb\n", '... which is taken';
is waits() . failed(), lines(qw(bad c d)), '... and the rest waits';

# A campaign with bad lines beside one that fails.
refill(['a', 'bad']);
put_batch($spool, 'vip', 'v');
{
	local $command = "test \$MIXSPOOL_CAMPAIGN != vip || exit 1; $command";
	is drain(), 75, 'bad lines, and another campaign that fails: exit 75';
}
unlink batches_in($spool, 'vip');

# -f reports at once, and goes on.
refill(['a', 'bad']);
my $log = spew(folder() . '/follow.log', '');
$pid = spawn([program('mixspool'), 'drain', '-f', $spool, '--', 'sh', '-c', $command],
	err => $log);
wait_until { slurp($log) =~ /refused 1 of 2 users/ } 'the message';
put_batch($spool, 'default', 'b');
wait_until { slurp($taken) eq "a\nb\n" } 'the next batch';
is stop($pid), 0, '-f goes on after bad lines: exit 0 at its end';

done_testing;

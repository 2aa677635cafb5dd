#!/usr/bin/env perl
# A batch that fails again and again at the head of a campaign is reported, with what
# waits behind it; with --skip-after N the others are handed over. Each drain here is a
# process of its own, as from cron.

use strict;
use warnings;
use Test::More;
use Testbed;

my $spool = make_spool(qw(default));
my ($taken, $one, $runs) = map { folder() . "/$_" } qw(taken one runs);
my ($status, $out, $err);

# Fails for a run with a line that has "down".
sub drain {
	spew($runs, '');
	($status, $out, $err) = tool('drain', @_, $spool, '--', 'sh', '-c',
		"echo >>$runs; cat >$one; if grep -q down $one; then exit 75; fi; cat $one >>$taken");
	return $status;
}

sub refill {
	unlink batches_in($spool);
	spew($taken, '');
	return map { put_batch($spool, 'default', $_) } @_;
}

sub waits { return join ' ', map { s/\n//r } lines_in($spool) }
sub took { return join ' ', split /\n/, slurp($taken) }

# Without the option.
my @names = refill(qw(down a b));
is drain(), 75, 'a batch that fails: exit 75';
unlike $err, qr/in a row/, '... is reported as that';
for my $times (2, 3) {
	is drain('-n', 1), 75, "... the drain number $times: exit 75";
	like $err, qr/^mixspool drain: default: $names[0] has failed $times times in a row; 2 batches wait behind it, the first since 2026-11-24T\d\d:\d\d:\d\dZ: see --skip-after\n\z/m,
	    '... reports how often, and what waits behind it';
}
is waits(), 'down a b', '... and all wait';
unlink "$spool/default/new/$names[$_]" for 1, 2;
drain();
like $err, qr/has failed 4 times in a row; nothing waits behind it\n\z/,
    '... and it says so if nothing does';
unlink batches_in($spool);
drain();
@names = refill(qw(down a));
drain();
unlike $err, qr/in a row/, 'another batch is counted from the beginning';

# With the option: batches of a run are told apart, and the bad one is tried each time.
@names = refill(qw(a b down c d));
for (1, 2) {
	is drain('--skip-after', 3), 75, '--skip-after 3: exit 75';
	is took(), '', '... and all wait';
}
is drain('--skip-after', 3), 75, '... at the third failure: exit 75';
is took(), 'a b c d', '... all others are handed over';
is waits(), 'down', '... and it waits';
like $err, qr/^mixspool drain: default: $names[2] is skipped after --skip-after failures/m,
    '... and the message names it';
put_batch($spool, 'default', $_) for qw(e f);
is drain('--skip-after', 3), 75, '... with more behind it: exit 75';
is took(), 'a b c d e f', '... which is handed over';
is slurp($runs), "\n\n", '... first, and then it is tried again';
is drain('--skip-after', 3), 75, '... with nothing behind it: exit 75';
is slurp($runs), "\n", '... it is tried once';
spew("$spool/default/new/$names[2]", "up\n");
is drain('--skip-after', 3), 0, '... and when it does not fail any more: exit 0';
is took() . waits(), 'a b c d e f up', '... it is handed over';

# Two of them; each has to fail so often.
@names = refill(qw(down1 a down2 b));
is drain('--skip-after', 2), 75, 'two bad batches: exit 75';
is drain('--skip-after', 2), 75, '... the first is skipped: exit 75';
is took(), 'a', '... up to the second';
is drain('--skip-after', 2), 75, '... which is skipped, too: exit 75';
is took(), 'a b', '... and what is behind it is handed over';
is waits(), 'down1 down2', '... and both wait';
is drain(), 75, '... without the option';
is slurp($runs), "\n", '... they are tried as all others';

# A server that is down: no more than two failures in each drain.
@names = refill(map {"down$_"} 1 .. 20);
for (1 .. 6) {
	drain('-n', 1, '--skip-after', 2);
	cmp_ok length slurp($runs), '<=', 2, 'all fail: at most two runs';
}
spew("$spool/default/new/$names[$_]", "$_\n") for 0 .. $#names;
is drain('-n', 1, '--skip-after', 2), 0, '... and when none fails: exit 0';
is join(' ', sort { $a <=> $b } split / /, took()), join(' ', 0 .. 19), '... all are taken';

# lock has another text, or cannot be written, as on a full disk.
@names = refill(qw(down a));
for my $text ("\0" x 300, 'x' x 300, "- - -\n", "$names[0] x y\n", "$names[0]") {
	spew("$spool/default/lock", $text);
	drain();
	unlike $err, qr/in a row/, 'another text in lock counts as none';
}
my $log = folder() . '/faults';
($status, $out, $err) = tool({ LD_PRELOAD => program('tests/faults/fail_nth_call.so'),
		FAULT_CALL => 'pwrite', FAULT_NTH => '1+', FAULT_ERRNO => 28, FAULT_LOG => $log },
	'drain', '--skip-after', 3, '-n', 1, $spool, '--', 'sh', '-c',
	"cat >$one; if grep -q down $one; then exit 75; fi; cat $one >>$taken");
is $status, 75, 'no room for the count: exit 75';
is took(), 'a', '... what is behind is handed over at once';
is waits(), 'down', '... and the batch waits';

# -f counts, too.
@names = refill(qw(down a));
spew($log, '');
my $pid = spawn([program('mixspool'), 'drain', '-f', '-n', 1, '--skip-after', 2, $spool,
		'--', 'sh', '-c',
		"cat >$one; if grep -q down $one; then exit 75; fi; cat $one >>$taken"], err => $log);
wait_until { took() eq 'a' } 'the batch behind it';
is stop($pid), 0, '-f goes on behind a batch that fails, too';
is waits(), 'down', '... which waits';

is +(tool('drain', '--skip-after', 0, $spool, '--', 'cat'))[0], 64, '--skip-after 0: wrong use';

# --pause 1: six runs in 5 seconds, which take 31 without it.
@names = refill('down');
spew($runs, '');
$pid = spawn([program('mixspool'), 'drain', '-f', '--pause', 1, $spool, '--', 'sh', '-c',
		"echo >>$runs; cat >/dev/null; exit 75"], err => $log);
ok eval { wait_until { slurp($runs) =~ /\n{6}/ } 'six runs', 25 }, '--pause 1 tries again each second';
stop($pid);
is +(tool('drain', '-f', '--pause', $_, $spool, '--', 'cat'))[0], 64, "--pause $_: wrong use"
    for qw(0 25h x);

done_testing;

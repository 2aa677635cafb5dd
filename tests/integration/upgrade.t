#!/usr/bin/env perl
# The upgrade from 0.1.0 and the way back, under load, through nginx and a socket that
# lasts: each request is answered 200, and each user of these comes out once, whichever
# of the two versions receives, drains, or has left its batches.

use strict;
use warnings;
use File::Basename qw(dirname);
use POSIX ();
use Test::More;
use Testbed;
use Upgrade;

my $why = why_no_old();
plan skip_all => $why if $why;

my $old = old_programs();
my $new = dirname(program('mixspool'));

sub run_old { return run_to_end("$old/mixspool", @_) }

sub names { return map {m{([^/]+)\z}} batches_in(@_) }

# The batches in a folder by their names: those of 0.1.0 and those with counts.
sub counted { return grep {/\A[^-]+-\w{8}-\d+-\d+\.jsonl\z/} names(@_) }
sub uncounted { return grep {/\A[^-]+-\w{8}-\d+\.jsonl\z/} names(@_) }

# Runs the command of docs/upgrading.md that begins like this.
sub as_documented {
	my ($spool, $begin) = @_;
	my ($command) = slurp(top() . '/docs/upgrading.md')
	    =~ /^ *```sh\n *(\Q$begin\E [^`]*?)```/m or die "no command $begin";
	$command =~ s{/var/spool/mixspool}{$spool}g or die 'it names no spool';
	$command =~ s{^runuser -u mixspool -- }{};
	$command =~ s{/usr/local/sbin/}{$new/};
	return run_to_end('sh', '-euc', $command);
}

# A spool as 0.1.0 leaves it, with users in each of its folders.
my $spool = folder() . '/spool';
my ($status) = run_old('init', $spool, qw(waiting refused kept));
$status == 0 or die '0.1.0 makes no spool';
my $socket = hold_socket();
my $receiver = serve($old, $socket, $spool);
my $nginx = nginx($socket->{path});
for my $campaign (qw(waiting refused kept)) {
	for my $n (1 .. 5) {
		curl("$nginx->{url}/$campaign", '--data-urlencode', 'users=[' . user("$campaign-$n")
			. ']')->{status} eq '200' or die '0.1.0 does not answer';
	}
}
run_old('drain', "$spool/refused", '--', 'sh', '-c', 'cat >/dev/null; exit 65');
run_old('drain', '-k', "$spool/kept", '--', 'cat');
is scalar(uncounted($spool, 'waiting')), 5, '0.1.0 leaves batches that wait';
is scalar(uncounted($spool, 'refused', 'failed')), 5, '... that were refused';
is scalar(uncounted($spool, 'kept', 'done')), 5, '... and that it has kept';
# A receiver that was killed in the middle of a commit.
my $cut = '20261124T065034.123456Z-9f3a1c22-000042.jsonl';
spew("$spool/waiting/tmp/$cut", substr user('cut'), 0, 20);

my $old_log = new_file();
my $drain = follow($old, $old_log, '-k', "$spool/default");
my $load = start_load($nginx->{url});
more_answers($load, 50);

# A drain waits while one of the other version is at work.
for my $order ([$old, $new], [$new, $old]) {
	my ($first, $second) = map {"$_/mixspool"} @$order;
	my $fifo = folder() . '/fifo';
	POSIX::mkfifo($fifo, 0600) or die $!;
	my $held = spawn([$first, 'drain', "$spool/waiting", '--',
			'sh', '-c', 'echo >"$1"; cat "$1"; exit 75', 'sh', $fifo], err => '/dev/null');
	slurp($fifo);
	my ($busy, undef, $said) = run_to_end($second, 'drain', "$spool/waiting", '--', 'cat');
	is $busy, 75, 'the drains of both versions at once: one of them waits';
	like $said, qr/waiting: process $held\b.* already$/m, '... and says for which';
	spew($fifo, '');
	is exit_of(reap($held)), 75, '... which ends';
	unlink $fifo;
}

# Would the new receiver start? A variable that 0.1.0 ignored stops it.
like((as_documented($spool, 'runuser'))[1], qr/\AStatus: 200 /, 'the new receiver can store here');
{
	local $ENV{MIXSPOOL_SECRETFILE} = '/etc/mixspool/secret';
	like((as_documented($spool, 'runuser'))[1], qr/\AStatus: 503 .*MIXSPOOL_SECRETFILE/s,
	    '... unless there is a setting that it does not know, which it names');
}

# The receiver first: the drain of 0.1.0 leaves what it does not know.
is exit_of(stop($receiver)), 0, '0.1.0 ends cleanly under load';
$receiver = serve($new, $socket, $spool);
more_answers($load, 100);
wait_until { counted($spool) > 10 } 'batches with counts';
wait_until { !uncounted($spool) } 'the drain of 0.1.0 to take its own';
is ended($drain), undef, 'the drain of 0.1.0 goes on beside the new receiver';
my ($exit, $stat) = run_old('stat', $spool);
is $exit, 0, '0.1.0 shows a spool that both have written';
like $stat, qr/-\d+\.jsonl is no batch and is left alone$/m, '... and what it leaves alone';
my $next = follow($new, my $new_log = new_file(), '-k', "$spool/default");
wait_until { counted($spool, 'default', 'done') > 10 } 'the new drain to take what is there';
is exit_of(stop($drain)), 0, 'the drain of 0.1.0 ends cleanly';

# The way back: the receiver, and at once the drain, while batches wait.
is exit_of(stop($next)), 0, 'the new drain ends cleanly';
wait_until { counted($spool) > 10 } 'batches with counts';
is exit_of(stop($receiver)), 0, 'the new receiver ends cleanly under load';
$receiver = serve($old, $socket, $spool);
more_answers($load, 50);
wait_until { uncounted($spool) > 5 } 'batches of 0.1.0 beside them';
$drain = follow($old, $old_log, '-k', "$spool/default");
wait_until { !uncounted($spool) } 'the drain of 0.1.0 to take its own';
my @left = counted($spool);
cmp_ok scalar @left, '>', 10, '... and no other';
is exit_of(stop($drain)), 0, '... and to end cleanly';
is((run_old('drain', '-k', "$spool/default", '--', take()))[0], 0, 'from cron it does the same');
is((run_old('retry', $spool))[0], 0, 'it looks for what was refused');
my ($renamed, undef, $complaint) = as_documented($spool, 'for batch in');
is_deeply [$renamed, $complaint], [0, ''], 'names without counts, as the docs make them';
is scalar(counted($spool)), 0, '... all of them';
$drain = follow($old, $old_log, '-k', "$spool/default");
wait_until {
	my %done = map { $_ => 1 } uncounted($spool, 'default', 'done');
	!grep { !$done{s/-\d+(?=\.jsonl)//r} } @left;
} 'the drain of 0.1.0 to take these, too';
more_answers($load, 50);

# And forth again, the drain first.
is exit_of(stop($drain)), 0, 'the drain of 0.1.0 ends cleanly';
$next = follow($new, $new_log, '-k', "$spool/default");
more_answers($load, 50);
is exit_of(stop($receiver)), 0, '... and so does its receiver';
$receiver = serve($new, $socket, $spool);
more_answers($load, 100);
is ended($load->{pid}), undef, 'there was load until the end';
is_deeply [keys %{ end_load($load) }], [200], 'each request was answered 200';
wait_until { !names($spool) } 'an empty spool';
is exit_of(stop($next)), 0, 'the new drain ends cleanly';
is stop($receiver), 0, '... and so does the receiver';
is slurp($new_log), '', 'the new drain had nothing to say';
account($load, taken());
is join('', sort(lines_in($spool, 'default', 'done'))), join('', sort(taken())),
    'done/ has what was handed over by both';

# What 0.1.0 left at rest.
for my $case (
	['waiting', 'what waited'],
	['refused', 'what was refused', 'retry'],
	['kept', 'what was kept', 'replay', '--since', '1d']) {
	my ($campaign, $what, $command, @arguments) = @$case;
	is((tool($command, "$spool/$campaign", @arguments))[0], 0, "$what comes back")
	    if $command;
	my ($exit, $out) = tool('drain', "$spool/$campaign", '--', 'cat');
	is $exit, 0, "$what is handed over";
	is_deeply [sort(split /^/m, $out)], [map { user("$campaign-$_") . "\n" } 1 .. 5],
	    '... all of it, and no more';
}

done_testing;

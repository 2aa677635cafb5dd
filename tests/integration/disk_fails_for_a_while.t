#!/usr/bin/env perl
# Each call that puts a batch on disk fails for a while, as on a full disk, over
# a quota or on a broken disk: 503 and nothing of the POST left, then 200 again.

use strict;
use warnings;
use Test::More;
use Testbed;

# The kernel's answer for the Nth to the Mth such call; one thread, since strace
# counts for each.
sub check {
	my ($call, $error, $from, $to, $posts) = @_;
	$posts //= $to - $from + 1;
	my $what = "$call $from to $to: $error";
	# strace puts a system call that there is not in the failing one's
	# place, for which the sandbox would end the process.
	my $receiver = receiver(args => [qw(-j 1)],
		env => { MIXSPOOL_SANDBOX => 'off' },
		wrapper => [qw(strace -f -o /dev/null -e), "trace=$call",
			'-e', "inject=$call:error=$error:when=$from..$to"]);
	my (%answered, @statuses);
	for my $post (1 .. 24) {
		my $users = join ',', map { user("$post-$_") } 1 .. 3;
		my $answer = fastcgi($receiver->{socket}, form("[$users]"));
		push @statuses, $answer->{status};
		$answered{$post} = $answer->{status};
	}
	my $failed = grep { $_ == 503 } @statuses;
	is $failed, $posts, "$what: 503 each time";
	is scalar(grep { $_ == 200 } @statuses), @statuses - $failed,
	    '... and 200 otherwise';
	is $statuses[-1], 200, '... in the end, too';
	my %users;
	$users{$_}++ for map {/^\{"\$distinct_id":"(\d+)-/}
	    lines_in($receiver->{spool});
	my @wrong = grep { ($users{$_} // 0) != ($answered{$_} == 200 ? 3 : 0) }
	    sort keys %answered;
	is_deeply \@wrong, [], '... new/ has what was answered 200, no more';
	is scalar(my @left = batches_in($receiver->{spool}, 'default', 'tmp')),
	    0, '... and nothing is left in tmp/';
	kill 'TERM', -$receiver->{pid};
	reap($receiver->{pid});
	return;
}

for my $error (qw(ENOSPC EDQUOT EIO)) {
	check('writev', $error, 2, 4);
	check('fdatasync', $error, 2, 4);
	check('renameat', $error, 2, 4);
	check('fsync', $error, 1, 3);
	# Behind the folders' names: one for the batch, and one for its removal.
	check('fsync', $error, 5, 8, 2);
}
# Behind what the start opens.
check('openat', 'EMFILE', 60, 63);

done_testing;

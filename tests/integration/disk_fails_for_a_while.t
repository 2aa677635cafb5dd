#!/usr/bin/env perl
# Each call that puts a batch on disk fails for a while, as on a full disk, over a
# quota or on a broken disk: 503 with nothing left of the POST, then 200 again.

use strict;
use warnings;
use Test::More;
use Testbed;

# Lets the calls from number $from to $to fail. One thread, since strace counts the
# calls of each thread.
sub check {
	my ($call, $error, $from, $to, $posts) = @_;
	$posts //= $to - $from + 1;
	my $what = "$call $from to $to: $error";
	# strace replaces the call by one with an invalid number, for which the
	# sandbox would end the process.
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
	is $statuses[-1], 200, '... also in the end';
	my %users;
	$users{$_}++ for map {/^\{"\$distinct_id":"(\d+)-/}
	    lines_in($receiver->{spool});
	my @wrong = grep { ($users{$_} // 0) != ($answered{$_} == 200 ? 3 : 0) }
	    sort keys %answered;
	is_deeply \@wrong, [], '... new/ has the users of the POSTs answered 200, and no others';
	is scalar(my @left = batches_in($receiver->{spool}, 'default', 'tmp')),
	    0, '... and tmp/ is empty';
	kill 'TERM', -$receiver->{pid};
	reap($receiver->{pid});
	return;
}

for my $error (qw(ENOSPC EDQUOT EIO)) {
	check('writev', $error, 2, 4);
	check('fdatasync', $error, 2, 4);
	check('renameat2', $error, 2, 4);
	check('fsync', $error, 1, 3);
	# After those for the folders' names: one for the batch, one for its removal.
	check('fsync', $error, 5, 8, 2);
}
# After the files that the start and the first POST open: one for each batch.
check('openat', 'EMFILE', 26, 29);

done_testing;

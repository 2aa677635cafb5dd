#!/usr/bin/env perl
# drain is killed at random moments while the receiver keeps writing: every user
# that was answered 200 comes out at least once, or is in failed/ if the command refuses
# it, and no line is torn.

use strict;
use warnings;
use Test::More;
use Testbed;
use Time::HiRes qw(time sleep);

my $kills = $ENV{KILLS} // 200;
my $seed = $ENV{SEED} // 1;
srand $seed;
diag "SEED=$seed";

my $receiver = receiver();
my $spool = $receiver->{spool};
my $taken = folder() . '/taken';
my $accepted = folder() . '/accepted';

# Posts until SIGTERM, and notes the users that were answered 200.
my $client = fork // die "fork: $!";
if (!$client) {
	my $stop = 0;
	$SIG{TERM} = sub { $stop = 1 };
	alarm 0;
	open my $notes, '>', $accepted or die $!;
	for (my $n = 0; !$stop; $n++) {
		# So large that a run does not fit into the pipe. 9 is refused.
		my @ids = map {"$n-$_-" . 'x' x 20000} 1 .. 3, $n % 5 ? 4 : 9, 5 .. 8;
		my $answer = fastcgi($receiver->{socket},
			'users=[' . join(',', map { user($_) } @ids) . ']');
		print $notes map { user($_) . "\n" } @ids
		    if $answer->{status} == 200;
		sleep 0.002;
	}
	close $notes;
	POSIX::_exit(0);
}

# Each run takes some time, so that many kills come in the middle of one. The moments
# are spread over a little more than one drain.
my @drain = ('drain', '-n', 100, $spool, '--', 'sh', '-c',
	"cat >$taken.\$\$ && if grep -q '[0-9]-9-x' $taken.\$\$; then rm $taken.\$\$; exit 65; fi "
	    . "&& flock $taken.lock cat $taken.\$\$ >>$taken && rm $taken.\$\$");
for my $kill (1 .. $kills) {
	my $pid = spawn([program('mixspool'), @drain]);
	sleep rand 0.05;
	kill 'KILL', $pid;
	reap($pid);
}
kill 'TERM', $client;
waitpid $client, 0;

# A command is killed with its drain, or has had all of its input.
wait_until {
	my ($status) = tool(@drain);
	($status == 0 || $status == 65) && !batches_in($spool);
} 'the rest to be drained';
# A command that has had all of its input may still be running.
wait_until { !glob "$taken.*[0-9]" or !`pgrep -f 'cat $taken'` }
    'the last command to end';

my (%expected, %got, %refused);
open my $notes, '<', $accepted or die $!;
while (<$notes>) { $expected{$_} = 1 }
open my $out, '<', $taken or die $!;
while (<$out>) { $got{$_}++ }
$refused{$_}++ for lines_in($spool, 'default', 'failed');
my @torn = grep { !/^\{"\$distinct_id":"(\d+-\d-x{20000})","\$properties":\{"\$email":"\1\@example\.com"\}\}\n\z/ } keys %got, keys %refused;
is scalar(@torn), 0, 'no line is torn';
cmp_ok scalar(keys %expected), '>', $kills, keys(%expected) . ' users, '
    . "$kills kills, " . (grep { $_ > 1 } values %got) . ' came out twice';
is scalar(grep { !/\d-9-x/ && !$got{$_} } keys %expected), 0,
    'every user that was answered 200 came out';
cmp_ok scalar(keys %refused), '>', $kills / 20, keys(%refused) . ' users were refused';
is scalar(grep { /\d-9-x/ && !$refused{$_} } keys %expected), 0,
    '... or is in failed/, if the command refuses it';
is scalar(grep { /\d-9-x/ } keys %got) + scalar(grep { !/\d-9-x/ } keys %refused), 0,
    '... and no other is';

stop($receiver->{pid});
done_testing;

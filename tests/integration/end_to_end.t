#!/usr/bin/env perl
# From end to end: 10,000 invented users are sent over a bad network through nginx to
# a receiver that is restarted over and over, and drained into SQLite. Everybody
# arrives; users that arrive twice were in a POST whose answer was dropped.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my ($users, $batch, $seed) = (10000, 50, 7);
my @sample = ('--sample', $users, '--seed', $seed, '--batch', $batch);

my $receiver = receiver();
my $spool = $receiver->{spool};
my $nginx = nginx($receiver->{socket});
my ($out, $err) = map { folder() . "/sender.$_" } qw(out err);

my $sender = spawn([program('mixspool'), 'send', '-v', '--json', @sample,
		qw(--drop-answers 10% --cut-bodies 5% --parallel 8 --rate 40/s
		--retries 100), '--cacert', certificate() . '.pem', $nginx->{url}],
	out => $out, err => $err);

my ($restarts, $unclean, $status) = (0, 0);
until (defined($status = ended($sender))) {
	my $before = () = batches_in($spool);
	wait_until { $status = ended($sender);
		defined $status || batches_in($spool) > $before + 4 }
	    'batches, for which POSTs may pause up to a minute', 200;
	last if defined $status;
	$unclean++ if stop($receiver->{pid}) != 0;
	$receiver = receiver(spool => $spool, socket => $receiver->{socket});
	$restarts++;
}
is $status, 0, 'everything is delivered';
is $unclean, 0, '... and the receiver stopped cleanly each time';

my $summary = decode_json(slurp($out));
is $summary->{delivered}, $users, "... $users users";
is $summary->{left}, 0, '... none is left';
cmp_ok $summary->{answers_dropped}, '>', 0, '... though answers were dropped';
cmp_ok $summary->{bodies_cut}, '>', 0, '... and bodies cut';
cmp_ok $restarts, '>', 4, '... and the receiver restarted';

# The POSTs whose answer was dropped, and their users.
my (%dropped, %copies, %post);
$dropped{$_}++ for slurp($err) =~ /^mixspool send: POST (\d+)\b.*: no answer, the answer was dropped on purpose;/mg;
my (undef, $everybody) = tool('send', '-n', @sample, $nginx->{url});
my $n = 0;
$post{$_} = int($n++ / $batch) + 1
    for $everybody =~ /^\{"\$distinct_id":"(\w+)"/mg;
is scalar(keys %post), $users, 'the sample is known';

for my $line (lines_in($spool)) {
	$copies{$1}++ if $line =~ /^\{"\$distinct_id":"(\w+)"/;
}
is scalar(grep { !$copies{$_} } keys %post), 0, 'everybody is in the spool';
is scalar(grep { !$post{$_} } keys %copies), 0, '... and nobody else';
is scalar(grep { $copies{$_} > 1 + ($dropped{ $post{$_} } // 0) } keys %copies),
    0, '... more than once only where an answer was dropped';
my $twice = grep { $_ > 1 } values %copies;
cmp_ok $twice, '>', 0, '... as some are';

my $database = folder() . '/users.db';
my ($drained, $said) = (tool('drain', $spool, '--',
		top() . '/examples/to-sqlite', $database))[0, 2];
is_deeply [$drained, $said], [0, ''], 'it drains into SQLite';
my $rows = `sqlite3 $database 'SELECT count(*), count(DISTINCT id) FROM users'`;
is +(split /\|/, $rows)[1] + 0, $users, "... with $users users";

my %answers = %{ $summary->{answers} };
my $total = 0;
$total += $_ for values %copies;
note "$summary->{posts} POSTs in $summary->{attempts} attempts; answers: ",
    join(', ', map {"$_ $answers{$_}"} sort keys %answers),
    "; $summary->{answers_dropped} dropped, $summary->{bodies_cut} cut; ",
    "$restarts restarts; $total lines, ", $total - $users, ' of them again';

done_testing;

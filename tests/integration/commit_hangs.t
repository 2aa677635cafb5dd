#!/usr/bin/env perl
# A disk that hangs in the middle of a commit: the requests in that commit wait
# for its end, and all others get their 503 after a bounded time.

use strict;
use warnings;
use IO::Select;
use Test::More;
use Testbed;

# The disk and the clock are shim files: see tests/faults/hanging_disk.c.
my $shim = folder() . '/shim';
mkdir $shim or die "$shim: $!";

sub start {
	my $threads = shift;
	unlink glob "$shim/*";
	return receiver(
		spool => make_spool(qw(default other), map {"c$_"} 1 .. 6), args => ['-j', $threads],
		env => { LD_PRELOAD => program('tests/faults/hanging_disk.so'),
			HANGING_DISK => $shim, MIXSPOOL_SANDBOX => 'off' });
}

sub post {
	my ($receiver, $user, $campaign) = @_;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, fastcgi_records(form('[' . user($user) . ']'),
			{ PATH_INFO => '/' . ($campaign // 'default') }));
	return $socket;
}

sub is_answered {
	my ($socket, $seconds) = @_;
	return IO::Select->new($socket)->can_read($seconds);
}

# Its lines are written, and fdatasync has them.
sub wait_for_hang {
	my ($receiver, $user) = @_;
	wait_until {
		my @batches = batches_in($receiver->{spool}, 'default', 'tmp');
		@batches && slurp($batches[0]) =~ /"\Q$user\E"/;
	} "the commit of $user";
	return;
}

sub users_in {
	return map {/^\{"\$distinct_id":"(\w+)"/} lines_in(@_);
}

my $receiver = start(3);
spew("$shim/hang", '');
my $anna = post($receiver, 'anna');
wait_for_hang($receiver, 'anna');
my @behind = map { post($receiver, $_) } qw(berta carla dora);
ok !is_answered($behind[0], 2), 'nobody is refused before the time is over';

spew("$shim/later", '');
for my $socket (@behind) {
	my $answer = fastcgi_answer($socket);
	is $answer->{status}, 503, 'behind the commit that hangs: 503';
	is $answer->{text}, 'cannot put the users on disk: the disk has not '
	    . "answered for 30 seconds\n", '... which says why';
	like $answer->{head}, qr/^Retry-After: 60\r$/m, '... and when to try again';
}
is fastcgi_answer(post($receiver, 'erika'))->{status}, 503,
    'a later request is refused at once';
ok !is_answered($anna, 0), 'the request in the commit waits for its end';

unlink "$shim/hang";
is fastcgi_answer($anna)->{status}, 200, 'the disk works again: 200';
is_deeply [users_in($receiver->{spool})], ['anna'],
    'new/ has the users that were answered 200, and no others';
is fastcgi_answer(post($receiver, 'frieda'))->{status}, 200,
    'the next is taken as ever';
is fastcgi_answer(post($receiver, 'gerda', 'other'))->{status}, 200,
    '... in any campaign';
is_deeply [users_in($receiver->{spool})], [qw(anna frieda)],
    'nobody else got into new/ meanwhile';
is scalar(batches_in($receiver->{spool}, 'default', 'tmp')), 0,
    'nothing is left in tmp/';
is stop($receiver->{pid}), 0, 'and it ends as ever';

# Of several threads one never commits: a disk that hangs does not hold all of them.
for my $threads (2, 8) {
	$receiver = start($threads);
	spew("$shim/hang", '');
	$anna = post($receiver, 'anna');
	wait_for_hang($receiver, 'anna');
	my @campaigns = map {"c$_"} 1 .. $threads - 2;
	my @hanging = map { post($receiver, "user$_", $_) } @campaigns;
	wait_until { @campaigns == grep { batches_in($receiver->{spool}, $_, 'tmp') }
		@campaigns } 'a commit of each thread that may';
	my $other = post($receiver, 'berta', 'other');
	ok !is_answered($other, 2),
	    "$threads threads: another campaign waits for a thread that may commit";
	spew("$shim/later", '');
	SKIP: {
		ok is_answered($other, 30), '... and not without an end'
		    or skip 'no answer', 3;
		is fastcgi_answer($other)->{status}, 503, '... it is answered 503';
		is fastcgi_answer(post($receiver, 'carla'))->{status}, 503,
		    '... as is a request behind the commit';
		is fastcgi_answer(post($receiver, 'dora', 'none'))->{status}, 404,
		    '... and others are answered as ever';
	}
	unlink "$shim/hang";
	is_deeply [map { fastcgi_answer($_)->{status} } $anna, @hanging],
	    [(200) x ($threads - 1)], 'the disk works again: 200';
	is_deeply [map { users_in($receiver->{spool}, $_) } qw(default other)],
	    ['anna'], '... and nobody else got into new/';
	is fastcgi_answer(post($receiver, 'erika', 'other'))->{status}, 200,
	    '... and the next is taken as ever';
	is stop($receiver->{pid}), 0, 'and it ends as ever';
}

# A receiver that is stopped meanwhile answers its queue as well.
$receiver = start(3);
spew("$shim/hang", '');
$anna = post($receiver, 'anna');
wait_for_hang($receiver, 'anna');
my $berta = post($receiver, 'berta');
ok !is_answered($berta, 2), 'one waits behind a commit';
kill 'TERM', $receiver->{pid};
wait_until { !fastcgi_connect($receiver->{socket}) } 'the end of listening';
spew("$shim/later", '');
is fastcgi_answer($berta)->{status}, 503,
    'a stopping receiver, too, answers 503 behind a commit that hangs';
unlink "$shim/hang";
is fastcgi_answer($anna)->{status}, 200, '... and 200 for the one in the commit';
is reap($receiver->{pid}), 0, '... and then ends';
is_deeply [users_in($receiver->{spool})], ['anna'], '... with her alone';

done_testing;

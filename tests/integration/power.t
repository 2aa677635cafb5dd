#!/usr/bin/env perl
# The power fails between any two system calls: in each state that a file system
# may then be in, each user that was answered 200 is in new/, in a file that has
# only whole POSTs. tests/lib/replay has the model, and says what it checks.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my @strace = (qw(strace -f -y -xx -s 1000000 -e), 'trace=' . join ',',
	qw(openat write writev sendto sendmsg renameat renameat2 unlinkat
	mkdirat fsync fdatasync wait4));
my $seed = $ENV{SEED} // 1;
diag "SEED=$seed";

sub replay {
	my ($trace, $spool, @arguments) = @_;
	my ($out, $err) = map { spew(folder() . "/replay.$_", '') } qw(out err);
	my $status = reap(spawn([top() . '/tests/lib/replay', $trace, $spool,
			'--seed', $seed, @arguments], out => $out,
		err => $err), 300);
	die slurp($err) if $status != 0;
	return decode_json(slurp($out));
}

# A POST is known by its size: users N-1 to N-N. Each third one has two elements more,
# which are no users. Each fourth one is a page of a cohort, which tests/lib/replay knows
# by the escapes in its action.
my $size = 0;

sub page {
	my @letters = split //, 'members';
	my $action = join '', map { $size >> $_ & 1 ? sprintf '\\u%04x', ord $letters[$_] : $letters[$_] } 0 .. 6;
	return qq({"action":"$action","parameters":{"members":[)
	    . join(',', map { qq({"mixpanel_distinct_id":"$size-$_","a":1}) } 1 .. $size) . ']}}';
}

sub post {
	my ($receiver, $campaign) = @_;
	$size++;
	my $socket = fastcgi_connect($receiver->{socket});
	if ($size % 4 == 1) {
		fastcgi_send($socket, fastcgi_records(page(),
				{ PATH_INFO => "/$campaign", CONTENT_TYPE => 'application/json' }));
		return $socket;
	}
	fastcgi_send($socket, fastcgi_records(
			form('[' . join(',', (map { user("$size-$_") } 1 .. $size),
					map {qq({"x":"$size-$_"})} $size % 3 ? () : 1 .. 2)
				. ']'), { PATH_INFO => "/$campaign" }));
	return $socket;
}

sub all_spooled {
	return !grep { fastcgi_answer($_)->{status} != 200 } @_;
}

my $trace = folder() . '/receiver.trace';
my $receiver = receiver(wrapper => [@strace, '-o', $trace],
	env => { SLOW_DISK_MS => 50,
		LD_PRELOAD => program('tests/faults/slow_disk.so') });
my $spool = $receiver->{spool};
ok all_spooled(map { post($receiver, 'default') } 1 .. 3),
    'POSTs one by one, and some at a time';
ok all_spooled(post($receiver, 'default')), '... alone again';
# A campaign that nobody has opened yet: its folders are made by the POSTs.
mkdir "$spool/fresh" or die $!;
ok all_spooled(map { post($receiver, $_ % 4 ? 'fresh' : 'default') } 1 .. 12),
    '... to a campaign whose folders are missing, and to another';
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});

my $done = replay($trace, $spool);
is $done->{violation}, undef, 'no loss of power breaks the promise';
is $done->{answered}, $size, '... of any POST';
cmp_ok $done->{batches}, '<', $size, '... of which some shared a batch';
is $done->{aside}, 2 * grep({ $_ % 3 == 0 && $_ % 4 != 1 } 1 .. $size), '... and what was not a user is set aside';
is $done->{folders}, 11, '... in folders made on the way';
note "receiver: $done->{answered} POSTs in $done->{batches} batches, ",
    "$done->{prefixes} prefixes, $done->{states} states";

# The check can fail: without one of the syncs, each of which is needed.
my ($name) = $spool =~ m{([^/]+)\z};
for my $ignored (qw(fdatasync fsync:new fsync:aside fsync:fresh), "fsync:$name") {
	my $without = replay($trace, $spool, '--ignore', $ignored);
	ok $without->{violation}, "without $ignored there is a violation";
	note "$without->{violation}; $without->{states} states";
}

# What the tool does then. Its traces go on where the receiver's ends: what one
# campaign's command refuses for good goes to failed/ and back again, then that
# campaign is kept in done/, and the other removed.
my $all = slurp($trace);

sub traced {
	my ($expected, @command) = @_;
	my $own = spew(folder() . '/tool.trace', '');
	my $status = reap(spawn([@strace, '-o', $own, program('mixspool'),
			@command], out => '/dev/null', err => '/dev/null'));
	is exit_of($status), $expected, "mixspool $command[0]: exit $expected";
	$all .= slurp($own);
	return slurp($own);
}

sub check_all {
	my $what = shift;
	spew($trace, $all);
	my $now = replay($trace, $spool);
	is $now->{violation}, undef, "no batch is lost when it is $what";
	note "$what: ", $now->{prefixes} - $done->{prefixes}, ' more prefixes, ',
	    $now->{states} - $done->{states}, ' more states';
	$done = $now;
	return;
}

my $fresh = batches_in($spool, 'fresh');
traced(65, 'drain', '-n', 1, "$spool/fresh", '--', 'sh', '-c',
	'while read -r line; do :; done; exit 65');
is scalar(my @failed = batches_in($spool, 'fresh', 'failed')), $fresh,
    '... refuses all';
check_all('refused');
traced(0, 'retry', "$spool/fresh");
is scalar(my @back = batches_in($spool, 'fresh')), $fresh, '... has all back';
check_all('put back');
traced(0, 'drain', '-n', 1, '-k', "$spool/fresh", '--', 'cat');
check_all('kept');
my $until = $done->{handed_over};
is $until, $fresh, '... as a command took each';
ok replay($trace, $spool, '--ignore', 'wait4')->{violation},
    'a batch kept before its command ends is a violation';
my $before = $all;
my $removing = traced(0, 'drain', '-n', 1, "$spool/default", '--', 'cat');
check_all('removed');
cmp_ok $done->{handed_over}, '>', $until, '... as a command took it';

# A drain that removes otherwise is found, whatever commands took before it.
my $unlinkat = qr/^\d+ +unlinkat\([^\n]*\n/m;
my $to_pipe = qr/^\d+ +write\(\d+<\\x70\\x69\\x70\\x65\\x3a/m;    # pipe:
my %otherwise = (
	'before its command ends' =>
	    sub {s/^([^\n]*WEXITSTATUS.*?)($unlinkat)/$2$1/ms},
	'before its command reads a byte' =>
	    sub {s/($to_pipe.*?)($unlinkat)/$2$1/ms},
	'after the command of another' =>
	    sub {s/($unlinkat)(.*?)($unlinkat)/$3$2$1/s},
);
for my $when (sort keys %otherwise) {
	local $_ = $removing;
	$otherwise{$when}->() or die "no batch to remove $when";
	spew($trace, $before . $_);
	my $wrong = replay($trace, $spool);
	like $wrong->{violation} // '', qr/lost: POST/,
	    "a batch removed $when is a violation";
	note $wrong->{violation} // 'none';
}

# A bad line: a drain that fails on the way, and one that goes on, with and without -k.
for my $keep (0, 1) {
	my $lines = folder() . "/lines$keep.trace";
	$receiver = receiver(wrapper => [@strace, '-o', $lines]);
	$size = 0;
	is scalar(grep { all_spooled(post($receiver, 'default')) } 1 .. 4), 4,
	    'POSTs for a bad line, one by one';
	kill 'TERM', -$receiver->{pid};
	reap($receiver->{pid});
	$all = slurp($lines);
	my $stop = spew(folder() . '/stop', '');
	my @drain = ('drain', $keep ? '-k' : (), $receiver->{spool}, '--', 'sh', '-c',
		'lines=$(cat); case $lines in *\"3-2\"*) exit 65;; '
		    . "*\\\"4-2\\\"*) if [ -e $stop ]; then exit 75; fi;; esac");
	traced(75, @drain);
	unlink $stop;
	traced(0, @drain);
	is scalar(lines_in($receiver->{spool}, 'default', 'failed')), 1, '... one is refused';
	is scalar(batches_in($receiver->{spool})), 0, '... and the others are taken';
	spew($lines, $all);
	my $parts = replay($lines, $receiver->{spool}, '--lines');
	is $parts->{violation}, undef, '... and no loss of power loses a line';
	note "$parts->{prefixes} prefixes, $parts->{states} states";
	for my $ignored ('fsync:failed', 'wait4') {
		$parts = replay($lines, $receiver->{spool}, '--lines', '--ignore', $ignored);
		ok $parts->{violation}, "... without $ignored there is a violation";
		note $parts->{violation} // 'none';
	}
}

# A person is forgotten: nobody else is lost.
{
	my $lines = folder() . '/forget.trace';
	$receiver = receiver(wrapper => [@strace, '-o', $lines]);
	$size = 0;
	is scalar(grep { all_spooled(post($receiver, 'default')) } 1 .. 4), 4, 'POSTs, of which one has a person';
	kill 'TERM', -$receiver->{pid};
	reap($receiver->{pid});
	$all = slurp($lines);
	my $forgetting = traced(0, 'forget', $receiver->{spool}, '3-2');
	is scalar(grep {/"3-2"/} lines_in($receiver->{spool})), 0, '... who is forgotten';
	spew($lines, $all);
	my $forgot = replay($lines, $receiver->{spool}, '--lines', '--forgotten', '3-2');
	is $forgot->{violation}, undef, '... and no loss of power loses a line of another';
	note "$forgot->{prefixes} prefixes, $forgot->{states} states";
	ok replay($lines, $receiver->{spool}, '--lines')->{violation}, '... only the line of that person';
	my ($beside) = $forgetting =~ /fdatasync\(\d+<((?:\\x[0-9a-f]{2})+)>/;
	$beside = pack('H*', $beside =~ s/\\x//gr) =~ s{.*/}{}r;
	ok replay($lines, $receiver->{spool}, '--lines', '--forgotten', '3-2', '--ignore', "fdatasync:$beside")->{violation},
	    '... without a sync of what is written beside there is a violation';
}

# A spool that init has made, to its own name.
my $init = folder() . '/init.trace';
my $made = folder() . '/made';
is reap(spawn([@strace, '-o', $init, program('mixspool'), 'init', $made],
		out => '/dev/null')), 0, 'init makes a spool';
$receiver = receiver(spool => $made, wrapper => [@strace, '-o', $trace]);
$size = 0;
ok all_spooled(map { post($receiver, 'default') } 1 .. 2), '... for POSTs';
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});
spew($trace, slurp($init) . slurp($trace));
my $first = replay($trace, $made);
is $first->{violation}, undef, 'no loss of power takes it away';
is $first->{folders}, 7, '... with all of its folders';

done_testing;

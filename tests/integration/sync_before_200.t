#!/usr/bin/env perl
# No byte of a 200 leaves before the batch's fdatasync, its rename and the fsync
# of new/ have returned 0, and before that the same for what is set aside: as the
# kernel saw it, in FastCGI and in CGI.

use strict;
use warnings;
use Test::More;
use Testbed;

my $calls = 'trace=openat,writev,write,sendto,fdatasync,fsync,renameat2,close,mkdirat';

# The trace as one line a call, unfinished ones joined with their ends.
sub calls_of {
	my $trace = shift;
	my (%unfinished, @calls);
	for my $line (split /\n/, slurp($trace)) {
		my ($thread, $call) = $line =~ /^(\d+) +(.*)/ or next;
		if ($call =~ s/ <unfinished \.\.\.>$//) {
			$unfinished{$thread} = $call;
			next;
		}
		$call =~ s/^<\.\.\. \w+ resumed>/delete $unfinished{$thread}/e;
		push @calls, $call;
	}
	return @calls;
}

sub index_of {
	my ($what, @calls) = @_;
	for my $i (0 .. $#calls) {
		return $i if $calls[$i] =~ $what;
	}
	return -1;
}

# The steps of a file that is made in tmp/ and moved to new/ or aside/.
sub steps_of {
	my ($what, $name, $file, @calls) = @_;
	my ($folder) = map {/^renameat2\(\d+, "\Q$name\E", (\d+), .* = 0$/} @calls;
	$folder //= 'none';
	return (
		["$what: writev", qr/^writev\($file, .*\) += [1-9]/],
		["$what: fdatasync", qr/^fdatasync\($file\) += 0$/],
		["$what: close", qr/^close\($file\) += 0$/],
		["$what: renameat2", qr/^renameat2\(\d+, "\Q$name\E", .* = 0$/],
		["$what: fsync of the folder", qr/^fsync\($folder\) += 0$/],
	);
}

sub check_order {
	my ($name, $trace) = @_;
	my @calls = calls_of($trace);
	my @made = map {/^openat\(\d+, "([^"]+\.jsonl)", .*O_EXCL.*\) += (\d+)$/ ? [$1, $2] : ()} @calls;
	is scalar(@made), 2, "$name: two files are made" or return;
	my @users = steps_of('users', @{ $made[0] }, @calls);
	my @aside = steps_of('aside', @{ $made[1] }, @calls);
	# The second file may get the number of the first one.
	my $before = -1;
	for my $step (@users[0 .. 2], @aside, @users[3, 4], ['the answer', qr/^(?:write|sendto)\(\d+, ".*Status: 200/]) {
		my $at = index_of($step->[1], @calls[$before + 1 .. $#calls]);
		cmp_ok $at, '>=', 0, "$name: $step->[0] returned in turn" or last;
		$before += 1 + $at;
	}
	note map {"$calls[$_]\n"} grep { $calls[$_] =~ /jsonl|sync|Status/ }
	    0 .. $#calls;
	return;
}

my $trace = folder() . '/fastcgi.trace';
my $receiver = receiver(
	wrapper => ['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200']);
is fastcgi($receiver->{socket}, form('[' . user('a') . ',null]'))->{status}, 200,
    'FastCGI answers 200';
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});
check_order('FastCGI', $trace);

# Another process may have made aside/ just now, and not have synced its name.
$trace = folder() . '/again.trace';
$receiver = receiver(
	wrapper => ['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200']);
is fastcgi($receiver->{socket}, form('[' . user($_) . ',null]'))->{status}, 200,
    "FastCGI answers 200 to POST $_" for 1, 2;
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});
my ($opened, @unsynced);
for (calls_of($trace)) {
	$opened = $1 if /^openat\((\d+), "aside", .*\) = \d/;
	undef $opened if defined $opened && /^fsync\($opened\) += 0$/;
	push @unsynced, $_ if defined $opened && /Status: 200/;
}
is_deeply \@unsynced, [], '... and syncs the name of aside/ before each';

$trace = folder() . '/cgi.trace';
my $body = form('[' . user('a') . ',null]');
my $spool = make_spool();
my $pid = spawn(['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200',
		program()],
	in => spew(folder() . '/body', $body), out => folder() . '/out',
	env => { MIXSPOOL_DIR => $spool, REQUEST_METHOD => 'POST',
		CONTENT_TYPE => 'application/x-www-form-urlencoded',
		CONTENT_LENGTH => length $body });
is reap($pid), 0, 'CGI exits 0';
check_order('CGI', $trace);

# The folders' own names are durable too before the first answer.
my @calls = calls_of($trace);
my $made = index_of(qr/^mkdirat\(\d+, "new"/, @calls);
my $synced = index_of(qr/^fsync\(\d+\) += 0$/, @calls);
my $batch = index_of(qr/\.jsonl".*O_EXCL/, @calls);
ok $made >= 0 && $made < $synced && $synced < $batch,
    'a new campaign is on disk before its first batch';

# A page of a cohort, whose lines are slices: more than one writev takes.
$trace = folder() . '/page.trace';
$receiver = receiver(
	wrapper => ['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200']);
is fastcgi($receiver->{socket}, '{"action":"members","parameters":{"members":[null,'
	    . join(',', map { qq({"mixpanel_distinct_id":"u$_"}) } 1 .. 900) . ']}}',
	{ CONTENT_TYPE => 'application/json' })->{status}, 200, 'a page is 200';
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});
check_order('a page', $trace);
is scalar(lines_in($receiver->{spool})), 900, '... with all of its lines';

done_testing;

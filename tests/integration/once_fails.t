#!/usr/bin/env perl
# mixspool once when something fails: a STATE that is not one, two runs at once, a kill
# at any moment, a full disk. STATE is as before or as after the run, and who was not
# handed over is handed over by the next run. Also behind a real mixspool drain.

use strict;
use warnings;
use Test::More;
use Testbed;

my $base = folder();
our $state = "$base/state";
my $taken = spew("$base/taken", '');

sub line_of {
	my ($id, $action, $session, $page, $total) = @_;
	return qq({"\$distinct_id":"$id","\$properties":{},"\$cohort":{"action":"$action",)
	    . qq("mixpanel_project_id":"7","mixpanel_cohort_id":"12","mixpanel_session_id":"$session",)
	    . sprintf('"page_info":{"total_pages":%d,"page_count":%d}}}', $total // 1, $page // 1);
}
sub lines { return join '', map {"$_\n"} @_ }
sub people { return lines(map { line_of($_, 'add_members', 's') } @_) }

sub start {
	my ($lines, $command, @before) = @_;
	spew("$base/in", $lines);
	spew("$base/err", '');
	return spawn([@before, program('mixspool-once'), $state, '--', @$command],
		in => "$base/in", out => $taken, err => "$base/err");
}
sub once { return exit_of(reap(start(@_))) }
sub roster { return join ' ', split /\n/, (tool('members', $state, 'default', 12))[1] }
sub taken { return join ' ', slurp($taken) =~ /distinct_id":"(\w+)"/g }
sub err { return slurp("$base/err") }

# Files that are not a STATE. Never 65: drain would take the lines for bad ones.
for my $case (
	['text', sub { spew($state, 'x' x 5000) }, qr/it is not a database of mixspool once/],
	['a database of something else', sub { system 'sqlite3', $state, 'CREATE TABLE a (b)' }, qr/of something else/],
	['a ledger of mixspool send', sub { system 'sqlite3', $state, 'PRAGMA application_id = 0x6d697873; CREATE TABLE a (b)' }, qr/of something else/],
	['one of a newer version', sub { system 'sqlite3', $state, 'PRAGMA application_id = 0x6d69786f; PRAGMA user_version = 99; CREATE TABLE a (b)' }, qr/of a version of mixspool that this one does not know/],
	['a folder', sub { mkdir $state }, qr/it is not a file|Is a directory/],
	['a pipe', sub { system 'mkfifo', $state }, qr/it is not a file/],
	['a damaged one', sub {
		once(people(1 .. 500), ['true']);
		open my $file, '+<', $state or die $!;
		seek $file, 4096, 0;
		print $file "\xff" x 60_000;
		close $file or die $!;
	}, qr/it is damaged|malformed/],
) {
	my ($what, $make, $why) = @$case;
	system 'rm', '-rf', $state;
	$make->();
	my $before = -f $state ? slurp($state) : '';
	spew($taken, '');
	# With a number of lines, as a drain gives it, STATE is opened before they come.
	for my $users ('', 1) {
		local $ENV{MIXSPOOL_USERS} = $users;
		is once(people('a'), ['cat']), 75, "$what: exit 75";
		like err(), qr/\Amixspool once: \Q$state\E: .*; nothing is changed\n\z/, '... a line of its own';
		like err(), $why, '... and why';
	}
	is slurp($taken), '', '... the command is not run';
	ok $before eq (-f $state ? slurp($state) : ''), '... and the file is as it was';
}
{
	local $state = "$base/none/state";
	is once(people('a'), ['cat']), 75, 'in a folder that is missing: exit 75';
	like err(), qr/No such file or directory$/m, '... and why';
	local $ENV{TMPDIR} = "$base/none";
	is once(people('a'), ['cat']), 75, 'a TMPDIR that is missing: exit 75';
	is err(), "mixspool once: cannot make a temporary file in $base/none: No such file or directory\n", '... and why';
}
system 'rm', '-rf', $state;

# Two at once.
spew($taken, '');
my $first = start(people('a'), ['sh', '-c', "touch $base/runs; while [ ! -e $base/go ]; do sleep 0.02; done; cat"]);
wait_until { -e "$base/runs" } 'the first';
is once(people('b'), ['cat']), 75, 'two at once: exit 75';
is err(), "mixspool once: $state: another run is using it; nothing is changed\n", '... and why';
{
	local $ENV{MIXSPOOL_USERS} = 1;
	is once(people('b'), ['cat']), 75, '... also when the lines are counted';
	is err(), "mixspool once: $state: another run is using it; nothing is changed\n", '... and why';
}
spew("$base/go", '');
is exit_of(reap($first)), 0, '... the first goes on';
is once(people('b'), ['cat']), 0, '... and then the second';
is taken(), 'a b', '... each once';
is roster(), 'a b', '... and both are in';

# Signals reach the command; nothing is changed, and none is left behind.
spew($taken, '');
for my $signal (qw(TERM INT HUP)) {
	unlink "$base/runs";
	my $pid = start(people('c'), ['sh', '-c', "echo \$\$ >$base/pid; touch $base/runs; exec sleep 1000"]);
	wait_until { -e "$base/runs" } 'the command';
	kill $signal, $pid;
	is exit_of(reap($pid)), 128 + { HUP => 1, INT => 2, TERM => 15 }->{$signal}, "SIG$signal reaches the command";
	ok !kill(0, slurp("$base/pid")), '... which is gone';
	is roster(), 'a b', '... and nothing has changed';
}

# Whoever started it may ignore the end of children.
is once(people('c'), ['false'], 'perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV'), 1,
    'the exit status though SIGCHLD was ignored';

# The command alone decides: what it outlives does not come before the commit.
is once(people('c'), ['sh', '-c', 'trap "" TERM; cat; kill -TERM $PPID']), 0,
    'a signal that the command outlives';
is roster(), 'a b c', '... and who is in then';

# Killed after the command, at each call that writes: all of it, or nothing.
SKIP: {
	skip 'strace does not work here', 1
	    if system('strace -o /dev/null true 2>/dev/null') != 0;
	my ($before, $after, @wrong) = (0, 0);
	for my $call (qw(pwrite64 fdatasync ftruncate unlink)) {
		for my $nth (1 .. 200) {
			system 'rm', '-f', glob "$state*";
			once(people('a', 'b'), ['true']);
			spew($taken, '');
			my $status = once(lines(line_of('b', 'members', 's9'), line_of('c', 'members', 's9')), ['cat'],
				'strace', '-o', "$base/trace", '-e', "inject=$call:signal=KILL:when=$nth");
			last if $status == 0;
			push @wrong, "$call $nth: status $status" if $status != 137;
			my ($who, $done) = (roster(), taken());
			$who eq 'a b' ? $before++ : $after++;
			push @wrong, "$call $nth: $who in, $done taken"
			    if $who ne 'a b' && !($who eq 'b c' && $done eq 'c a') || $done ne 'c a' && $done ne '';
			once(lines(line_of('b', 'members', 's9'), line_of('c', 'members', 's9')), ['cat']);
			push @wrong, "$call $nth: then " . roster() . ', ' . taken()
			    if roster() ne 'b c' || taken() !~ /\A(?:c a ?){1,2}\z/;
		}
	}
	is_deeply \@wrong, [], "killed at any call: $before runs never happened, $after did";
	cmp_ok $before, '>', 5, '... some before the commit';
	cmp_ok $after, '>', 0, '... some behind it';
}

# A disk that is full, or fails, at each call that writes.
SKIP: {
	skip 'strace does not work here', 1
	    if system('strace -o /dev/null true 2>/dev/null') != 0;
	my ($failed, @wrong) = (0);
	for my $case (map { my $c = $_; map { [$c, $_] } qw(ENOSPC EIO) } qw(read write pread64 pwrite64 fdatasync ftruncate openat)) {
		my ($call, $error) = @$case;
		for my $nth (1 .. 200) {
			system 'rm', '-f', glob "$state*";
			once(people('a', 'b'), ['true']);
			spew($taken, '');
			my $status = once(people('c'), ['sh', '-c', "cat >>$taken"],
				'strace', '-o', "$base/trace", '-e', "inject=$call:error=$error:when=$nth");
			slurp("$base/trace") =~ /INJECTED/ or last;
			# The loader's, before the program begins.
			next if $status == 127 || slurp("$base/trace") =~ /\.so[.\w]*".*INJECTED/;
			$failed += $status != 0;
			my $who = roster();
			push @wrong, "$call $nth $error: status $status, $who, " . err()
			    if $who ne ($status == 0 ? 'a b c' : 'a b') && !($status == 75 && taken() eq 'c')
			    || $status != 0 && $status != 75;
			push @wrong, "$call $nth $error: said nothing" if $status == 75 && err() !~ /^mixspool once: \S/m;
			once(people('c'), ['cat']);
			push @wrong, "$call $nth $error: then " . roster() . ', ' . taken()
			    if roster() ne 'a b c' || taken() !~ /\Ac( c)?\z/;
		}
	}
	is_deeply \@wrong, [], "a disk that fails: $failed runs failed";
	cmp_ok $failed, '>', 10, '... many';
}

# A file system without O_TMPFILE.
SKIP: {
	skip 'strace does not work here', 1
	    if system('strace -o /dev/null true 2>/dev/null') != 0;
	system 'rm', '-f', glob "$state*";
	once(people('a'), ['true'], 'strace', '-o', "$base/trace");
	my $nth = 0;
	for my $open (grep {/^openat/} split /\n/, slurp("$base/trace")) {
		$nth++;
		last if $open =~ /O_TMPFILE/;
	}
	spew($taken, '');
	is once(people('b'), ['cat'], 'strace', '-o', "$base/trace", '-e',
			"inject=openat:error=EOPNOTSUPP:when=$nth"), 0, 'without O_TMPFILE';
	is taken(), 'b', '... all the same';
	is join(' ', glob "$base/mixspool-once-*"), '', '... and no file is left';
}

# Behind drain.
system 'rm', '-f', glob "$state*";
my $spool = make_spool('default');
sub drain {
	my ($script, @options) = @_;
	return tool('drain', '-q', @options, $spool, '--', program('mixspool'), 'once', $state, '--',
		'sh', '-c', $script);
}
spew($taken, '');
put_batch($spool, 'default', map { line_of($_, 'members', 's1', 2, 2) } 'c', 'd');
put_batch($spool, 'default', map { line_of($_, 'members', 's1', 1, 2) } 'a', 'b');
put_batch($spool, 'default', map { line_of($_, 'members', 's1', 1, 2) } 'a', 'b');
is_deeply [drain("cat >>$taken")], [0, '', ''], 'drain -- once -- command';
is taken(), 'c d a b', '... everybody once';
is_deeply [batches_in($spool)], [], '... and the batches are gone';
put_batch($spool, 'default', map { line_of($_, 'members', 's2') } 'a', 'c');
is +(drain('exit 1'))[0], 75, 'a command that fails: drain exits 75';
is scalar(batches_in($spool)), 1, '... the batch stays';
is roster(), 'a b c d', '... and so does the state';
spew($taken, '');
is +(drain("cat >>$taken"))[0], 0, 'the next drain';
is taken(), 'b d', '... hands over who left';
is roster(), 'a c', '... and knows it';

# The command refuses one line of a page: the parts make nobody leave, the next run does.
spew($taken, '');
put_batch($spool, 'default', map { line_of($_, 'members', 's3') } 'a', 'bad', 'e', 'f', 'g');
is +(drain("cat >$base/one; if grep -q bad $base/one; then exit 65; fi; cat $base/one >>$taken"))[0], 65,
    'a line that the command refuses: drain exits 65';
is taken(), 'e f g', '... all others enter';
is join('', lines_in($spool, 'default', 'failed')) =~ tr/\n//, 1, '... the line is in failed/';
is roster(), 'a c e f g', '... and nobody has left by a part of a page';
put_batch($spool, 'default', line_of('h', 'add_members', 's4'));
is +(drain("cat >>$taken"))[0], 0, 'the next run';
is taken(), 'e f g h c', '... knows that the sync is whole';
system "mv $spool/default/failed/*.jsonl $spool/default/new/";
is +(drain("cat >>$taken"))[0], 0, 'the line of failed/ once more';
is roster(), 'a bad e f g h', '... enters late';

# A line that is bad by itself.
put_batch($spool, 'default', line_of('i', 'add_members', 's4'), '{"$distinct_id":"x"', line_of('j', 'add_members', 's4'));
is +(drain("cat >>$taken"))[0], 65, 'a line that is not JSON: drain exits 65';
is roster(), 'a bad e f g h i j', '... and the others enter';
# Lines that do not pass are taken as well, and a damaged STATE loses nobody.
put_batch($spool, 'default', line_of('a', 'add_members', 's4'));
is +(drain('exit 9'))[0], 0, 'nobody passes: taken without the command';
put_batch($spool, 'default', line_of('z', 'add_members', 's4'));
spew($state, 'x' x 5000);
unlink "$state-wal";
is +(drain('cat'))[0], 75, 'a damaged STATE: drain exits 75';
is scalar(batches_in($spool)), 1, '... and the batch stays';
is scalar(my @failed = batches_in($spool, 'default', 'failed')), 1, '... only the bad line is in failed/';
done_testing();

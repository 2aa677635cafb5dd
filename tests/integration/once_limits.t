#!/usr/bin/env perl
# mixspool once with too little of something: input that cannot be read, limits of the
# size of files and of memory, a full disk, a STATE that is replaced or cannot be
# written. Each run succeeds, or exits with 75 and a message, and then STATE is as
# before and the next run hands all over.

use strict;
use warnings;
use Disks;
use Test::More;
use Testbed;

my $has_no_mounts = own_mounts();
my $base = folder();
our $state = "$base/state";
our $tmp = "$base/tmp";
mkdir $tmp or die $!;
my $taken = spew("$base/taken", '');

sub users { return join '', map {qq({"\$distinct_id":"$_","\$properties":{"a":"b"}}\n)} @_ }

# Runs once behind a script of bash with "$@", which may set limits. Messages go through
# a pipe, which has none.
my ($status, $err);

sub once {
	my ($script, $input, %how) = @_;
	my $log = new_file('');
	my $pid = spawn(['bash', '-c', "set -o pipefail; { $script; } 2>&1 >/dev/null | cat >>$log", 'bash',
			program('mixspool-once'), $state, @{ $how{options} // [] }, '--',
			@{ $how{command} // ['sh', '-c', "cat >>$taken"] }], %$input, env => { TMPDIR => $tmp });
	$status = exit_of(reap($pid));
	$err = slurp($log);
	return $status;
}
sub of { return { in => new_file(@_) } }
sub members { return join ' ', split /\n/, (tool('members', $state, 'default'))[1] }
sub taken { my @ids = slurp($taken) =~ /_id":"(\w+)"/g; spew($taken, ''); return join ' ', @ids }
sub begin {
	unlink glob "$state*";
	once('"$@"', of(users('a'))) == 0 or die $err;
	taken();
	return;
}

# Standard input.
begin();
for my $case (['closed', '"$@" <&-', 'Bad file descriptor'], ['a folder', '"$@" </', 'Is a directory'],
	['only written to', "\"\$\@\" 0>>$base/other", 'Bad file descriptor']) {
	my ($what, $script, $why) = @$case;
	is once($script, of('')), 75, "standard input is $what: exit 75";
	is $err, "mixspool once: cannot read standard input: $why\n", '... and why';
}
is members(), 'a', '... and nothing has changed';

# A signal while it reads, with STATE open if the lines are counted.
for my $case (map { my $s = $_; map { [$s, $_] } '', 2 } qw(TERM INT HUP)) {
	my ($signal, $lines) = @$case;
	pipe my $in, my $to or die $!;
	my $log = new_file('');
	my $pid = spawn([program('mixspool-once'), $state, '--', 'cat'], out => $taken, err => $log,
		env => { TMPDIR => $tmp, MIXSPOOL_USERS => $lines }, socket => $in);
	close $in;
	syswrite $to, users('b');
	my $opened = "/proc/$pid/fd";
	wait_until { grep { (readlink // '') =~ m{\Q$tmp\E/} && -s } glob "$opened/*" } 'the first line';
	wait_until { grep { (readlink // '') eq "$state-wal" } glob "$opened/*" } 'STATE' if $lines;
	kill $signal, $pid;
	is exit_of(reap($pid)), 128 + { HUP => 1, INT => 2, TERM => 15 }->{$signal}, "SIG$signal while it reads";
	is slurp($log) . taken(), '', '... and nothing is said or handed over';
	is join(' ', members(), glob "$tmp/*"), 'a', '... nothing has changed, and no file is left';
}

# A limit of the size of files, which is counted in KiB. What a run without --profiles
# deletes is much larger than its input.
begin();
my $profile = 'x' x 2000;
once('"$@"', of(map { users("p$_") =~ s/"b"/"$profile"/r } 1 .. 200), options => ['--profiles']) == 0 or die $err;
taken();
my $before = members();
my ($failed, @wrong, %why) = (0);
for my $limit (map { (1 << $_, 3 << $_ - 1) } 0 .. 12) {
	if (once("ulimit -f $limit; exec \"\$@\"", of(users('b', 'a'))) == 0) {
		is members(), "a b" . substr($before, 1), "a limit of $limit KiB is enough";
		last;
	}
	$failed++;
	$why{$1}++ if $err =~ /(temporary file|state)\b.*: File too large/;
	push @wrong, "$limit: $status $err" if $status != 75 || $err !~ /\Amixspool once: [^\n]+\n\z/;
	push @wrong, "$limit: " . members() if members() ne $before;
	taken();
}
is_deeply \@wrong, [], "$failed limits of the size of files: exit 75 and a message";
cmp_ok $why{state} // 0, '>', 0, '... of STATE';
begin();
is once('ulimit -f 8; exec "$@"', of(users(1 .. 1000))), 75, 'a limit below the input: exit 75';
is $err, "mixspool once: cannot copy the lines to a temporary file in $tmp: File too large\n", '... and why';
is once('trap "" XFSZ; exec "$@"', of(users('b')), command => ['sh', '-c', 'cat >/dev/null; kill -XFSZ $$; exit 7']),
    153, 'the command is ended by the signal';

# Limits of memory and of descriptors, below which the program cannot be loaded.
for my $case (['memory', 'v', $ENV{SANITIZED} ? () : map { $_ * 4000 } 2 .. 40], ['descriptors', 'n', 3 .. 20]) {
	my ($what, $option, @limits) = @$case;
	($failed, @wrong) = (0);
	for my $limit (@limits) {
		begin();
		once("ulimit -$option $limit; exec \"\$@\"", of(users('b')), command => ['true']);
		next if $err !~ /^mixspool once: /m && $status == 127;
		$failed += $status != 0;
		push @wrong, "$limit: $status $err" if $status != 0
		    && ($status != 75 && $status != 71 || $err !~ /\Amixspool once: [^\n]+\n\z/);
		push @wrong, "$limit: $status, " . members() if members() ne ($status == 0 ? 'a b' : 'a');
	}
	is_deeply \@wrong, [], "limits of $what: $failed runs failed with a message";
}

# STATE is moved or replaced while the command runs: what was committed would be lost.
for my $case (['removed', "rm $state*"], ['moved', "mv $state $state.old"],
	['replaced', "cp $state $state.new; mv $state.new $state"]) {
	my ($what, $script) = @$case;
	begin();
	is once('"$@"', of(users('b')), command => ['sh', '-c', "cat >>$taken; $script"]), 75,
	    "STATE is $what during a run: exit 75";
	is $err, "mixspool once: $state: it was moved or replaced during the run; nothing is changed\n", '... and why';
	is taken(), 'b', '... the command had the lines';
	is once('"$@"', of(users('b'))), 0, '... and the next run';
	is taken(), 'b', '... hands them over again';
}

# Disks. STATE, or TMPDIR, is on one.
SKIP: {
	skip $has_no_mounts, 1 if $has_no_mounts;
	my ($place, $why) = new_disk('tmpfs', 8, mount => ['nr_inodes=64']);
	skip $why, 1 if !$place;
	for my $on ('STATE', 'TMPDIR') {
		local $state = "$place/state" if $on eq 'STATE';
		local $tmp = $place if $on eq 'TMPDIR';
		for my $case (['no block', sub { fill_bytes($place) }, sub { users(1 .. 20_000) }],
			['no inode', sub { fill_inodes($place) }, sub { users('b') }],
			['a few blocks', sub { fill_bytes($place, 200_000) }, sub { users(1 .. 20_000) }]) {
			my ($what, $fill, $lines) = @$case;
			begin();
			$fill->();
			is once('"$@"', of($lines->())), 75, "$on on a disk with $what: exit 75";
			like $err, qr/\Amixspool once: \S[^\n]+\n\z/, '... and a message';
			like $err, qr/No space left on device|the disk is full|cannot be opened/, '... that says it';
			is taken(), '', '... and the command is not run';
			empty_disk($place);
			is members(), 'a', '... nothing has changed';
			is once('"$@"', of(users('b'))), 0, '... and with room';
			is taken(), 'b', '... it is handed over';
		}
	}
	# Only to be read.
	local $state = "$place/state";
	begin();
	my @mount = ('mount', '-o', 'remount,ro', $place);
	is failure_of(@mount), undef, 'a disk that is only to be read';
	is once('"$@"', of(users('b'))), 75, '... exit 75';
	is $err, "mixspool once: $state: Read-only file system; nothing is changed\n", '... and why';
	like +(tool('members', $state))[2], qr/: it cannot be opened, or its folder cannot be written$/m,
	    '... members cannot look, either';
	is failure_of(map {s/,ro/,rw/r} @mount), undef, '... to be written again';
	is once('"$@"', of(users('b'))), 0, '... and so';
	is taken(), 'b', '... is handed over';
}

done_testing();

#!/usr/bin/env perl
# Every call of mixspool fails once (tests/lib/Faults.pm): no line is lost, and exit
# 0 means success. send_one_call_fails.t does the same for send.

use strict;
use warnings;
use Faults;
use Test::More;
use Testbed;

# The exit code fits the messages, unless the write of the only one has failed.
sub check_exit {
	my ($status, $err) = @_;
	wrong("exit $status without a message") if $status != 0 && $err eq ''
	    && !($status == 65 && has_failed() =~ /\Awrite\n?\z/);
	wrong("exit $status: $err") if $status > 78;
	return;
}

# Exit 0 means that everything is on disk; so does 65, of a drain that refused some.
sub check_synced {
	my ($status) = @_;
	my ($sync) = has_failed() =~ /^(fsync|fdatasync|syncfs)$/m;
	wrong("exit $status, but $sync has failed")
	    if ($status == 0 || $status == 65) && $sync;
	return;
}

# drain.
my $command = 'cat >>"$TAKEN"';
our ($users, $long) = (2, '');

sub drain_once {
	my ($script, @options) = @_;
	return sub {
		my ($environment) = @_;
		my $spool = make_spool('default', 'vip');
		my $taken = spew(folder() . '/taken', '');
		my @lines;
		for my $batch (1 .. 4) {
			my @these = map { user("d$batch-$_$long") } 1 .. $users;
			push @lines, @these;
			put_batch($spool, $batch == 4 ? 'vip' : 'default',
				@these);
		}
		spew("$spool/default/new/notes", "mine\n");
		my @drain = ('drain', @options, $spool, '--', 'sh', '-c',
			$script);
		my ($status, $out, $err) = tool({ %$environment,
				TAKEN => $taken }, @drain);
		check_drain($spool, $taken, $status, $err, @lines);
		check_synced($status);
		($status, $out, $err) = tool({ TAKEN => $taken, AGAIN => 1 },
			@drain);
		wrong("the next drain ends with $status, $err")
		    if $status != 0 && !($status == 65 && $script =~ /exit 65/);
		wrong("the next drain leaves $_") for grep { !m{/notes\z} }
		    map { batches_in($spool, $_) } qw(default vip);
		check_drain($spool, $taken, 0, '', @lines);
		return;
	};
}

# Each line was handed over, or waits, or is in failed/ or done/; status 0 or 65 means
# that none waits. The command may get a line twice, though never in part, since each
# batch here is written to it at once. A folder has it only once, unless it is of the
# batch that has a refused line: after a failure that batch may be there as a whole and
# in parts.
our $in_parts = qr/(?!)/;

sub check_drain {
	my ($spool, $taken, $status, $err, @lines) = @_;
	my @waits = grep { $_ ne "mine\n" }
	    map { lines_in($spool, $_) } qw(default vip);
	my @kept = map { (lines_in($spool, $_, 'failed'),
			lines_in($spool, $_, 'done')) } qw(default vip);
	my @taken = split /^/m, slurp($taken);
	my %waits = map { $_ => 1 } @waits;
	my %elsewhere = map { $_ => 1 } @taken, @kept;
	my %known = map { ("$_\n" => 1) } @lines;
	wrong("a line from nowhere: $_") for grep { !$known{$_} } @waits, @kept, @taken;
	my %seen;
	wrong("twice in the spool: $_")
	    for grep { $seen{$_}++ == 1 && !/$in_parts/ } @waits, @kept;
	for my $line (map {"$_\n"} @lines) {
		wrong("lost: $line") if !$waits{$line} && !$elsewhere{$line};
		wrong("exit $status, but this waits: $line")
		    if ($status == 0 || $status == 65) && $waits{$line};
	}
	check_exit($status, $err);
	wrong('a file that is not a batch has changed')
	    if slurp("$spool/default/new/notes") ne "mine\n";
	return;
}
each_fault('mixspool drain', 'drain', drain_once($command, '-n', 2));
each_fault('mixspool drain', 'drain -k', drain_once($command, '-k'),
	full() ? () : qw(openat mkdirat fstat fchown fsync renameat2 close));
each_fault('mixspool drain', 'drain of bad data', drain_once(
		"lines=\$(cat); case \$lines in *d2-*) exit 65;; esac; "
		. "printf '%s\\n' \"\$lines\" >>\"\$TAKEN\""),
	full() ? () : qw(openat mkdirat fstat fchown fsync renameat2 realloc));
# Batches so large that they are not copied. What is handed over in part is not taken.
{
	local ($users, $long) = (20, 'x' x 2500);
	each_fault('mixspool drain', 'drain of large batches', drain_once(
			'lines=$(cat) && printf "%s\n" "$lines" >>"$TAKEN"'),
		full() ? () : qw(openat fstat pread pread64 read splice write ppoll));
}
# A batch fails, and those behind it are handed over.
each_fault('mixspool drain', 'drain --skip-after', drain_once(
		'lines=$(cat); case $lines in *d1-*) test "$AGAIN" || exit 75;; esac; '
		. q(printf '%s\n' "$lines" >>"$TAKEN"), qw(--skip-after 1 -n 2)),
	full() ? () : qw(openat read pread pwrite unlinkat fsync));
# One line of two is bad, and with "stop" there is a failure after that.
{
	local $in_parts = qr/d2-/;
	my $narrow = 'lines=$(cat); case $lines in *d2-1*) exit 65;; *d3-2*) '
	    . 'test "$AGAIN$1" = stop && exit 75;; esac; '
	    . q(printf '%s\n' "$lines" >>"$TAKEN");
	my @calls = full() ? () : qw(openat mkdirat fstat fstatat fchown fsync fdatasync
	    renameat renameat2 unlinkat read write malloc calloc realloc getrandom close);
	each_fault('mixspool drain', 'drain of a bad line', drain_once($narrow), @calls);
	each_fault('mixspool drain', 'drain -k of a bad line, and a stop',
		drain_once($narrow =~ s/\$1/stop/r, '-k'), @calls);
	each_breakage('mixspool drain', 'drain -k of a bad line, the disk breaks',
		drain_once($narrow =~ s/\$1/stop/r, '-k'));
}
each_breakage('mixspool drain', 'drain, the disk breaks',
	drain_once($command, '-n', 2)) if full();
each_breakage('mixspool drain', 'drain -k, the disk breaks',
	drain_once($command, '-k'));

# drain -f: a batch that is there, one that comes later, and the end. Whatever fails,
# it takes both, after a pause; or it ends and says why, and the next drain takes them.
# After a failure it holds no more descriptors than before.
my $holds;

sub follow_once {
	my ($environment) = @_;
	my $spool = make_spool('default', 'vip');
	my $taken = spew(folder() . '/taken', '');
	my $log = spew(folder() . '/follow.log', '');
	my @lines = map { user("f$_") } 1 .. 3;
	put_batch($spool, 'default', @lines[0, 1]);
	spew("$spool/default/new/notes", "mine\n");
	my @command = ($spool, '--', 'sh', '-c', $command);
	my $pid = spawn([program('mixspool'), 'drain', '-f', @command],
		env => { %$environment, TAKEN => $taken }, err => $log);
	my $status;
	my $takes = sub {
		my ($campaign) = @_;
		eval {
			wait_until {
				defined($status //= ended($pid))
				    || !grep { !m{/notes\z} }
				    batches_in($spool, $campaign)
			} 'the follower', 10;
		} or wrong("it does not take what is in $campaign: ",
			slurp($log));
	};
	$takes->('default');
	put_batch($spool, 'vip', $lines[2]);
	$takes->('vip');
	$holds //= idle_descriptors($pid, $spool);
	eval { wait_until { defined($status //= ended($pid))
		    || descriptors($pid) <= $holds } 'descriptors', 5 }
	    or wrong("more than $holds descriptors are open: ",
		join ' ', descriptors($pid));
	$status //= stop($pid);
	$status = $status & 127 ? 128 + ($status & 127) : $status >> 8;
	check_drain($spool, $taken, $status, slurp($log), @lines);
	tool({ TAKEN => $taken }, 'drain', @command);
	check_drain($spool, $taken, 0, '', @lines);
	return;
}
# The descriptors of a follower at rest: it has no folder of the spool open, so the
# pipe to its command is closed, too.
sub idle_descriptors {
	my ($pid, $spool) = @_;
	wait_until { my @open = descriptors($pid);
		@open > 0 && !grep {m{\A\Q$spool\E}} @open }
		'the follower at rest', 10;
	return scalar descriptors($pid);
}
each_fault('mixspool drain', 'drain -f', \&follow_once,
	full() ? () : qw(inotify_init1 inotify_add_watch poll openat readdir));

# init.
my $inits = 0;
my $group = getgrgid((split / /, $))[0]);

sub init_once {
	my ($repairs) = @_;
	return sub {
		my ($environment) = @_;
		my $spool = folder() . '/init' . $inits++;
		my @arguments = ('-g', $group, $spool);
		tool('init', $spool, 'east', 'west') if $repairs;
		unshift @arguments, '-r' if $repairs;
		push @arguments, 'east', 'west' if !$repairs;
		my ($status, $out, $err) = tool($environment, 'init',
			@arguments);
		check_init($spool, $status, $err);
		check_synced($status);
		# A folder that init could not remove again stays, with a message, for -r.
		unshift @arguments, '-r' if has_failed() =~ /^unlinkat$/m;
		($status, $out, $err) = tool('init', @arguments);
		wrong("the second init ends with $status, $err")
		    if $status != 0;
		check_init($spool, $status, $err);
		return;
	};
}

sub check_init {
	my ($spool, $status, $err) = @_;
	check_exit($status, $err);
	return if $status != 0;
	for my $path ($spool, map { ($_, "$_/tmp", "$_/new") }
		map {"$spool/$_"} qw(default east west)) {
		my @stat = stat $path;
		wrong(@stat ? sprintf('exit 0 and %s has mode %04o', $path,
				$stat[2] & 07777) : "exit 0 without $path")
		    if !@stat || ($stat[2] & 07777) != 02770;
	}
	return;
}
each_fault('mixspool init', 'init', init_once(0));
each_fault('mixspool init', 'init -r', init_once(1),
	full() ? () : qw(openat fdopendir readdir fchown fchmod fsync));
each_breakage('mixspool init', 'init, the disk breaks', init_once(0));
each_breakage('mixspool init', 'init -r, the disk breaks', init_once(1));

# retry.
sub retry_once {
	my ($environment) = @_;
	my $spool = make_spool('default', 'vip');
	put_failed($spool, @$_) for ['default', user('r1'), user('r2')],
	    ['default', user('r3')], ['vip', user('r4')];
	my $both = put_batch($spool, 'vip', user('r5'));
	link "$spool/vip/new/$both", "$spool/vip/failed/$both" or die $!;
	spew("$spool/default/failed/notes", "mine\n");
	my @result = tool($environment, 'retry', $spool);
	check_retry($spool, @result);
	check_synced($result[0]);
	@result = tool('retry', $spool);
	wrong("the second retry ends with $result[0], $result[2]")
	    if $result[0] != 0;
	check_retry($spool, 0, undef, '');
	return;
}

# Each line is in new/ or in failed/, once, except for the batch that was in both; exit
# 0 means that all are in new/.
sub check_retry {
	my ($spool, $status, $out, $err) = @_;
	my @new = map { lines_in($spool, $_) } qw(default vip);
	my @failed = map { lines_in($spool, $_, 'failed') } qw(default vip);
	my $both = user('r5') . "\n";
	@failed = grep { $_ ne $both } @failed
	    if $status != 0 && grep { $_ eq $both } @new;
	my $found = join '', sort @new, @failed;
	wrong("these lines are there: $found") if $found ne join '',
	    sort "mine\n", map { user("r$_") . "\n" } 1 .. 5;
	check_exit($status, $err);
	return if $status != 0;
	wrong("exit 0, but in failed/ stay: @failed") if "@failed" ne "mine\n";
	wrong("exit 0, but it says $out") if defined $out && $out ne
	    "default: 2 batches back in new/\nvip: 2 batches back in new/\n";
	return;
}
each_fault('mixspool retry', 'retry', \&retry_once);
each_breakage('mixspool retry', 'retry, the disk breaks', \&retry_once);

# retry --aside: each element is in aside/ or its user is in new/, or both after a
# failure; exit 0 means that each is in its place, once.
my $stays = '{"why":"no $properties","index":1,"element":{"$distinct_id":"a"}}' . "\n";

sub aside_once {
	my ($environment) = @_;
	my $spool = make_spool('default');
	mkdir "$spool/default/aside" or die $!;
	put_batch($spool, 'default', map {qq({"why":"?","index":0,"element":$_})}
		user('a1'), '{"$distinct_id":"a"}', user('a2'));
	put_batch($spool, 'default', map {qq({"why":"?","index":0,"element":$_})}
		user('a3'), user('a4'));
	put_batch($spool, 'default', $stays =~ s/\n//r);
	rename $_, s{/new/}{/aside/}r or die $! for batches_in($spool);
	my @result = tool($environment, 'retry', '--aside', $spool);
	check_aside($spool, @result);
	check_synced($result[0]);
	my $again = $result[0] != 0;
	@result = tool('retry', '--aside', $spool);
	wrong("the second retry --aside ends with $result[0], $result[2]")
	    if $result[0] != 0;
	check_aside($spool, @result[0 .. 2], $again);
	return;
}

sub check_aside {
	my ($spool, $status, $out, $err, $again) = @_;
	my @aside = lines_in($spool, 'default', 'aside');
	my %new;
	$new{$_}++ for lines_in($spool);
	for my $user (map { user("a$_") } 1 .. 4) {
		my $waits = grep {/\Q$user\E/} @aside;
		my $moved = delete $new{"$user\n"} // 0;
		wrong("$user is $waits times in aside/, $moved times in new/")
		    if $waits > 1 || $waits + $moved == 0
		    || ($status == 0 && ($waits || ($moved > 1 && !$again)));
	}
	wrong("lines from nowhere: @{[keys %new]}") if %new;
	wrong("what is no user: @aside")
	    if join('', grep {!/"a[1-4]"/} @aside) ne
	    '{"why":"?","index":0,"element":{"$distinct_id":"a"}}' . "\n$stays";
	check_exit($status, $err);
	return;
}
each_fault('mixspool retry', 'retry --aside', \&aside_once);
each_breakage('mixspool retry', 'retry --aside, the disk breaks', \&aside_once);

# stat: with exit 0 it prints what it prints without a fault, except for the ages, and
# for the room on the disk.
my $counted = make_spool('default', 'vip');
put_batch($counted, 'default', map { user("s$_") } 1 .. 3);
put_batch($counted, 'default', user('s4'));
put_batch($counted, 'vip', user('s5'));
put_failed($counted, 'vip', user('s6'));
spew("$counted/vip/tmp/20261124T000000.000000Z-9f3a1c22-000010.jsonl", '');
spew("$counted/default/new/notes \xff", '');

sub without_ages {
	my $out = shift;
	$out =~ s/(free_(?:bytes|inodes)(?:": |\{.*\} ))\d+/$1ROOM/g;
	$out =~ s/\b(\d+)(?=[smhd]\b)|(?<=_age_seconds": )(-?\d+)|(?<=oldest for )(\d+)|(?<=age=)(\d+)/AGE/g;
	return $out;
}

sub stat_once {
	my @options = @_;
	my @good = tool('stat', @options, $counted);
	return sub {
		my ($environment) = @_;
		my ($status, $out, $err) = tool($environment, 'stat', @options,
			$counted);
		return check_exit($status, $err)
		    if $status != $good[0] && $status > 3;
		wrong("exit $status, but it says $out and $err")
		    if $status == 3 ? $out !~ /^MIXSPOOL UNKNOWN/ || $err eq ''
		    : $status != $good[0] || without_ages($out) ne without_ages($good[1]);
		return;
	};
}
each_fault('mixspool stat', 'stat', stat_once(),
	full() ? () : qw(read fstat));
each_fault('mixspool stat', 'stat --json', stat_once('--json'));
each_fault('mixspool stat', 'stat --prometheus', stat_once('--prometheus'),
	full() ? () : qw(openat readdir));
each_fault('mixspool stat', 'stat -w', stat_once('-w', 60),
	full() ? () : qw(open openat));

tell_of_faults();
done_testing;

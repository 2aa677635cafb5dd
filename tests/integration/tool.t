#!/usr/bin/env perl
# mixspool: calls of its commands, output that cannot be written, campaigns that are
# broken, and what a terminal shows.

use strict;
use warnings;
use Test::More;
use Testbed;

my $base = folder();
my ($status, $out, $err);

# Calls.
for my $command (qw(cat drain expire forget init log members once replay report retry send stat)) {
	($status, $out, $err) = tool($command, '-h');
	is "$status$err", '0', "$command -h: exit 0";
	like $out, qr/\Ausage: mixspool $command/, '... prints the usage';
	is_deeply [tool('help', $command)], [0, $out, ''], '... which help prints, too';
	is_deeply [tool($command, '--help')], [0, $out, ''], '... and --help';
	($status, $out, $err) = tool($command, '-x');
	is "$status$out", '64', "$command -x: exit 64";
	is $err, "mixspool $command: there is no option -x, see -h\n",
	    '... and says that -x is not an option';
}
# Options may stand behind the folder, where people add them.
my $behind = make_spool('default');
for my $call (['stat', $behind, '--json'], ['stat', $behind, '-w', '1h'], ['log', $behind, '--refused', '--since', '1h'],
	['retry', $behind, '--aside'], ['drain', $behind, '-k', '-n', '5', '--', 'cat', '-u']) {
	is +(tool(@$call))[0], 0, "@$call[0, 2 .. $#$call]";
}
my $installed = '/var/spool/mixspool';
my @stat = tool('stat');
is $stat[0], -d $installed ? 0 : 66, 'stat without a folder looks at the installed spool';
like "@stat[1, 2]", -d $installed ? qr/^CAMPAIGN / : qr{^ mixspool stat: .*\Q$installed\E}, '... and says so';
is_deeply [tool('retry')], [64, '', "mixspool retry: no campaign given, see -h\n"],
    'retry without a folder';
is +(tool('retry', "$base/none"))[0], 66, 'retry of a missing folder: exit 66';
for my $option (qw(-V --version)) {
	($status, $out, $err) = tool($option);
	is "$status$err", '0', "$option: exit 0";
	like $out, qr/\Amixspool \d+\.\d+\.\d+\n\z/, '... prints the version';
}
is_deeply [tool($_)], [tool('help')], "$_ prints what help does" for '-h', '--help';
is_deeply [tool('help', 'nosuch')], [64, '',
	"mixspool: there is no command nosuch, see mixspool -h
"], 'help for an unknown command';

# Output that cannot be written is an error.
my $spool = make_spool('default');
for my $words (['-V'], ['help'], ['help', 'drain'], ['stat', $spool], ['report', $spool],
	['send', '-n', '--sample', 1, 'http://example.com']) {
	spew("$base/err", '');
	my $pid = spawn([program('mixspool'), @$words], out => '/dev/full',
		err => "$base/err");
	is exit_of(reap($pid)), 74, "@$words[0 .. ($#$words ? 1 : 0)] on a full disk: exit 74";
	like slurp("$base/err"), qr/^mixspool.*: cannot write the output$/m,
	    '... and says why';
}

# What cannot be combined, and numbers without an upper end.
my $url = 'http://example.com';
for my $case (
	[qr/--repeat sends users again/, qw(--campaign c --state s --repeat 2)],
	[qr/--watch repeats by itself/, qw(--watch 1 --repeat 2)],
	[qr/--dry-run is one pass/, qw(--watch 1 -n)],
	[qr/--json and --quiet exclude each other/, qw(--json -q)],
	[qr/--dry-run prints users, not what --json/, qw(--json -n)],
	[qr/--sample is '0': it takes a number from 1 on$/, qw(--sample 0)],
) {
	my ($why, @arguments) = @$case;
	($status, $out, $err) = tool('send', @arguments, $url, '/dev/null');
	is "$status$out", '64', "send @arguments";
	like $err, $why, '... and says why not';
}

# Folders that are not campaigns, and campaigns that are broken.
sub drain_it {
	my ($path, $script, @options) = @_;
	spew("$base/taken", '');
	($status, $out, $err) = tool({ TAKEN => "$base/taken", MIXSPOOL_USERS => 99 },
		'drain', @options, $path, '--', 'sh', '-c',
		$script // 'cat >>"$TAKEN"');
	return $status;
}
mkdir "$base/$_" for 'a.b', 'a.b/new';
is drain_it("$base/a.b"), 66, 'a folder with a wrong campaign name: exit 66';
is $err, "mixspool drain: $base/a.b is not a campaign: its name is against the rule\n",
    '... and says why';
is drain_it("$base/a.b/new"), 66, 'a folder that is neither a spool nor a campaign: exit 66';
like $err, qr/is neither a spool nor a campaign/, '... and says why';

$spool = make_spool('default', 'broken', 'empty');
my $batch = put_batch($spool, 'west', 'w');
spew("$spool/notes", 'mine');
mkdir "$spool/lost+found";
spew("$spool/broken/new", 'mine');
is drain_it($spool), 75, 'a campaign whose new/ is a file: exit 75';
is $err, "mixspool drain: broken: cannot open new/: Not a directory\n",
    '... and says why, once';
is slurp("$base/taken"), "w\n", '... and the others are drained';
($status, $out, $err) = tool('stat', $spool);
is $status, 66, 'stat of such a spool: exit 66';
is $err, "mixspool stat: cannot read campaign broken: Not a directory\n",
    '... and says why';
($status, $out, $err) = tool('stat', '-w', '1h', $spool);
is $status, 3, '... for Nagios UNKNOWN';
like $out, qr/\AMIXSPOOL UNKNOWN - .*\n\z/, '... in one line';
mkdir "$spool/broken/failed";
($status, $out, $err) = tool('retry', $spool);
is $status, 75, 'retry of such a spool: exit 75';
is $err, "mixspool retry: broken: cannot move failed/ to new/: Not a directory\n",
    '... and says why';
rmdir "$spool/broken/failed";
spew("$spool/broken/failed", 'mine');
is +(tool('retry', "$spool/broken"))[0], 75, 'retry of a campaign whose failed/ is a file: exit 75';
unlink "$spool/broken/new", "$spool/broken/failed";

# A campaign that the caller may not read is reported, and does not pass for empty.
SKIP: {
	skip 'root may read everything', 9
	    if $> == 0 && system('setpriv --reuid=65534 --clear-groups true 2>/dev/null') != 0;
	my @as = $> == 0 ? ('setpriv', '--reuid=65534', '--clear-groups') : ();
	chmod 0755, $base;
	chmod 0700, "$spool/broken";
	chmod 0, "$spool/broken" if !@as;
	for my $words (['drain', $spool, '--', 'cat'], ['retry', $spool],
		['stat', $spool]) {
		spew("$base/err", '');
		my $pid = spawn([@as, program('mixspool'), @$words],
			out => '/dev/null', err => "$base/err");
		isnt reap($pid), 0, "$words->[0] of an unreadable campaign: not exit 0";
		like slurp("$base/err"),
		    qr/^mixspool $words->[0]: cannot open campaign broken: Permission denied$/m,
		    '... and says why';
	}
	is exit_of(reap(spawn([@as, program('mixspool'), 'stat', "$spool/broken"],
		err => "$base/err"))), 77, 'stat of this campaign alone: exit 77';
	my $pid = spawn([@as, program('mixspool'), 'stat', '-w', '1h', $spool],
		out => spew("$base/out", ''), err => '/dev/null');
	is exit_of(reap($pid)), 3, 'stat -w of its spool: UNKNOWN';
	like slurp("$base/out"), qr/^MIXSPOOL UNKNOWN - /m, '... in one line';
	chmod 0755, "$spool/broken";
}

# What a terminal would take for a command is shown as an escape.
{
	my $odd = "$base/a\e[31mb\nc";
	my @made = tool('init', $odd, 'vip');
	is "$made[0]$made[2]", '0', 'init of a folder with control bytes in its name: exit 0';
	my @failed = tool('init', "$odd/none/none");
	isnt $failed[0], 0, '... and one that fails';
	unlike join('', @made[1, 2], @failed[1, 2]) =~ s/\n\z//r, qr/[^ -~\n]/, '... no control byte is shown';
	like $made[1], qr/\Qa\x1b[31mb\x0ac\E/, '... they are escaped';
	like $failed[2], qr/\Qa\x1b[31mb\x0ac\E/, '... in an error, too';
	is scalar(() = $failed[2] =~ /\n/g), 1, '... which is one line';
}

# init -r repairs all that a campaign has, and nothing but campaigns.
chmod 0700, $spool;
mkdir "$spool/west/failed";
chmod 0777, "$spool/west/failed", "$spool/lost+found";
is +(tool('init', '-r', $spool))[0], 0, 'init -r: exit 0';
is((stat "$spool/west/failed")[2] & 07777, 0700, '... repairs failed/, too');
is((stat "$spool/lost+found")[2] & 07777, 0777, '... and leaves a folder that is not a campaign');
my $lock = spew("$spool/west/lock", '');
chmod 0600, $lock;
like +(tool('init', '-r', '-g', scalar(getgrgid $)), $spool))[1],
    qr{^changed \Q$lock\E from mode 0600 to 0660$}m,
    'init -r -g repairs the lock';
is((stat $lock)[2] & 07777, 0660, '... for everybody in the group');
link $lock, "$base/lock" or die $!;
chmod 0600, $lock;
is +(tool('init', '-r', '-g', scalar(getgrgid $)), $spool))[0], 0,
    'init -r -g with a lock that has another name: exit 0';
is((stat $lock)[2] & 07777, 0600, '... which it leaves');
unlink $lock, "$base/lock";
SKIP: {
	skip 'only root can become another user', 2 if $> != 0;
	# The drain of another user made the lock, with the right mode and group.
	my $ours = make_spool(qw(default));
	my @as = ('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups');
	chown 65534, 65534, $ours, "$ours/default";
	spew("$ours/default/lock", '');
	chown 1, 65534, "$ours/default/lock";
	chmod 0660, "$ours/default/lock";
	chmod 0755, $base;
	my $pid = spawn([@as, program('mixspool'), 'init', '-r', '-g', 'nogroup', $ours],
		out => '/dev/null');
	is exit_of(reap($pid)), 0, 'init -r -g with a lock of another user: exit 0';
	is((stat "$ours/default/new")[2] & 07777, 02770,
	    '... and repairs the folders');
}

# A campaign of a group's spool is made like the spool.
SKIP: {
	skip 'only root can give a folder away', 5 if $> != 0;
	my $shared = "$base/shared";
	mkdir $shared;
	chown 0, 65534, $shared;
	chmod 02770, $shared;
	is +(tool('init', $shared, 'vip'))[0], 0, 'init of a campaign in a group spool';
	for my $folder ('vip', 'vip/new') {
		my @is = stat "$shared/$folder";
		is_deeply [$is[2] & 07777, $is[5]], [02770, 65534],
		    "... $folder has its mode and group";
	}

	# Another user's link is not followed.
	my $victim = "$base/victim";
	mkdir $victim;
	chmod 0700, $victim;
	symlink $victim, "$base/lure" or die $!;
	system('chown', '-h', 65534, "$base/lure") == 0 or die;
	is +(tool('init', '-r', '-g', scalar(getgrgid 65534), "$base/lure"))[0],
	    77, 'init -r -g of a link of another user: exit 77';
	my @is = stat $victim;
	is_deeply [$is[2] & 07777, $is[5]], [0700, 0], '... and what it points to stays';
}

# Entries of new/ that are not batches stay and are no error, whatever their names.
$spool = make_spool();
$batch = put_batch($spool, 'default', 'a');
my $like = '20261124T065034.123456Z-9f3a1c22-00000';
spew("$spool/default/new/notes \xc3\xa9", 'mine');
mkdir "$spool/default/new/${like}1.jsonl";
symlink '/etc/passwd', "$spool/default/new/${like}2.jsonl";
system('mkfifo', "$spool/default/new/${like}3.jsonl") == 0 or die;
($status, $out, $err) = tool('stat', $spool);
like $out, qr/^default +0 +0 +\d+\w +1 +\d+\w +- /m, 'stat counts batches only';
like +(tool('stat', '--json', $spool))[1], qr/"batches": 1,\s+"users": 1,\s+"bytes": 2,/, '... in all of its numbers';
like $out, qr{^default/new/notes \xc3\xa9 is not a batch and is left alone$}m,
    '... and names a file that is not called like one';
like $out, qr{^default/new/\Q$like$_\E\.jsonl is not a batch and is left alone$}m,
    "... and an entry that is, but is not a file: $_" for 1 .. 3;
is drain_it($spool), 0, 'drain of such a campaign: exit 0';
is slurp("$base/taken"), "a\n", '... takes the batch';
is scalar(batches_in($spool)), 4, '... and leaves the other entries';

# A batch named with a day that does not exist hides no age.
$spool = make_spool();
put_batch($spool, 'default', 'a');
my ($here) = batches_in($spool);
rename $here, "$spool/default/new/20200101T000000.000000Z-9f3a1c22-000001.jsonl";
# In whatever order the folder gives them.
spew("$spool/default/new/20269999T000000.000000Z-9f3a1c22-00000$_.jsonl", "b\n")
    for 0 .. 9;
($status, $out, $err) = tool('stat', $spool);
like $out, qr/^default +0 +0 +\d+d +11 +\d+d +- /m, 'the other batches give the ages';
like +(tool('stat', '--json', $spool))[1],
    qr/"batches": 11,\s+"users": 11,\s+"bytes": 22,.*"oldest_age_seconds": \d{6,},\s+"newest_age_seconds": \d{6,}/s,
    '... in all of the numbers';
is +(tool('stat', '-w', '1h', $spool))[0], 1, '... and cause the warning';

# Ages.
$spool = make_spool();
for my $age (5, 300, 7300) {
	my @utc = gmtime(time - $age);
	my $name = sprintf '%04d%02d%02dT%02d%02d%02d.000000Z-9f3a1c22-000001.jsonl',
	    $utc[5] + 1900, $utc[4] + 1, @utc[3, 2, 1, 0];
	mkdir "$spool/age$age";
	mkdir "$spool/age$age/new";
	spew("$spool/age$age/new/$name", "a\n");
}
mkdir "$spool/default";
($status, $out, $err) = tool('stat', $spool);
like $out, qr/^age5 +0 +0 +\d+s +1 +\d+s +- /m, 'an age in seconds';
like $out, qr/^age300 .* 5m +1 +5m /m, '... in minutes';
like $out, qr/^age7300 .* 2h +1 +2h /m, '... in hours';

# The command may remove the batches by itself.
for my $keep ([], ['-k']) {
	$spool = make_spool();
	$batch = put_batch($spool, 'default', 'a');
	is drain_it($spool, "cat >>\"\$TAKEN\"; rm $spool/default/new/*", @$keep), 0,
	    "a command that removes its batch (@$keep)";
	is $err, '', '... is no error';
}

# The command's variables replace those of drain's own environment.
put_batch($spool, 'default', 'a', 'b');
drain_it($spool, 'cat >/dev/null; env | grep ^MIXSPOOL_USERS= >>"$TAKEN"');
is slurp("$base/taken"), "MIXSPOOL_USERS=2\n", 'MIXSPOOL_USERS, once';

# drain finds the command as the shell does.
spew("$base/here", "#!/bin/sh\n/bin/cat >>$base/taken\n");
chmod 0755, "$base/here";
for my $path (":/nonexistent", "/nonexistent:", "/nonexistent::/usr") {
	put_batch($spool, 'default', 'a');
	spew("$base/taken", '');
	$status = system("cd $base && PATH=$path exec @{[program('mixspool')]} drain $spool -- here");
	is $status, 0, "drain finds the command with PATH=$path";
	is slurp("$base/taken"), "a\n", '... and runs it';
}
like +(tool({ PATH => '/nonexistent' }, 'drain', $spool, '--', 'here'))[2],
    qr/there is no command here$/, 'drain of an unknown command';
put_batch($spool, 'default', 'a');
is system("env -u PATH @{[program('mixspool')]} drain $spool -- cat >/dev/null"), 0,
    'without a PATH, drain searches the usual folders';

# Batches that cannot be moved stay, with a message.
for my $case (['failed', 'cat >/dev/null; exit 65'], ['done', 'cat >/dev/null', '-k']) {
	my ($state, $script, @options) = @$case;
	$spool = make_spool();
	put_batch($spool, 'default', 'a');
	spew("$spool/default/$state", 'mine');
	is drain_it($spool, $script, @options), 75, "$state is a file: exit 75";
	is $err, "mixspool drain: default: cannot move the batches of this run "
	    . "to $state/: Not a directory; they will be handed over again\n", '... and says why';
	is scalar(lines_in($spool)), 1, '... and the batch stays';
}

# The command does not outlive the drain.
sub lives {
	my $pid = shift;
	return -e "/proc/$pid" && `cat /proc/$pid/stat 2>/dev/null` =~ /\) [^ZX] /;
}

sub start_drain {
	my $script = shift;
	unlink "$base/pid";
	my $pid = spawn([program('mixspool'), 'drain', $spool, '--', 'sh', '-c',
			"echo \$\$ >$base/pid.new; mv $base/pid.new $base/pid; $script"],
		err => "$base/err");
	# And its keeper, without which the command lives on, but gets no byte.
	wait_until { -e "$base/pid" && 2 == (() = `pgrep -P $pid`) } 'the command';
	return ($pid, slurp("$base/pid") + 0);
}
$spool = make_spool();
put_batch($spool, 'default', 'x' x 100000) for 1 .. 100;
my ($pid, $command) = start_drain('exec sleep 1000');
stop($pid, 'KILL');
wait_until { !lives($command) } 'the command to end';
pass 'when drain is killed, its command is killed';

# After one signal drain waits for the command, the next one ends it.
($pid, $command) = start_drain('exec sleep 1000');
kill 'TERM', $pid;
wait_until { slurp("/proc/$pid/status") =~ /^ShdPnd:\s+0+$/m }
    'the first signal to be read';
ok lives($command), 'after one signal the command goes on';
kill 'INT', $pid;
is exit_of(reap($pid)), 75, 'a second signal ends drain: exit 75';
ok !lives($command), '... and the command';
like slurp("$base/err"), qr/sh was killed by signal 15/, '... with a message';

# No core is dumped of a process that has profiles in memory. The command may dump
# one.
SKIP: {
	my @with_cores = ('sh', '-c', "ulimit -c unlimited && cd $base && exec \"\$@\"", 'sh');
	my @crash = ('perl', '-e', 'kill SEGV => $$');
	skip 'a sanitizer catches the signal', 3 if $ENV{SANITIZED};
	skip 'no core is dumped here at all', 3
	    if !(reap(spawn([@with_cores, @crash])) & 128);
	my $core = sub {
		my $pid = spawn([@with_cores, program('mixspool'), @_], err => "$base/err");
		wait_until { slurp("/proc/$pid/status") =~ /^Name:\s+mixspool(?:-send)?\n.*^State:\s+S/ms }
		    'it to wait';
		return stop($pid, 'SEGV') & 128;
	};
	put_batch($spool, 'default', 'x');
	is $core->('drain', $spool, '--', 'sleep', 1000), 0, 'drain dumps no core';
	my $fifo = "$base/no_core";
	system('mkfifo', $fifo) == 0 or die;
	is $core->('send', 'http://127.0.0.1:1', $fifo), 0, '... and send none';
	my $pid = spawn([@with_cores, program('mixspool'), 'drain', $spool, '--',
			'perl', '-e', 'my $read = () = <STDIN>; system { $ARGV[0] } @ARGV;'
			    . ' print $? & 128', @crash], out => "$base/dumped");
	reap($pid);
	is slurp("$base/dumped"), 128, '... but the command of drain may';
}

# On a terminal, drain and send show how far they are.
sub on_terminal {
	my ($typescript, @command) = @_;
	unlink "$base/$typescript";
	my $pid = spawn(['script', '-qefc', join(' ', map {"'$_'"} @command),
			"$base/$typescript"], out => '/dev/null');
	wait_until { -e "$base/$typescript" } 'the terminal';
	return $pid;
}
$spool = make_spool();
put_batch($spool, 'default', "$_") for 1 .. 6;
$pid = on_terminal('drain', program('mixspool'), 'drain', '-n', 1, $spool, '--',
	'sh', '-c', 'cat >/dev/null; sleep 0.3');
is reap($pid), 0, 'drain on a terminal: exit 0';
like slurp("$base/drain"), qr/\r[1-6] users, \d+ a second, \d+:\d\d left\e\[K/,
    '... shows how far it is';
like slurp("$base/drain"), qr/\r\e\[K6 users in \d+\.\d seconds\r?$/m,
    '... and at the end what it did';

my $recorder = recorder(('together:2') x 2);
$pid = on_terminal('sample', program('mixspool'), 'send', '--sample', 120,
	$recorder->{url});
wait_until { slurp("$base/sample") =~ /\r\d+ matched, .*, \d+:\d\d left(?:, waits[^\e]*)?\e\[K/ }
    'the rest of a sample to be told';
spew("$base/one", user('one') . "\n");
tool('send', $recorder->{url}, "$base/one");
is reap($pid), 0, 'a sample on a terminal';

# Standard input may be a file as well.
spew("$base/many", join '', map { user($_) . "\n" } 1 .. 60);
$recorder = recorder(('together:2') x 2);
$pid = on_terminal('redirected', 'sh', '-c', program('mixspool')
	. " send $recorder->{url} <$base/many");
wait_until { slurp("$base/redirected") =~ /\r\d+ matched, .*, \d+:\d\d left(?:, waits[^\e]*)?\e\[K/ }
    'the rest of a file to be told';
tool('send', $recorder->{url}, "$base/one");
is reap($pid), 0, 'a file on standard input';

# Each pass of a watch finds out by itself that nobody is there.
spew("$base/err", '');
$pid = spawn([program('mixspool'), 'send', '--watch', 1, '--retries', 0, '--batch',
		10, 'http://127.0.0.1:1/', "$base/many"], out => '/dev/null',
	err => "$base/err");
wait_until { (() = slurp("$base/err") =~ /3 POSTs in a row were given up: nothing more is sent in this pass$/mg) == 2 }
    'two passes';
stop($pid);
pass 'a watch goes on when nobody is there';

system('mkfifo', "$base/fifo") == 0 or die;
$pid = on_terminal('pipe', program('mixspool'), 'send', '-q', 'http://127.0.0.1:1/',
	"$base/fifo");
open my $feed, '>', "$base/fifo" or die $!;
$feed->autoflush;
print $feed user('two'), "\n";
wait_until { slurp("$base/pipe") =~ /\r1 matched, .* a second(?:, [^\e]*)?\e\[K/ }
    'a pipe, of which nobody knows how much is left';
kill 'TERM', map { split } `pgrep -P $pid`;
reap($pid);
close $feed;

is reap(on_terminal('input', program('mixspool'), 'send', '-n', $url)), 0,
    'profiles from a terminal';
like slurp("$base/input"), qr/profiles come from the terminal, Ctrl-D ends them/,
    '... which is said';

# A dry run of a pipe shows what has come so far, and ends with a signal.
for my $end ('its end', 'a signal') {
	spew("$base/out", '');
	$pid = spawn([program('mixspool'), 'send', '-n', $url, "$base/fifo"],
		out => "$base/out", err => "$base/err");
	open $feed, '>', "$base/fifo" or die $!;
	$feed->autoflush;
	print $feed user('three'), "\n";
	wait_until { slurp("$base/out") eq user('three') . "\n" } 'a user of a pipe';
	if ($end eq 'a signal') {
		is exit_of(stop($pid)), 75, 'a dry run that waits ends with a signal';
		next;
	}
	print $feed user('four'), "\n";
	close $feed;
	is reap($pid), 0, 'a dry run ends with its pipe';
	is slurp("$base/out"), user('three') . "\n" . user('four') . "\n", '... with all';
}
close $feed;

# Faults on purpose are told from others.
$recorder = recorder();
($status, $out, $err) = tool('send', '--retries', 0, '--drop-answers', '100%',
	$recorder->{url}, "$base/one");
is $status, 75, 'an answer dropped on purpose: exit 75';
like $out, qr/^answers: 0 with 200, 1 missing \(1 dropped and 0 cut off on purpose\)$/m,
    '... and the summary says so';

# Half of a body is half, however large it is.
$recorder = recorder();
($status, $out, $err) = tool('send', qw(--retries 0 --cut-bodies 100% --batch 2000
	--sample 2000), $recorder->{url});
like $out, qr/\(0 dropped and 1 cut off on purpose\)$/m, 'a large body, cut off';
wait_until { requests($recorder) == 1 } 'the half';
ok !(requests($recorder))[0]{complete}, '... did not come whole';

# Of an answer, the start of the first line is told.
$recorder = recorder('400:' . 'x' x 300, "400:short\x7f\rtail");
for my $text ('x' x 200, 'short\?') {
	($status, $out, $err) = tool('send', '-v', '--retries', 0, $recorder->{url},
		"$base/one");
	like $err, qr/: 400, $text; 1 user,/, 'an answer, ' . length($text) . ' bytes of it';
}

# How many profiles a filter could not judge, and where the first one stands.
spew("$base/odd", join '', map { user($_) . "\n" } 'a' .. 'd');
($status, $out, $err) = tool('send', '-n', '--where', '.nosuch | keys', $url, "$base/odd");
is $out, '', 'a filter that fails matches nobody';
like $err, qr/4 profiles.*odd:1\b/s, '... and is told once, with the first';
is_deeply [tool('send', '-n', '-q', $url, "$base/odd")],
    [0, slurp("$base/odd"), ''], 'a quiet dry run has users only';

# Under nohup, a hangup is none.
$recorder = recorder(('together:2') x 2);
$pid = spawn(['sh', '-c', 'trap "" HUP; exec "$@"', 'sh', program('mixspool'),
		'send', '-q', $recorder->{url}, "$base/one"]);
wait_until { requests($recorder) == 1 } 'its POST';
kill 'HUP', $pid;
tool('send', $recorder->{url}, "$base/one");
is reap($pid), 0, 'an ignored signal stays ignored';

# A state that cannot be used stops the sending; nobody passes for remembered.
my @once = ('--campaign', 'c', '--state', "$base/state");
$recorder = recorder();
is +(tool('send', @once, $recorder->{url}, "$base/one"))[0], 0, 'a state';
unlink "$base/state-lock";
mkdir "$base/state-lock";
($status, $out, $err) = tool('send', @once, $recorder->{url}, "$base/one");
isnt $status, 0, 'a lock that cannot be opened: not 0';
like $err, qr/state.*Is a directory/, '... and says why';
rmdir "$base/state-lock";
$recorder = recorder(('together:2') x 2);
$pid = spawn([program('mixspool'), 'send', @once, $recorder->{url}, "$base/one"],
	out => '/dev/null', err => spew("$base/err", ''));
wait_until { requests($recorder) == 1 } 'its POST';
system('sqlite3', "$base/state", 'DROP TABLE delivered') == 0 or die;
tool('send', $recorder->{url}, "$base/one");
is exit_of(reap($pid)), 74, 'a state that breaks meanwhile: exit 74';
like slurp("$base/err"), qr/state: .*: stopped; who was being sent may be sent again$/m,
    '... and what that means';
system('sqlite3', "$base/state", 'PRAGMA user_version = 99') == 0 or die;
($status, $out, $err) = tool('send', @once, $recorder->{url}, "$base/one");
isnt $status, 0, 'a state of another version: not 0';
like $err, qr/state: it is of another version of mixspool/, '... and says why';

done_testing;

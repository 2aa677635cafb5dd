#!/usr/bin/env perl
# The journal's lines for runs of a drain's command.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my $names = '20261124T065034.123456Z-9f3a1c22-00000';
my $batches = 0;

sub entries {
	my $spool = shift;
	return map { decode_json($_) } map { split /^/m, slurp($_) }
	    batches_in($spool, '.journal', '.');
}

sub put {
	my ($spool, $campaign, @users) = @_;
	mkdir "$spool/$campaign/new";
	$batches++;
	return spew("$spool/$campaign/new/$names$batches-" . @users . '.jsonl',
		join '', map { user($_) . "\n" } @users);
}

# What was handed over by one drain; without its time.
sub runs {
	my ($spool, @drain) = @_;
	my $before = () = entries($spool);
	tool(@drain);
	my @entries = entries($spool);
	return map {
		like delete $_->{at}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z\z/, 'a run has a time';
		like delete $_->{seconds}, qr/^\d+(?:\.\d{1,3})?\z/, '... and took some';
		$_;
	} @entries[$before .. $#entries];
}

my $folder = folder();
my $cat = spew("$folder/to-nowhere", "#!/bin/sh\nexec cat >/dev/null\n");
chmod 0755, $cat;
my $spool = make_spool(qw(default vip));

sub run { return { campaign => 'default', command => 'sh', users => 2, exit => 0, @_ } }

put($spool, 'default', 'a', 'b');
is_deeply [runs($spool, 'drain', $spool, '--', $cat, '--secret')],
    [run(command => 'to-nowhere')], 'its name alone: no folder and no arguments';

# How a run may end. Its users are those that it was given.
my @ends = (
	[['sh', '-c', 'cat >/dev/null; exit 3'], 3, 'another status'],
	[['sh', '-c', 'kill -KILL $$'], 137, 'a signal'],
	[['sh', '-c', 'exit 0'], 74, 'status 0, and nothing was read'],
	[['sh', '-c', 'cat >/dev/null; exec sleep 60'], 124, 'a run that takes too long', '-t', 1],
);
put($spool, 'default', 'a', 'b');
for my $end (@ends) {
	my ($command, $exit, $what, @options) = @$end;
	is_deeply [runs($spool, 'drain', @options, $spool, '--', @$command)],
	    [run(exit => $exit)], $what;
}
is_deeply [runs($spool, 'drain', $spool, '--', 'sh', '-c', 'grep -q \'"b"\' && exit 65; exit 0')],
    [run(exit => 65), run(users => 1), run(users => 1, exit => 65)],
    'each run that narrows down to a bad line';

# A campaign that is named alone; several; a spool in which nothing is new.
put($spool, 'vip', 'c');
is_deeply [runs($spool, 'drain', "$spool/vip", '--', $cat)],
    [run(campaign => 'vip', command => 'to-nowhere', users => 1)], 'a campaign of a spool';
is_deeply [runs($spool, 'drain', $spool, '--', $cat)], [], 'no batch, no run, no line';
put($spool, 'default', 'd');
put($spool, 'vip', 'e');
is_deeply [map { $_->{campaign} } runs($spool, 'drain', $spool, '--', $cat)],
    [qw(default vip)], 'a line for each campaign';

# A campaign outside of a spool: nothing is made beside it.
mkdir "$folder/lone";
put($folder, 'lone', 'f');
is +(tool('drain', "$folder/lone", '--', $cat))[0], 0, 'a campaign in no spool: exit 0';
ok !-e "$folder/.journal", '... and no journal';

# What cannot be written is no error, and is not waited for.
my $today = (batches_in($spool, '.journal', '.'))[0];
my %strangers = (
	'a FIFO' => sub { system('mkfifo', shift) },
	'a folder' => sub { mkdir shift },
	'a link to another file' => sub { symlink spew("$folder/other", ''), shift },
	'another name of a file' => sub { link spew("$folder/other", ''), shift },
);
for my $what (sort keys %strangers) {
	unlink $today;
	$strangers{$what}->($today);
	put($spool, 'default', 'g');
	is_deeply [tool('drain', $spool, '--', $cat)], [0, '', ''], "$what in its place: exit 0";
	is slurp("$folder/other"), '', '... nothing is written there' if $what =~ /file/;
	rmdir $today;
}
system('rm', '-r', "$spool/.journal") == 0 or die;
spew("$spool/.journal", 'mine');
put($spool, 'default', 'h');
is_deeply [tool('drain', $spool, '--', $cat)], [0, '', ''], 'a file in place of the folder: exit 0';
is slurp("$spool/.journal"), 'mine', '... which stays';
unlink "$spool/.journal";

# A limit of the size of files is the command's, and does not end the drain.
put($spool, 'default', 'i');
mkdir "$spool/.journal";
spew($today, '#' x 2048);
is exit_of(reap(spawn(['sh', '-c', 'ulimit -f 1; exec "$@"', 'sh', program('mixspool'), 'drain',
			$spool, '--', $cat]))), 0, 'ulimit -f: exit 0';
is scalar(batches_in($spool)), 0, '... and the batch is handed over';
unlink $today;

put($spool, 'default', 'j');
is_deeply [tool({ MIXSPOOL_JOURNAL_DAYS => 0 }, 'drain', $spool, '--', $cat)],
    [0, '', ''], 'no days: exit 0';
is_deeply [entries($spool)], [], '... and no line';

# Nobody takes the folder for a campaign, or for a stranger.
put($spool, 'default', 'k');
is_deeply [map { $_->{campaign} } runs($spool, 'drain', $spool, '--', $cat)], ['default'],
    'the folder is no campaign for drain';
for my $command (['stat', $spool], ['retry', $spool], ['init', '-r', $spool]) {
	my ($status, $out, $err) = tool(@$command);
	is "$status$err", '0', "$command->[0]: exit 0";
	unlike $out =~ s/^changed .*\n//mgr, qr/journal/, '... nor for it';
}

# The file of one user can be written by another one of the group.
SKIP: {
	skip 'only root can be others', 4 if $> != 0;
	my $shared = "$folder/shared";
	chmod 0755, $folder;
	is +(tool('init', '-g', 'nogroup', $shared))[0], 0, 'init -g';
	my @stat = stat "$shared/.journal";
	is_deeply [$stat[2] & 07777, $stat[5]], [02770, scalar getgrnam('nogroup')],
	    '... makes the folder for the group';
	my $bin = programs_for_all();
	copy_tool("$bin/mixspool");
	for my $uid (1, 2) {
		my $batch = put($shared, 'default', "u$uid");
		chown 0, $stat[5], $batch;
		chmod 0640, $batch;
		my $pid = spawn(['setpriv', "--reuid=$uid", '--regid=nogroup', '--clear-groups',
				"$bin/mixspool", 'drain', $shared, '--', 'sh', '-c', 'cat >/dev/null']);
		is exit_of(reap($pid)), 0, "a drain of user $uid";
	}
	is scalar(() = entries($shared)), 2, '... both have a line';
	my ($file) = batches_in($shared, '.journal', '.');
	@stat = stat $file;
	is_deeply [$stat[2] & 07777, $stat[5]], [0660, scalar getgrnam('nogroup')],
	    '... in a file of the group';
}

sub copy_tool {
	my $to = shift;
	system('cp', program('mixspool'), $to) == 0 or die;
	chmod 0755, $to;
	return;
}

done_testing;

#!/usr/bin/env perl
# The name of a batch has the number of its lines: drain reads no batch twice for it. A
# wrong number, as in a file that somebody edited, loses and repeats no line.

use strict;
use warnings;
use Test::More;
use Testbed;

my $spool = make_spool(qw(default default/tmp default/new));
my ($taken, $runs, $one) = map { folder() . "/$_" } qw(taken runs one);
my ($status, $out, $err);

# A batch with these lines, and a name with this number of them, or with none.
my $batches = 0;

sub batch {
	my ($number, @lines) = @_;
	my $name = sprintf '20261124T080000.%06dZ-9f3a1c22-%06d%s.jsonl', ++$batches,
	    $batches, defined $number ? "-$number" : '';
	spew("$spool/default/new/$name", join '', map {"$_\n"} @lines);
	return $name;
}

sub clear {
	unlink batches_in($spool, 'default', $_) for qw(new failed done);
	spew($_, '') for $taken, $runs;
	return;
}

# Takes a run only if it has as many lines as it was told, as docs/recipes.md says.
our $command = "echo \$MIXSPOOL_USERS >>$runs; cat >$one; "
    . "if [ \$(wc -l <$one) != \$MIXSPOOL_USERS ]; then exit 75; fi; "
    . "if grep -q bad $one; then exit 65; fi; cat $one >>$taken";

sub drain {
	($status, $out, $err) = tool('drain', @_, $spool, '--', 'sh', '-c', $command);
	return $status;
}

sub runs { return join ' ', split /\n/, slurp($runs) }
sub lines { return join '', map {"$_\n"} @_ }

# Small runs are counted before the command is told.
my @wrong;
for my $number (undef, 0, 1, 2, 3, 4, '0003', 1000, 999_999_999, 1_000_000_000, '9' x 30) {
	clear();
	batch($number, qw(a b c));
	batch($number, 'd');
	drain('-n', 0);
	push @wrong, ($number // 'none') . ": $status $err " . runs()
	    if $status != 0 || $err ne '' || slurp($taken) ne lines('a' .. 'd')
	    || runs() ne '4' || batches_in($spool);
}
is_deeply \@wrong, [], 'whatever the names say, each line is taken once, with the right number';

clear();
batch(5);
is drain(), 0, 'a batch without a line, whose name has 5, is taken';
is runs(), '0', '... with the right number';

# Runs are made up by the names.
clear();
batch(2, 'a', 'b') for 1 .. 5;
drain('-n', 4);
is runs(), '4 4 2', 'runs have as many users as the names say, up to -n';

# A run that is larger than what is read before: by the names.
my @large = map { user("large-$_-" . 'x' x 1000) } 1 .. 1000;
for my $number (1000, undef) {
	clear();
	my @names = (batch($number, @large), batch($number, @large));
	is drain('-n', 0), 0, 'a large run' . ($number ? '' : ' of batches from 0.1');
	is $err, '', '... without a message';
	is runs(), '2000', '... is told its number';
	is slurp($taken), lines(@large, @large), '... is taken';
}
for my $number (1, 999, 1001, 50_000) {
	clear();
	my @names = (batch(1000, @large), batch($number, @large));
	my $sum = 1000 + $number;
	is drain('-n', 0), 0, "a large run whose names have $sum of 2000 lines";
	is $err, "mixspool drain: default: $names[0] to $names[1]: 2000 users, not $sum as "
	    . "the names say: the run is repeated with the right number\n",
	    '... is reported after the command has failed';
	is runs(), "$sum 2000", '... and repeated';
	is slurp($taken), lines(@large, @large), '... and taken once';
}
{
	local $command = "echo \$MIXSPOOL_USERS >>$runs; cat >>$taken";
	clear();
	batch(7, @large);
	is drain('-n', 0), 0, 'a command that does not look at the number';
	is runs(), '7', '... has one run';
	is slurp($taken), lines(@large), '... and takes each line once';
	$command = "head -n \$MIXSPOOL_USERS >$one && cat $one >>$taken";
	clear();
	batch(7, @large);
	is drain('-n', 0), 0, 'a command that reads no more than its number';
	is slurp($taken), lines(@large[0 .. 6], @large), '... is run again with the right one';
	$command = "echo \$MIXSPOOL_USERS >>$runs; cat >/dev/null; exit 75";
	clear();
	my $name = batch(1000, @large);
	is drain('-n', 0), 75, 'a command that fails for another reason';
	is runs(), '1000', '... has one run';
	is $err, "mixspool drain: default: sh exited with 75; 1 batch stays ($name) for the "
	    . "next run\n", '... and the batch stays';
}

# Parts of a batch get their own number.
for my $number (5, 2, 4000) {
	clear();
	my $name = batch($number, qw(a bad b bad c));
	is drain('-k'), 65, "2 of 5 refused, by the name of $number";
	is slurp($taken), lines(qw(a b c)), '... the good ones are taken';
	like join(' ', batches_in($spool, 'default', 'failed')),
	    qr{^\S+/20261124\S+-\d{15}-2\.jsonl\z}, '... the batch in failed/ says 2';
	like join(' ', batches_in($spool, 'default', 'done')),
	    qr{^\S+/20261124\S+-\d{15}-3\.jsonl\z}, '... and that in done/ 3';
	like $err, qr/ refused 2 of 5 users of \Q$name\E: /, '... and the message too';
}

# What has a batch's name and is none keeps nobody, in a small run and in a large one.
for my $run ([qw(a b)], \@large) {
	my $what = $run == \@large ? 'large' : 'small';
	clear();
	batch(scalar(@$run), @$run);
	my $folder = "$spool/default/new/" . batch(3);
	unlink $folder;
	mkdir $folder or die $!;
	batch(scalar(@$run), @$run);
	my $link = "$spool/default/new/" . batch(4);
	unlink $link;
	symlink '/etc/passwd', $link or die $!;
	my $last = "$spool/default/new/" . batch(1, 'z');
	is drain('-n', 0), 0, "a folder and a link in a $what run";
	is slurp($taken), lines(@$run, @$run, 'z'), '... all batches are taken';
	is $err, '', '... in silence';
	ok -d $folder && -l $link, '... and they stay';
	rmdir $folder;
	unlink $link;
}

# One that cannot be read.
SKIP: {
	skip 'only root leaves a second hard link alone', 6 if $> != 0;
	for my $run ([qw(a b)], \@large) {
		clear();
		batch(scalar(@$run), @$run);
		my $name = batch(1, 'two names');
		link "$spool/default/new/$name", "$spool/other" or die $!;
		batch(scalar(@$run), @$run);
		is drain('-n', 0), 75, 'a batch that root leaves alone: exit 75';
		is $err, "mixspool drain: default: cannot read $name: it has a second hard "
		    . "link, which root does not touch\n", '... is reported once';
		is slurp($taken), lines(@$run, @$run), '... and the others are taken, once';
		unlink "$spool/other";
	}
}

# Large batches that end in odd ways: without the end of a line, with a line that is
# longer than what is read at a time, and with empty ones behind.
clear();
my $endless = "$spool/default/new/" . batch(1000);
my $long = user('long-' . 'x' x 400_000);
spew($endless, join "\n", @large);
batch(2, 'a', $long);
batch(2, $long, 'b');
batch(3, $long, @large, 'c');
batch(1) for 1 .. 3;
is drain('-n', 0), 0, 'large batches that end in odd ways';
is slurp($taken), lines(@large, 'a', $long, $long, 'b', $long, @large, 'c'),
    '... are taken byte for byte';

# What it asks of the system for a batch.
SKIP: {
	skip 'strace does not work here', 5
	    if system('strace -o /dev/null true 2>/dev/null') != 0;
	clear();
	my %calls = map { batch(2, 'a', 'b') => [] } 1 .. 300;
	my $trace = folder() . '/trace';
	my ($strace) = run_to_end('strace', '-o', $trace, '-y', program('mixspool'), 'drain',
		'-n', 0, $spool, '--', 'sh', '-c', 'cat >/dev/null');
	is $strace, 0, 'a drain of 300 batches';
	for (split /\n/, slurp($trace)) {
		push @{ $calls{$2} }, $1
		    if /^(?:new)?(fstat|\w+?)(?:at)?\(.*?(2026\w+\.\w+-\w+-\w+-2\.jsonl)/;
	}
	my %ways = map { join(' ', @$_) => 1 } values %calls;
	is join(', ', keys %ways), 'open fstat read close unlink',
	    '... opens and reads each once';
	for my $error (qw(EINVAL EAGAIN EIO)) {
		clear();
		batch(1000, @large) for 1 .. 3;
		run_to_end('strace', '-o', $trace, '-e',
			"inject=splice:error=$error:when=2", program('mixspool'), 'drain', '-n', 0,
			$spool, '--', 'sh', '-c', $command);
		drain('-n', 0);
		is slurp($taken), lines((@large) x 3), "splice fails with $error: all is taken once";
	}
}

done_testing;

#!/usr/bin/env perl
# mixspool cat: prints lines of the spool, all or those about some ids, and takes
# nothing, whatever else happens to the batches.

use strict;
use warnings;
use AtRest;
use POSIX ();
use Test::More;
use Testbed;

my $spool = make_spool(qw(default vip));

# The name of a batch.
sub put {
	my ($state, $campaign, @lines) = @_;
	return put_in($spool, $campaign, $state, @lines) =~ s{.*/}{}r;
}

my ($anna, $ben) = map { user($_) } qw(anna ben);
my $in_cohort = member('"m-1"', '{"mixpanel_distinct_id":"m-1","$distinct_id":"other"}');
my $event = '{"event":"x","properties":{"distinct_id":"anna"}}';
my $first = put('new', 'default', $anna, $ben);
my $second = put('new', 'default', $in_cohort, $event);
my $vip = put('new', 'vip', $anna);
my $failed = put('failed', 'default', user('f'));
my $set_aside = put('aside', 'default', aside($anna), aside('[[{"distinct_id":17}]]'), aside('null'));
my $done = put('done', 'vip', '{"$distinct_id":"\u0061nna","$properties":{}}', '{"$distinct_id":17,"$properties":{}}');
my @before = map { [$_, (stat)[1, 7, 9]] } sort glob "$spool/*/*/*";

sub prints {
	my ($arguments, $lines, $name) = @_;
	is_deeply [tool('cat', @$arguments)], [0, join('', map {"$_\n"} @$lines), ''], $name;
	return;
}
prints([$spool], [$anna, $ben, $in_cohort, $event, $anna], 'all that waits, oldest first, in all campaigns');
prints(["$spool/vip"], [$anna], 'one campaign');
prints([$spool, '--new'], [$anna, $ben, $in_cohort, $event, $anna], '--new is the same');
prints([$spool, '--failed'], [user('f')], '--failed');
prints([$spool, '--aside', '--names'], [map {"default/aside/$set_aside\t$_"} aside($anna),
	aside('[[{"distinct_id":17}]]'), aside('null')], '--aside, with the name of the batch');
prints([$spool, '--failed', '--new', 'f', 'ben'], [user('f'), $ben], 'folders together, and two ids');
prints([$spool, '--all', 'anna'], [aside($anna), $anna, $event,
	'{"$distinct_id":"\u0061nna","$properties":{}}', $anna], 'an id in all folders, also with an escape');
prints([$spool, '--all', '--names', '17'], [
	"default/aside/$set_aside\t" . aside('[[{"distinct_id":17}]]'),
	"vip/done/$done\t" . '{"$distinct_id":17,"$properties":{}}'], 'an id that is a number');
prints([$spool, 'm-1'], [$in_cohort], 'the id of a member');
prints([$spool, 'other'], [$in_cohort], '... and the other id of it');
prints([$spool, '--all', 'nobody'], [], 'nobody');
my $ids = spew(folder() . '/ids', "ben\r\n\nf");
prints(['--from', $ids, $spool], [$ben], '--from a file, with CR and an empty line');
my $base = folder();
my $pid = spawn([program('mixspool'), 'cat', $spool, '-', '--failed'], in => $ids, out => spew("$base/out", ''));
is exit_of(reap($pid)), 0, '- is standard input';
is slurp("$base/out"), user('f') . "\n", '... with ids';
is_deeply [map { [$_, (stat)[1, 7, 9]] } sort glob "$spool/*/*/*"], \@before, 'nothing was taken or changed';
ok !-e "$spool/default/lock", '... or locked';

# Wrong use.
for my $case ([[], 64, 'no folder given, see -h'], [["$spool/none"], 66, "cannot open $spool/none: No such file or directory"],
	[[$spool, ''], 64, 'an id is not empty'], [[$spool, '--from', '/dev/null'], 64, 'the input has no id'],
	[[$spool, '--from', "$spool/no"], 66, "cannot read the ids from $spool/no: No such file or directory"]) {
	my ($arguments, $status, $message) = @$case;
	is_deeply [tool('cat', @$arguments)], [$status, '', "mixspool cat: $message\n"], "cat @$arguments";
}

# A drain holds the lock, and takes what is listed.
my $held = make_spool('default');
POSIX::mkfifo("$held/go", 0600) or die $!;
put_batch($held, 'default', $anna);
my $drain = spawn([program('mixspool'), 'drain', "$held/default", '--', 'sh', '-c',
		"cat >/dev/null; echo >$held/runs; read -r go <$held/go"]);
wait_until { -e "$held/runs" } 'a drain that runs';
prints(["$held/default"], [$anna], 'while a drain runs');
spew("$held/go", "on\n");
is exit_of(reap($drain)), 0, '... which ends';
prints(["$held/default"], [], '... and has taken all');

# What is not a batch is not read, and a last line gets its end.
my $odd = make_spool('default');
mkdir "$odd/default/$_" for qw(new tmp);
my $name = sub { return sprintf "$odd/default/new/20261124T000000.000000Z-9f3a1c22-%06d-1.jsonl", shift };
symlink '/etc/passwd', $name->(1) or die $!;
POSIX::mkfifo($name->(2), 0600) or die $!;
mkdir $name->(3) or die $!;
spew($name->(4), '');
spew($name->(5), "$anna\n\n$ben");
spew($name->(6), "\0\xff\n" . 'x' x 600_000);
spew("$odd/default/new/notes", "mine\n");
prints(["$odd/default"], [$anna, '', $ben, "\0\xff", 'x' x 600_000], 'links, FIFOs and folders are not read');
prints(["$odd/default", 'x'], [], '... and lines that are not JSON are about nobody');
SKIP: {
	skip 'root reads everything', 2 if $> == 0;
	chmod 0, $name->(5);
	my ($status, $out, $err) = tool('cat', "$odd/default", 'anna');
	is $status, 75, 'a batch that may not be read: exit 75';
	like $err, qr{\Amixspool cat: cannot read default/new/\S+-000005-1\.jsonl: Permission denied\n\z}, '... and a message';
}

# More batches than are listed at a time come all, in order.
my $many = make_spool('default');
mkdir "$many/default/$_" for qw(new tmp);
my $count = 66_000;
for my $n (1 .. $count) {
	open my $file, '>', sprintf '%s/default/new/20261124T000000.000000Z-9f3a1c22-%06d-1.jsonl', $many, $n or die $!;
	print $file "$n\n";
}
prints(["$many/default"], [1 .. $count], "$count batches");
my $peak = `bash -c 'ulimit -v 65536; exec "\$@"' - @{[program('mixspool')]} cat $many/default | tail -n 1`;
is $peak, "$count\n", '... in 64 MiB of addresses' if !$ENV{SANITIZED};

# Who reads stops.
for my $ignored (0, 1) {
	pipe my $out, my $in or die $!;
	my $child = fork // die $!;
	if (!$child) {
		$SIG{PIPE} = $ignored ? 'IGNORE' : 'DEFAULT';
		open STDOUT, '>&', $in or die $!;
		open STDERR, '>', "$base/err" or die $!;
		close $_ for $in, $out;
		exec program('mixspool'), 'cat', "$many/default" or POSIX::_exit(127);
	}
	close $in;
	is scalar <$out>, "1\n", 'a reader that takes a line';
	close $out;
	waitpid $child, 0;
	is $? & 127, POSIX::SIGPIPE(), '... and goes, with SIGPIPE ' . ($ignored ? 'ignored' : 'as usual') . ': cat ends';
	is slurp("$base/err"), '', '... in silence';
}
my $full = spawn([program('mixspool'), 'cat', $spool], out => '/dev/full', err => spew("$base/err", ''));
is exit_of(reap($full)), 74, 'an output that cannot be written: exit 74';
is slurp("$base/err"), "mixspool cat: cannot write the output\n", '... and a message';

done_testing;

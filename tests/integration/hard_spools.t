#!/usr/bin/env perl
# drain, retry and stat on spools that are large, busy or damaged, or that
# somebody has laid a trap in.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err);
my $taken = folder() . '/taken';
my @collect = ('sh', '-c', "cat >>$taken");

# As root, with a file of root's under the names that a drain opens. A folder's
# owner can make such links where fs.protected_hardlinks is 0.
SKIP: {
	skip 'only root has what to lose', 9 if $> != 0;
	my $secret = new_file("secret\n");
	chmod 0600, $secret;
	my $spool = make_spool(qw(default));
	put_batch($spool, 'default', 'a');
	chown 65534, 65534, "$spool/default";
	link $secret, "$spool/default/lock" or die $!;
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is((stat $secret)[4], 0, 'a file of root\'s, linked as lock, stays root\'s');
	is $status, 75, '... and nothing is drained';
	is $err, 'mixspool drain: default: cannot lock its file lock: '
	    . "it has a second hard link, which root does not touch\n",
	    '... and it is said why';

	unlink "$spool/default/lock";
	my $name = '20260101T000000.000000Z-9f3a1c22-000001.jsonl';
	link $secret, "$spool/default/new/$name" or die $!;
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is slurp($taken), "a\n", 'one linked as a batch is not handed over';
	is $status, 75, '... exit 75';
	is $err, "mixspool drain: default: cannot read $name: Too many links\n",
	    '... and it is named';
	like +(tool('stat', $spool))[1],
	    qr{^default/new/\Q$name\E is no batch and is left alone$}m,
	    '... by stat, too';
	is((stat "$spool/default/lock")[4], 65534,
	    'what root makes is the owner\'s');

	unlink "$spool/default/new/$name";
	mkdir "$spool/default/done";
	put_batch($spool, 'default', 'b');
	tool('drain', '-k', $spool, '--', @collect);
	is((stat "$spool/default/done")[4], 0, '... and what was there is not');
}
{
	my $spool = make_spool(qw(default));
	put_batch($spool, 'default', 'a');
	POSIX::mkfifo("$spool/default/lock", 0600);
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is $err, 'mixspool drain: default: cannot lock its file lock: '
	    . "it is no regular file\n", 'a lock that is no file is told';
}

done_testing;

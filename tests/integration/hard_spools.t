#!/usr/bin/env perl
# drain, retry and stat on spools that are large, busy or damaged, or in which
# another user has laid a trap.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err);
my $taken = folder() . '/taken';
my @collect = ('sh', '-c', "cat >>$taken");

# As root, with links to a file of root's under names that a drain opens. The owner
# of the folder can make such links where fs.protected_hardlinks is 0.
SKIP: {
	skip 'only root has files that others may not read', 9 if $> != 0;
	my $secret = new_file("secret\n");
	chmod 0600, $secret;
	my $spool = make_spool(qw(default));
	put_batch($spool, 'default', 'a');
	chown 65534, 65534, "$spool/default";
	link $secret, "$spool/default/lock" or die $!;
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is((stat $secret)[4], 0, 'a file of root\'s that is linked as lock stays root\'s');
	is $status, 75, '... and drain exits with 75';
	is $err, 'mixspool drain: default: cannot lock the file lock: '
	    . "it has a second hard link, which root does not touch\n",
	    '... and says why';

	unlink "$spool/default/lock";
	my $name = '20260101T000000.000000Z-9f3a1c22-000001.jsonl';
	link $secret, "$spool/default/new/$name" or die $!;
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is slurp($taken), "a\n", 'a file of root\'s that is linked as a batch is not handed over';
	is $status, 75, '... and drain exits with 75';
	is $err, "mixspool drain: default: cannot read $name: "
	    . "it has a second hard link, which root does not touch\n",
	    '... and names the batch, and says why';
	like +(tool('stat', $spool))[1],
	    qr{^default/new/\Q$name\E is not a batch and is left alone$}m,
	    '... and stat names it, too';
	is((stat "$spool/default/lock")[4], 65534,
	    'a lock that root makes belongs to the folder\'s owner');

	unlink "$spool/default/new/$name";
	mkdir "$spool/default/done";
	put_batch($spool, 'default', 'b');
	tool('drain', '-k', $spool, '--', @collect);
	is((stat "$spool/default/done")[4], 0, '... but not a done/ that was there before');
}
{
	my $spool = make_spool(qw(default));
	put_batch($spool, 'default', 'a');
	POSIX::mkfifo("$spool/default/lock", 0600);
	($status, $out, $err) = tool('drain', $spool, '--', @collect);
	is $err, 'mixspool drain: default: cannot lock the file lock: '
	    . "it is not a regular file\n", 'a lock that is not a file is reported';
}

# A batch of done/ was linked into new/, to hand it over once more.
SKIP: {
	my @as = $> == 0 ? ('setpriv', '--reuid=65534', '--clear-groups') : ();
	skip 'root does not touch such a batch', 2
	    if @as && system("@as true 2>/dev/null") != 0;
	my $spool = make_spool(qw(default));
	my $name = put_batch($spool, 'default', 'again');
	mkdir "$spool/default/done";
	link "$spool/default/new/$name", "$spool/default/done/$name" or die $!;
	chmod 0777, folder(), map {"$spool/default/$_"} qw(new done);
	my $runs = spew(folder() . '/runs', '');
	chmod 0666, $runs;
	my $pid = spawn([@as, program('mixspool'), 'drain', '-k', $spool, '--',
		'sh', '-c', "cat >>$runs; test \$(wc -l <$runs) -lt 5"]);
	is reap($pid) >> 8, 0, 'drain -k of a batch that is also in done/: exit 0';
	is slurp($runs), "again\n", '... which is handed over once';
}

# Two batches of one name: none replaces the other.
{
	my $spool = make_spool(qw(default));
	my $name = put_batch($spool, 'default', 'one');
	mkdir "$spool/default/$_" for qw(failed done);
	spew("$spool/default/$_/$name", "$_\n") for qw(failed done);
	is_deeply [tool('retry', $spool)], [0, "default: 1 batch back in new/\n", ''],
	    'retry of a batch whose name another one has in new/';
	is_deeply [lines_in($spool)], ["one\n", "failed\n"], '... keeps both, in order';
	is +(tool('drain', '-k', $spool, '--', @collect))[0], 0,
	    'drain -k where done/ has another batch of that name';
	is_deeply [sort(lines_in($spool, 'default', 'done'))],
	    ["done\n", "failed\n", "one\n"], '... keeps all';
	put_batch($spool, 'default', 'bad');
	my ($bad) = batches_in($spool);
	spew($bad =~ s{/new/}{/failed/}r, "other\n");
	is +(tool('drain', $spool, '--', 'sh', '-c', 'cat >/dev/null; exit 65'))[0], 65,
	    'drain where failed/ has another batch of that name';
	is_deeply [sort(lines_in($spool, 'default', 'failed'))], ["bad\n", "other\n"],
	    '... keeps both';
	unlink $taken;
}

# A batch that is in failed/ and in new/.
{
	my $spool = make_spool(qw(default));
	my $name = put_batch($spool, 'default', 'again');
	mkdir "$spool/default/failed";
	link "$spool/default/new/$name", "$spool/default/failed/$name"
	    or die $!;
	is_deeply [tool('retry', $spool)], [0, "default: 1 batch back in new/\n", ''],
	    'retry of a batch that is also in new/';
	is_deeply [batches_in($spool, 'default', 'failed')], [],
	    '... takes it out of failed/';
	is_deeply [lines_in($spool)], ["again\n"],
	    '... and leaves it in new/';

	# A drain is running, which may remove the one in new/ at any moment.
	link "$spool/default/new/$name", "$spool/default/failed/$name"
	    or die $!;
	put_failed($spool, 'default', 'alone');
	my ($started, $go) = map { folder() . "/$_" } qw(started go);
	unlink $taken;
	unlink "$spool/default/new/$name";
	put_batch($spool, 'default', 'first');
	my $pid = spawn([program('mixspool'), 'drain', $spool, '--', 'sh', '-c',
			"cat >>$taken; : >$started; until [ -e $go ]; do sleep 0.05; done"]);
	wait_until { -e $started } 'the drain';
	link "$spool/default/failed/$name", "$spool/default/new/$name"
	    or die $!;
	is_deeply [tool('retry', $spool)], [75, "default: 1 batch back in new/\n",
		'mixspool retry: default: 1 batch that is also in new/ '
		    . "cannot leave failed/ while a drain runs\n"],
	    'retry while a drain runs: exit 75';
	is_deeply [lines_in($spool, 'default', 'failed')], ["again\n"],
	    '... and the batch stays in failed/';
	spew($go, '');
	reap($pid);
	is_deeply [tool('retry', $spool)], [0, "default: 1 batch back in new/\n", ''],
	    '... until the drain has ended';
	tool('drain', $spool, '--', @collect);
	# Other users than root hand over the batch in both, and so twice.
	is_deeply [do { my %seen; grep { !$seen{$_}++ } sort split /^/, slurp($taken) }],
	    ["again\n", "alone\n", "first\n"], '... and no user is lost';
}

# A symbolic link is not a campaign, not even by its own name: a user who may write to
# a spool can make one to a folder that only root may read. A link to a spool works.
{
	my ($spool, $other) = (make_spool('default'), make_spool());
	put_batch($other, 'default', 'of another');
	symlink "$other/default", "$spool/vip" or die $!;
	unlink $taken;
	for my $path (map {"$spool/vip$_"} '', '/', '//', '/.', '/./') {
		is_deeply [tool('drain', $path, '--', @collect)], [66, '',
			"mixspool drain: $path is not a campaign: it is a symbolic link\n"],
		    "$path, a link to a campaign, is not drained";
	}
	is +(tool($_, "$spool/vip"))[0], 66, "... and $_ refuses it, too"
	    for qw(stat retry);
	is_deeply [lines_in($other)], ["of another\n"], '... and its batch stays';
	SKIP: {
		skip 'only root can make links of other users', 2 if $> != 0;
		symlink $other, "$spool/lure" or die $!;
		system('chown', '-h', 65534, "$spool/lure") == 0 or die;
		is_deeply [tool('drain', "$spool/lure", '--', @collect)], [77, '',
			"mixspool drain: cannot open $spool/lure: "
			    . "it is a symbolic link of another user\n"],
		    'a link of another user to a spool is not followed';
		is_deeply [lines_in($other)], ["of another\n"], '... and its batch stays';
	}
	symlink $other, "$spool.link" or die $!;
	is_deeply [tool('drain', "$spool.link", '--', @collect)], [0, '', ''],
	    'a link of the caller\'s to a spool is followed';
	is slurp($taken), "of another\n", '... and the spool is drained';
}

# A campaign with steady traffic: each of its runs puts the next batch there, until
# the other campaign is drained, or for 100 runs, which stand for ever.
for my $follow (0, 1) {
	my $spool = make_spool(qw(busy default other));
	unlink $taken;
	put_batch($spool, 'other', 'other');
	my $new = "$spool/busy/new";
	my $next = '20280101T000000.000000Z-9f3a1c22';
	put_batch($spool, 'busy', 0);
	my @drain = ('drain', $follow ? '-f' : (), $spool, '--', 'sh', '-c',
		"read n; echo \$n >>$taken; test \$n = other && exit; "
		    . "test \$n -lt 100 || exit 0; grep -q other $taken || "
		    . "echo \$((n + 1)) >$new/$next-\$(printf %06d \$n).jsonl");
	if ($follow) {
		my $pid = spawn([program('mixspool'), @drain]);
		wait_until { !batches_in($spool, 'busy')
			&& !batches_in($spool, 'other') } 'both campaigns to be drained';
		stop($pid);
	} else {
		is_deeply [tool(@drain)], [0, '', ''],
		    'a drain of a busy campaign ends when its traffic does';
	}
	unlike slurp($taken), qr/^100$/m,
	    ($follow ? '-f: ' : '') . 'a busy campaign does not hold up another';
}

# A backlog gives way to another campaign, too, before it is at its end.
{
	my $spool = make_spool(qw(busy default other));
	unlink $taken;
	put_batch($spool, 'busy', $_) for 1 .. 60;
	put_batch($spool, 'other', 'other');
	is_deeply [tool('drain', '-n', 1, $spool, '--', 'sh', '-c',
		"cat >>$taken; grep -q other $taken || sleep 0.1")],
	    [0, '', ''], 'a drain of a backlog with slow runs: exit 0';
	my @order = split /\n/, slurp($taken);
	is_deeply [grep {/^\d/} @order], [1 .. 60], '... takes the backlog in order';
	isnt $order[-1], 'other', '... and another campaign before its end';
}

# So does a backlog behind a batch that cannot be read: by its mode for an ordinary
# user, by its second link for root.
for my $follow (0, 1) {
	my $spool = make_spool(qw(busy default other));
	my $bad = put_batch($spool, 'busy', 'bad');
	link "$spool/busy/new/$bad", new_file() . '.link' or die $!;
	chmod 0, "$spool/busy/new/$bad";
	put_batch($spool, $_ % 2 ? 'busy' : 'other', $_) for 1 .. 24;
	my $order = spew(folder() . '/order', '');
	my $log = spew(folder() . '/order.log', '');
	unlink $taken;
	my $pid = spawn([program('mixspool'), 'drain', $follow ? '-f' : (),
			'-n', 1, $spool, '--', 'sh', '-c',
			"cat >>$taken; echo \$MIXSPOOL_CAMPAIGN >>$order; sleep 0.2"],
		err => $log);
	wait_until { 1 == batches_in($spool, 'busy')
		&& 0 == batches_in($spool, 'other') } 'all but one batch';
	my $name = $follow ? 'drain -f' : 'drain';
	is exit_of($follow ? stop($pid) : reap($pid)), $follow ? 0 : 75,
	    "$name of a campaign with a batch that cannot be read";
	my $turns = join ' ', split /\n/, slurp($order);
	like $turns, qr/\Abusy .*other .*busy/,
	    "$name: the turns alternate";
	for my $odd (0, 1) {
		is_deeply [grep { $_ % 2 == $odd } split /\n/, slurp($taken)],
		    [grep { $_ % 2 == $odd } 1 .. 24],
		    "$name: all other batches of ${\($odd ? 'busy' : 'other')}, in order";
	}
	my $reports = () = slurp($log) =~ /^mixspool drain: busy: cannot read \Q$bad\E: /mg;
	ok $follow ? $reports : $reports == 1,
	    "$name: the batch is reported" . ($follow ? '' : ' once');
}

# A campaign that failed is neither tried nor reported again in the same drain.
{
	my $spool = make_spool(qw(default vip));
	put_batch($spool, 'default', $_) for 1 .. 3;
	put_batch($spool, 'vip', 'v');
	unlink $taken;
	my $late = "$spool/default/new/20280101T000000.000000Z-9f3a1c22-000001"
	    . '.jsonl';
	($status, $out, $err) = tool('drain', $spool, '--', 'sh', '-c',
		"test \$MIXSPOOL_CAMPAIGN = vip && exit 1; cat >>$taken; "
		    . "grep -q late $taken || echo late >$late");
	is slurp($taken), "1\n2\n3\nlate\n",
	    'one campaign fails, another has several rounds';
	is scalar(() = $err =~ /\n/g), 1, '... and the failure is reported once';
	is $status, 75, '... with exit 75';
}

# More campaigns than a process may have descriptors.
{
	my $spool = make_spool('default', map {"c$_"} 1 .. 200);
	my @limit = ('sh', '-c', 'ulimit -n 40; exec "$@"', 'sh',
		program('mixspool'));
	my $log = folder() . '/many.log';
	my $run = sub {
		unlink $log;
		return reap(spawn([@limit, @_], out => $log, err => $log)) >> 8;
	};
	unlink $taken;
	put_batch($spool, "c$_", "c$_") for 1 .. 200;
	is $run->('drain', $spool, '--', @collect), 0,
	    'drain of 200 campaigns with 40 descriptors';
	is scalar(split /\n/, slurp($taken)), 200, '... takes all users';
	put_failed($spool, "c$_", "c$_") for 1 .. 200;
	is $run->('retry', $spool), 0, 'retry of 200 campaigns';
	is scalar(() = slurp($log) =~ /1 batch back in new/g), 200,
	    '... puts back all batches';
	is $run->('stat', $spool), 0, 'stat of 200 campaigns';
	is scalar(() = slurp($log) =~ /^c\d+ +0 +0 +\w+ +1 +\w+ +\w+ +0 +0 +0$/mg), 200,
	    '... counts all batches';

	unlink $taken, $log;
	my $pid = spawn([@limit, 'drain', '-f', $spool, '--', @collect],
		err => $log);
	wait_until { -e $taken && slurp($taken) =~ /^c99$/m } 'the last campaign to be drained';
	put_batch($spool, "c$_", "late$_") for 1, 200;
	wait_until { slurp($taken) =~ /^late1$/m && slurp($taken) =~ /^late200$/m }
	    'later batches to be taken';
	is stop($pid), 0, 'drain -f of 200 campaigns';
	is slurp($log), '', '... without a message';
}

# A follower that cannot open one of its folders for a while goes on with the others,
# and later with that one.
SKIP: {
	my @as = $> == 0 ? ('setpriv', '--reuid=65534', '--clear-groups') : ();
	skip 'root may do everything', 5
	    if @as && system("@as true 2>/dev/null") != 0;
	my ($closed, $open) = map { make_spool('default') } 1, 2;
	my $log = spew(folder() . '/closed.log', '');
	my $inbox = folder() . '/inbox';
	mkdir $inbox;
	chmod 0777, folder(), $inbox;
	my $put = sub {
		put_batch($_[0], 'default', $_[1]);
		chmod 0777, map {"$_[0]/default/$_"} qw(tmp new);
	};
	$put->($closed, 'a');
	$put->($open, 'b');
	my $pid = spawn([@as, program('mixspool'), 'drain', '-f', $closed,
		$open, '--', 'sh', '-c', "cat >>$inbox/all"], err => $log);
	my $has = sub { my $want = shift; wait_until { -e "$inbox/all"
		&& slurp("$inbox/all") =~ /^$want$/m || defined ended($pid) } $want;
		return -e "/proc/$pid" };
	$has->($_) for qw(a b);
	chmod 0, $closed;
	$put->($open, 'c');
	ok $has->('c'), 'a follower with a folder that it may not open goes on';
	wait_until { slurp($log) =~ /cannot open \Q$closed\E: Permission/ }
	    'the message';
	$put->($open, 'd');
	ok $has->('d'), '... and goes on';
	chmod 0777, $closed;
	$put->($closed, 'e');
	ok $has->('e'), '... and takes batches from that folder once it may open it';
	# A folder that is gone is another case.
	rename $closed, "$closed.away";
	$put->($open, 'f');
	is reap($pid) >> 8, 66, '... and exits with 66 when the folder is gone';
	like slurp($log), qr/cannot open \Q$closed\E: No such file/,
	    '... and says so';
}

done_testing;

#!/usr/bin/env perl
# mixspool doctor DIR: a spool that is well, and broken in one way at a time. As root in
# a mount namespace, where crontabs, units and devices are the test's own.

use strict;
use warnings;
use Cwd qw(realpath);
use Disks;
use Doctor;
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use Test::More;
use Testbed;

my $no_mounts = own_mounts();
my @accounts = map { getpwnam $_ ? $_ : () } qw(daemon games);
plan skip_all => 'there are no users daemon and games' if @accounts < 2;
$no_mounts //= 'there is no setpriv' if system('setpriv --version >/dev/null 2>&1') != 0;

chmod 0755, folder();
my $bin = programs_for_all();
my (undef, undef, undef, $gid) = getpwnam 'daemon';

# A folder of the machine becomes one of the test.
sub in_place_of {
	my ($place, %files) = @_;
	my $ours = folder() . '/etc' . $place =~ tr{/}{-}r;
	make_path($ours);
	for my $name (keys %files) {
		make_path("$ours/$name" =~ s{/[^/]*$}{}r);
		spew("$ours/$name", $files{$name});
	}
	die "$place: $!" if system('mount', '--bind', $ours, $place) != 0;
	return $ours;
}

# What doctor says of a spool: the exit status, and the results by check, each with the
# texts and the advice.
sub examine {
	my @arguments = @_;
	my ($status, $object) = findings(see('--json', @arguments));
	my %found;
	push @{ $found{"$_->{check} $_->{result}"} }, join ' | ', $_->{text},
	    map { join ' ', grep {defined} @$_{qw(text file line)} } @{ $_->{advice} }
	    for @{ $object->{findings} };
	return ($status, \%found);
}

sub says {
	my ($spool, $what, $which, $text, @arguments) = @_;
	my ($status, $found) = examine(@arguments, $spool);
	like join("\n", @{ $found->{$which} // [] }), $text, "$what: $which" or diag explain $found;
	my $worst = (grep {/wrong$/} keys %$found) ? 2 : (grep {/warning$/} keys %$found) ? 1 : 0;
	is $status, $worst, '... the exit status';
	cmp_ok $status, '>', 0, '... tells of it' if $which =~ /wrong|warning/;
	return;
}

sub made_spool {
	my ($path, @more) = @_;
	my ($status, undef, $errors) = tool('init', '-g', 'daemon', @more, $path);
	is $status, 0, 'a spool' or diag $errors;
	return realpath($path);
}

sub received {
	my ($spool, %options) = @_;
	my $sockets = folder() . '/sockets';
	if (!-d $sockets) {
		mkdir $sockets;
		chown $>, $gid, $sockets;
		chmod 0770, $sockets;
	}
	return receiver(spool => $spool, program => "$bin/mixspool.fcgi",
		socket => "$sockets/s" . int(rand 1e9), wrapper => $options{as} // [], env => $options{env});
}
my @as_daemon = qw(setpriv --reuid=daemon --regid=daemon --clear-groups);

# For everybody.
says('/nowhere', 'no folder', 'spool wrong', qr{cannot open /nowhere.*mixspool init -g mixspool /nowhere});
my $plain = folder() . '/plain';
mkdir $plain;
mkdir "$plain/$_" for qw(default default/new default/tmp);
chmod 0700, $plain, glob("$plain/*"), glob("$plain/*/*");
says("$plain/default", 'a campaign', 'spool wrong', qr/is a campaign, and not a spool/);
says($plain, 'no receiver', 'receiver warning', qr/no process works in this spool.*systemctl enable --now mixspool.socket/);
says($plain, 'a socket that is not there', 'socket wrong', qr{/nowhere: No such file.*systemctl restart mixspool.socket}, '--socket', '/nowhere');
spew("$plain/default/tmp/old", '');
utime 0, 0, "$plain/default/tmp/old";
says($plain, 'a leftover', 'files warning', qr{1 old file, such as default/tmp/old});
unlink "$plain/default/tmp/old";
spew("$plain/default/tmp/young", '');
says($plain, 'a file that is being written', 'files ok', qr/nothing/);
spew("$plain/default/new/export.csv", '');
says($plain, 'a stranger', 'files warning', qr{1 file without a batch's name, such as default/new/export\.csv});
unlink "$plain/default/new/export.csv";
chmod 0755, "$plain/default/new";
says($plain, 'a folder for all', 'rights warning', qr{every user of this machine may look into default/new: its mode is 0755.*mixspool init -r});
chmod 0500, $plain;
says($plain, 'no journal', 'rights warning', qr/may not write to \. of the spool/) if $> != 0;
chmod 0700, $plain, "$plain/default/new";

# mixspool finds it, and writes for people.
my ($exit, $out) = tool('doctor', '-q', $plain);
is $exit, 1, 'for people: exit status';
like $out, qr/^warning  receiver     no process works in this spool.*\n {9}start it/m, '... what to do';
unlike $out, qr/^(?:ok|skipped)/m, '... -q';

SKIP: {
	skip $no_mounts, 1 if $no_mounts;
	my $spool = made_spool(folder() . '/spool');
	my $cron = in_place_of('/etc/cron.d', other => "* * * * * root mixspool drain $spool-other -- true\n");
	my $receiver = received($spool, as => \@as_daemon);

	says($spool, 'nothing takes', 'drain warning', qr{nothing takes the lines.*\*/5 \* \* \* \*  mixspool drain -q \Q$spool\E -- COMMAND});
	spew("$cron/ours", "* * * * * root mixspool drain /srv$spool -- ./x\n");
	says($spool, 'a longer path', 'drain warning', qr/nothing takes/);
	my ($above, $name) = $spool =~ m{(.*)/(.*)};
	symlink $spool, "$above/p";
	for my $relative (qw(. ./), $name, 'p') {
		chdir($relative =~ /\./ ? $spool : $above) or die $!;
		says($relative, "as $relative, which is in any text", 'drain warning', qr{nothing takes the lines.*mixspool drain -q \Q$spool\E -- COMMAND});
	}
	chdir '/';
	spew("$cron/ours", "#* * * * * daemon mixspool drain $spool -- true\n");
	says($spool, 'a comment', 'drain warning', qr/nothing takes/);
	spew("$cron/ours", "*/5 * * * * daemon mixspool drain -q $spool -- true\n");
	my ($status, $found) = examine($spool);
	# In a container the tests' own folder is in its layer, which is a warning.
	my @layer = `stat -f -c %T $spool` =~ /^overlay/ ? 'file system warning' : ();
	is $status, scalar @layer, 'a spool that is well' or diag explain $found;
	is_deeply [grep {!/ (?:ok|skipped)$/} keys %$found], \@layer, '... nothing is found';
	like $found->{'receiver ok'}[0], qr/the receiver \(daemon\) runs/, '... the receiver';
	like $found->{'socket ok'}[0], qr{\Q$receiver->{socket}\E: 200, a POST to campaign default can be stored}, '... its socket';
	like $found->{'drain ok'}[0], qr{/etc/cron\.d/ours}, '... the drain';
	like $found->{'rights ok'}[0], qr/the receiver \(daemon\) and the drain \(daemon\) may write/, '... the rights';

	# What waits: alarms.t has the rest.
	my $old = spew("$spool/default/new/20260101T000000.000000Z-9f3a1c22-000001-1.jsonl", user('a') . "\n");
	says($spool, 'a batch that waits', 'traffic warning', qr/default: the oldest batch has waited for \d+d/);
	unlink $old;

	# Rights.
	spew("$cron/ours", "\@hourly games mixspool drain -q $spool/default -- true\n");
	says($spool, 'a drain outside of the group', 'rights wrong', qr{the drain \(games\) may not write to default/new.*usermod -aG.*mixspool init -r -g daemon \Q$spool\E});
	spew("$cron/ours", "*/5 * * * * daemon mixspool drain -q $spool -- true\n");
	chmod 0750, "$spool/default/new";
	says($spool, 'a mode without w', 'rights wrong', qr{the receiver \(daemon\) may not write to default/new: its mode is 0750.*mixspool init -r -g daemon});
	chown 0, 0, "$spool/default/new";
	chmod 02770, "$spool/default/new";
	says($spool, 'another group', 'rights wrong', qr{the receiver \(daemon\) may not write to default/new: its mode is 2770});
	tool('init', '-r', '-g', 'daemon', $spool);
	says($spool, 'what the advice does', 'rights ok', qr/may write/);
	chmod 0550, $spool;
	says($spool, 'no journal', 'rights warning', qr/may not write to \. of the spool/);
	chmod 02770, $spool;
	chown 0, $gid, $spool;

	# Where a drain may be.
	unlink "$cron/ours";
	my $crontabs = in_place_of('/var/spool/cron', 'crontabs/games' => "5 * * * * cd && mixspool drain '$spool' -- true\n");
	says($spool, 'a crontab of a user', 'drain ok', qr{/var/spool/cron/crontabs/games});
	says($spool, '... who is outside of the group', 'rights wrong', qr/the drain \(games\)/);
	remove_tree("$crontabs/crontabs");
	my $systemd = in_place_of('/etc/systemd/system', 'lines.service' => "[Service]\nExecStart=/usr/local/bin/mixspool drain $spool -- true\n");
	says($spool, 'a service', 'drain ok', qr{/etc/systemd/system/lines\.service});
	unlink "$systemd/lines.service";
	my $drain = spawn([program('mixspool'), 'drain', '-f', $spool, '--', 'cat'], out => '/dev/null');
	says($spool, 'a process', 'drain ok', qr/the process $drain/);
	stop($drain);
	chdir $above;
	$drain = spawn([program('mixspool'), 'drain', '-f', "$name/default", '--', 'cat'], out => '/dev/null');
	chdir '/';
	says($spool, 'a process in a folder of its own', 'drain ok', qr/the process $drain/);
	stop($drain);

	# Units.
	says($spool, 'no systemd', 'units skipped', qr/systemd does not run/) if !-d '/run/systemd/system';
	make_path('/run/systemd') if !-d '/run/systemd';
	in_place_of('/run/systemd', 'system/x' => '');
	says($spool, 'no unit', 'units skipped', qr/mixspool\.socket is not installed/)
	    if !glob '{/usr/local/lib,/usr/lib,/lib}/systemd/system/mixspool.socket';
	spew("$systemd/mixspool.socket", '');
	says($spool, 'a unit that is not enabled', 'units warning', qr/systemctl enable --now mixspool\.socket/);
	make_path("$systemd/sockets.target.wants");
	symlink '../mixspool.socket', "$systemd/sockets.target.wants/mixspool.socket";
	says($spool, 'a unit that is enabled', 'units ok', qr/at boot/);

	# A receiver whose syncs are nothing, and one that hangs at its socket.
	stop($receiver->{pid});
	chdir $above;
	my $near = receiver(spool => $name, socket => './near.sock');
	chdir '/';
	says($spool, 'a relative path of the socket', 'socket ok', qr{^\Q$above\E/near\.sock: 200});
	stop($near->{pid});
	says($spool, 'a socket without its receiver', 'socket wrong', qr/Connection refused|No such file/, '--socket', $receiver->{socket});
	copy(program('tests/faults/slow_disk.so'), "$bin/libeatmydata.so") or die $!;
	$receiver = received($spool, env => { LD_PRELOAD => "$bin/libeatmydata.so" });
	says($spool, 'libeatmydata', 'sync wrong', qr/the receiver runs with libeatmydata/);
	stop($receiver->{pid});

	# Kinds of file systems, and a disk that is full.
	my ($memory, $no_memory) = new_disk('tmpfs', 200);
	die "tmpfs: $no_memory" if !$memory;
	my $in_memory = made_spool("$memory/spool");
	says($in_memory, 'tmpfs', 'file system wrong', qr/tmpfs.*until the machine stops/);
	says($in_memory, '... of which a sync says nothing', 'sync ok', qr/cannot be judged/);
	$receiver = received($in_memory);
	fill_bytes($memory, 1 << 20);
	says($in_memory, 'a full disk', 'space wrong', qr/1 MiB free, below MIXSPOOL_MIN_FREE/);
	says($in_memory, '... as the health line says', 'socket wrong', qr/503, .*MIXSPOOL_MIN_FREE/);
	empty_disk($memory);
	stop($receiver->{pid});

	my ($few, $why) = new_disk('ext4', 200, make => ['-N', '200']);
	SKIP: {
		skip "no ext4: $why", 1 if !$few;
		my $on_few = made_spool("$few/spool");
		says($on_few, 'ext4', 'file system ok', qr/ext4/);
		fill_inodes($few, 5);
		says($on_few, 'no inodes', 'space wrong', qr/\d inodes free/);
		empty_disk($few);

		# A disk that turns is not as fast as a file in memory.
		my $device = sprintf '%d:%d', (stat $few)[0] >> 8, (stat _)[0] & 255;
		in_place_of('/sys/dev/block', "$device/queue/rotational" => "1\n");
		my ($status, $found) = examine($on_few);
		my ($us) = join(' ', map {@$_} values %$found) =~ /a sync takes (\d+) us/;
		like join(' ', @{ $found->{$us < 1000 ? 'sync warning' : 'sync ok'} }),
		    $us < 1000 ? qr/on a disk that turns.*too fast to be true/ : qr/as it may/,
		    "a disk that turns and takes $us us";
		failure_of('umount', '/sys/dev/block');
		failure_of('mount', '-o', 'remount,barrier=0', $few);
		says($on_few, 'no barriers', 'sync wrong', qr{the mount has nobarrier.*/etc/fstab});
	}

	my ($upper, $no_upper) = new_disk('tmpfs', 200);
	die $no_upper if !$upper;
	mkdir "$upper/$_" for qw(lower upper work merged);
	$why = failure_of('mount', '-t', 'overlay', '-o',
		"lowerdir=$upper/lower,upperdir=$upper/upper,workdir=$upper/work", 'overlay', "$upper/merged");
	SKIP: {
		skip "no overlay: $why", 1 if $why;
		says(made_spool("$upper/merged/spool"), 'overlay', 'file system warning', qr/container's own layer.*mount a volume/);
		failure_of('umount', "$upper/merged");
	}
	my ($fat, $no_fat) = new_disk('vfat', 200);
	SKIP: {
		skip "no vfat: $no_fat", 1 if !$fat;
		says(made_spool("$fat/spool", '--anyway'), 'vfat', 'file system warning', qr/vfat.*keeps no modes/);
	}
}

done_testing;

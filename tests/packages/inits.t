#!/usr/bin/env perl
# INIT=sysv, openrc or runit: a bare Debian that this init has booted, where there is no
# systemd. `mixspool setup` leads to a URL that takes POSTs; restarts under load refuse
# none; after a reboot, with an empty /run, it serves again.

use strict;
use warnings;
use Machine;
use Test::More;
use Testbed;

my %inits = (
	sysv => { packages => 'sysvinit-core', restart => 'service mixspool restart',
		stop => 'service mixspool stop', start => 'service mixspool start' },
	openrc => { packages => 'sysvinit-core openrc', restart => 'rc-service mixspool restart',
		stop => 'rc-service mixspool stop', start => 'rc-service mixspool start' },
	runit => { packages => 'runit-init runit', restart => 'sv 1 mixspool',
		stop => 'sv down mixspool', start => 'sv up mixspool' },
);
my $init = $inits{ $ENV{INIT} } // die 'INIT is sysv, openrc or runit';
my $host = 'hooks.example.com';
my $url = "https://$host/mixpanel";

# A copy of the bare Debian, with that init and the packages of mixspool.
sub furnish {
	my $root = folder() . '/root';
	system('cp', '-a', '--reflink=auto', $ENV{BARE}, $root) == 0 or die 'cp';
	my $log = folder() . '/apt.log';
	# sysvinit-core puts its pipe into /dev, which is that of this machine.
	my $dev = 'mount -t tmpfs tmpfs /mnt && cp -a /dev/null /dev/zero /dev/random /dev/urandom /mnt'
	    . ' && mount --move /mnt /dev';
	system(top() . "/tests/packages/bare in $root sh -c '$dev && apt-get -q update && apt-get install -qy"
		. " --no-install-recommends $init->{packages} nginx-light spawn-fcgi openssl curl procps"
		. " ca-certificates /srv/new/*.deb' >$log 2>&1") == 0 or die slurp($log);
	unlink "$root/usr/sbin/policy-rc.d";
	open my $hosts, '>>', "$root/etc/hosts" or die $!;
	print $hosts "127.0.0.1 localhost $host\n";
	return $root;
}

$ENV{MACHINE_ROOT} = furnish();
$ENV{MACHINE_INIT} = '/sbin/init';
$ENV{MACHINE_UP} = 'test -s /run/nginx.pid';
my $why = machine();
plan skip_all => $why =~ s/\n\z//r if defined $why;

my $secret;

# The status of a POST of a user.
sub post {
	my ($id) = @_;
	return inside_ok("curl -sk -m 60 -o /dev/null -w '%{http_code}' -u mixpanel:$secret"
		. " --data-urlencode 'users=[@{[user($id)]}]' $url");
}

sub stored { return grep { /"\Q$_[0]\E"/ } lines_in(at('/var/spool/mixspool')) }

is inside_ok('cat /proc/1/comm'), $ENV{INIT} eq 'runit' ? "runit\n" : "init\n", 'the init';
isnt +(inside('test -e /run/systemd/system'))[0], 0, '... is not systemd';

subtest 'setup' => sub {
	my ($status, $output) = inside("mixspool setup $host | sh");
	is $status, 0, 'the script' or diag $output;
	like $output, qr/^ok +form /m, '... doctor posts';
	chomp($secret = inside_ok('cat /etc/mixspool/secret'));
	is post('first'), 200, 'a POST';
	is scalar(stored('first')), 1, '... is stored';
	is inside_ok('stat -c "%a %U" /run/mixspool/mixspool.sock'), "600 www-data\n", 'the socket';
	my $user = inside_ok('ps -o user= -C mixspool.fcgi');
	is $user, "mixspool\n", "the receiver's user";
	($status, $output) = inside("mixspool setup $host | sh");
	is $status, 0, 'the script again' or diag $output;
	is post('second'), 200, '... and a POST';
};

# A client posts one user after the other while it restarts.
subtest 'restarts under load' => sub {
	inside_ok(<<"END");
cat >/root/load <<'TEXT'
n=0
while [ ! -e /root/stop ]; do
	n=\$((n + 1))
	echo "load-\$1-\$n \$(curl -sk -m 60 -o /dev/null -w '%{http_code}' -u mixpanel:$secret \\
		-d "users=[{\\"\\\$distinct_id\\":\\"load-\$1-\$n\\",\\"\\\$properties\\":{}}]" $url)"
done >/root/load.\$1
TEXT
for client in 1 2 3; do
	setsid sh /root/load \$client </dev/null >/dev/null 2>&1 &
done
END
	my @files = map { at("/root/load.$_") } 1 .. 3;
	for (1 .. 5) {
		my @before = map { -s $_ // 0 } @files;
		wait_until { !grep { (-s $files[$_] // 0) <= $before[$_] } 0 .. 2 } 'the clients to post';
		inside_ok($init->{restart});
	}
	spew(at('/root/stop'), '');
	wait_until { inside_ok(q(pgrep -f '^sh /root/load' || true)) eq '' } 'the clients to end', 90;
	my %got = map { /^(\S+) (\d+)$/mg } map { slurp($_) } @files;
	is_deeply [grep { $got{$_} != 200 } sort keys %got], [],
	    'none of ' . scalar(keys %got) . ' POSTs is refused';
	my %there;
	$there{$_}++ for map { /"(load-\d-\d+)"/ } lines_in(at('/var/spool/mixspool'));
	is_deeply [grep { ($there{$_} // 0) != 1 } sort keys %got], [], '... and each is stored once';
};

subtest 'a reboot' => sub {
	spew(at('/run/before'), '');
	boot_again();
	ok !-e at('/run/before'), '/run is empty';
	wait_until { -S at('/run/mixspool/mixspool.sock') && post('awake') == 200 } 'a POST to be taken';
	is post('rebooted'), 200, 'a POST without a command';
	is scalar(stored('rebooted')), 1, '... is stored';
	is scalar(stored('first')), 1, '... where the others still are';
};

subtest 'what holds the socket is killed' => sub {
	plan skip_all => 'runit starts it again, see runit.t' if $ENV{INIT} eq 'runit';
	my $kill = 'kill -KILL $(cat /run/mixspool.pid)';
	my $status = $init->{restart} =~ s/restart/status/r;
	is +(inside($status))[0], 0, 'the status, before';
	inside_ok($kill);
	wait_until { post('nobody') == 503 } 'its receiver to end';
	isnt +(inside($status))[0], 0, '... and after';
	inside_ok($init->{restart});
	is +(inside($status))[0], 0, 'a restart mends it';
	is post('mended'), 200, '... and it takes a POST';
	# Its pid becomes that of somebody else.
	inside_ok("$kill; setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo \$! | tee /run/mixspool.pid >/root/other");
	inside($init->{stop});
	is +(inside('kill -0 $(cat /root/other)'))[0], 0, 'a stop leaves the process alone that has its pid by now';
	inside_ok("kill \$(cat /root/other); $init->{start}");
	wait_until { post('other') == 200 } 'a POST to be taken';
	pass 'a start starts it';
};

subtest 'a stop' => sub {
	inside_ok($init->{stop});
	is post('stopped'), 503, 'a POST is refused';
	is inside_ok('pgrep -c mixspool || true'), "0\n", '... and nothing is left';
	inside_ok($init->{start});
	wait_until { post('started') == 200 } 'a POST to be taken';
	is scalar(stored('started')) > 0, 1, 'started again';
};
done_testing;

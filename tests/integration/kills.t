#!/usr/bin/env perl
# kill -9 under load: while users are sent through nginx into the receiver and
# drained as they arrive, the receiver, nginx and drain are killed at random
# moments and started again. Who was answered 200 comes out, whole; nobody else
# does, and nobody of a POST that was refused.

use strict;
use warnings;
use Test::More;
use Testbed;
use Time::HiRes qw(sleep);

my $kills = $ENV{KILLS} // (($ENV{PROVE} // '') eq 'full' ? 320 : 20);
my $seed = $ENV{SEED} // 1;
my $batch = 5;
srand $seed;
diag "SEED=$seed";

# A port that stays ours while nobody listens there: the kernel gives none of
# these to a client, not even to one that connects to that very port.
sub lasting_port {
	my ($first) = slurp('/proc/sys/net/ipv4/ip_local_port_range') =~ /(\d+)/;
	for (1 .. 100) {
		my $port = 10000 + int rand $first - 10000;
		return $port if IO::Socket::INET->new(Listen => 1,
			LocalAddr => "127.0.0.1:$port");
	}
	die 'no free port';
}

# More than can be sent until the last kill.
my @sample = ('--sample', $kills * 1000, '--seed', $seed, '--batch', $batch);
my %slow_disk = (LD_PRELOAD => program('tests/faults/slow_disk.so'),
	SLOW_DISK_MS => 4);
my $receiver = receiver(env => \%slow_disk);
my $spool = $receiver->{spool};
my $nginx = nginx($receiver->{socket}, port => lasting_port());
my $taken = folder() . '/taken';
mkdir $taken or die $!;

# The command of a killed drain is killed too unless it had all of its input; so
# what it was given counts when that was complete.
my @take = ('sh', '-c', 'part=$(mktemp -p "$1" .XXXXXX) && cat >>"$part" &&'
	. ' mv "$part" "$1/run${part##*/}"', 'sh', $taken);

sub start_drain {
	return spawn([program('mixspool'), 'drain', '-f', $spool, '--', @take]);
}

# POSTs that are refused for good, with ids of their own, until it is told to
# stop; what they were answered goes into a file.
sub start_refused {
	my $answers = shift;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	# Its connections are cut; that is no news.
	my $stop = 0;
	$SIG{TERM} = sub { $stop = 1 };
	open STDERR, '>', '/dev/null';
	alarm 0;
	open my $notes, '>', $answers or die $!;
	for (my $n = 0; !$stop; $n++) {
		my @users = map { user("refused-$n-$_") } 1 .. 20;
		$users[-1] = $n % 2 ? '{"$distinct_id":"half"}' : '17';
		print $notes curl($nginx->{url}, '--data-raw',
			form('[' . join(',', @users) . ']'))->{status}, "\n";
	}
	close $notes or die $!;
	POSIX::_exit(0);
}

sub workers {
	my $children = "/proc/$nginx->{pid}/task/$nginx->{pid}/children";
	return split ' ', slurp($children);
}

my ($drain, $refused) = start_drain();
END { kill 'TERM', $refused if $refused }
$refused = start_refused(folder() . '/refused');
my $log = spew(folder() . '/sender.err', '');
my $sender = spawn([program('mixspool'), 'send', '-v', @sample,
		qw(-j 8 --rate 100/s --retries 1000 --backoff 0),
		'--cacert', certificate() . '.pem', $nginx->{url}],
	out => folder() . '/sender.out', err => $log);
wait_until { slurp($log) =~ /: 200, / } 'the first answer';

my %kill = (
	receiver => sub {
		stop($receiver->{pid}, 'KILL');
		$receiver = receiver(spool => $spool, env => \%slow_disk,
			socket => $receiver->{socket});
	},
	drain => sub {
		stop($drain, 'KILL');
		$drain = start_drain();
	},
	'nginx worker' => sub {
		my @workers;
		wait_until { @workers = workers() } 'a worker';
		kill 'KILL', @workers;
		wait_until { my @now = workers();
			@now && $now[0] != $workers[0] } 'another worker';
	},
	# The master, and then its workers: they have the port.
	nginx => sub {
		stop($nginx->{pid}, 'KILL');
		kill 'KILL', -$nginx->{pid};
		wait_until { !IO::Socket::INET->new(
			PeerAddr => "127.0.0.1:$nginx->{port}") } 'a free port';
		$nginx = nginx($receiver->{socket}, port => $nginx->{port});
	},
);
my @victims = (('receiver') x 4, ('drain') x 3, 'nginx worker', 'nginx');
my %killed = map { $_ => 0 } @victims;
for my $n (1 .. $kills) {
	# Each at least once; the moments are random, not waited for.
	my $victim = $n <= @victims ? $victims[$n - 1] : $victims[rand @victims];
	sleep rand 0.4;
	$kill{$victim}->();
	$killed{$victim}++;
}
is ended($sender), undef, 'there was load until the last kill';
stop($sender);
kill 'TERM', $refused;
waitpid $refused, 0;
$refused = undef;
is $? >> 8, 0, 'so there were POSTs to refuse';
is stop($drain) >> 8, 0, 'drain -f ends cleanly in the end';
is stop($receiver->{pid}), 0, '... and so does the receiver';
my ($status, undef, $said) = tool('drain', $spool, '--', @take);
is_deeply [$status, $said], [0, ''], 'a last drain takes the rest';
is scalar(my @left = batches_in($spool)), 0, '... all of it';
is scalar(my @failed = batches_in($spool, 'default', 'failed')), 0, '... and none failed';

# What the sender sent, and which POSTs were answered 200.
my %answered = map { $_ => 1 }
    slurp($log) =~ /^mixspool send: POST (\d+)(?:, attempt \d+)?: 200, /mg;
my $list = folder() . '/sample';
reap(spawn([program('mixspool'), 'send', '-n', @sample, $nginx->{url}],
	out => $list, err => '/dev/null'), 300);
my %copies;
for my $file (glob "$taken/run.*") {
	$copies{$_}++ for split /^/m, slurp($file);
}
my ($n, $lost, $known, $users) = (0, 0, 0, 0);
open my $sampled, '<:raw', $list or die $!;
while (my $line = <$sampled>) {
	my $post = int($n++ / $batch) + 1;
	my $came = exists $copies{$line};
	$known++ if $came;
	$users++ if $answered{$post};
	$lost++ if $answered{$post} && !$came;
}
cmp_ok $users, '>', $kills * 10, 'many users were answered 200';
is $lost, 0, '... and each came out';
is scalar(keys %copies) - $known, 0,
    'each line that came out is one of the sample, byte for byte';
my $all = join '', keys %copies;
unlike $all, qr/refused-|"half"/, 'nobody of a refused POST came out';
my %statuses;
$statuses{$_}++ for split /\n/, slurp(folder() . '/refused');
cmp_ok $statuses{400} // 0, '>', 0, '... of which there were some';
is $statuses{200}, undef, '... and none was answered 200';

note join(', ', map {"$killed{$_} of $_"} sort keys %killed),
    "; $users users answered 200, ", scalar(keys %copies), ' came out, ',
    scalar(grep { $_ > 1 } values %copies), ' of them again; refused: ',
    join(', ', map {"$statuses{$_} with $_"} sort keys %statuses);

done_testing;

#!/usr/bin/env perl
# kill -9 under load: while users are sent through nginx into the receiver and
# drained as they arrive, the receiver, nginx and drain are killed at random
# moments and started again, and the receiver's disk fails now and then. The users
# of a POST that was answered 200 come out whole, and what it had besides is set aside;
# those of a POST that was refused, for good or because the disk failed, do not.

use strict;
use warnings;
use HTTP::Tiny;
use Test::More;
use Testbed;
use Time::HiRes qw(sleep);

my $kills = $ENV{KILLS} // (($ENV{PROVE} // '') eq 'full' ? 320 : 20);
my $seed = $ENV{SEED} // 1;
my $batch = 5;
srand $seed;
diag "SEED=$seed";

# A port that stays free for nginx while it does not run: the kernel does not give
# one of these to a client, not even to one that connects to this very port.
sub lasting_port {
	my ($first) = slurp('/proc/sys/net/ipv4/ip_local_port_range') =~ /(\d+)/;
	for (1 .. 100) {
		my $port = 10000 + int rand $first - 10000;
		return $port if IO::Socket::INET->new(Listen => 1,
			LocalAddr => "127.0.0.1:$port");
	}
	die 'no free port';
}

# More users than can be sent before the last kill.
my @sample = ('--sample', $kills * 1000, '--seed', $seed, '--batch', $batch);
my %disk = (
	LD_PRELOAD => join(':', map { program("tests/faults/$_.so") }
		qw(slow_disk bad_disk)),
	SLOW_DISK_MS => 4,
	BAD_DISK_NTH => 20);
my $spool = make_spool(qw(default once));
my $receiver = receiver(spool => $spool, env => \%disk);

# Also without TLS, so that the clients below cost little.
my ($port, $plain_port) = (lasting_port(), lasting_port());

sub start_nginx {
	return nginx($receiver->{socket}, port => $port, edit => sub {
		# A 502 of its own, which says nothing of the users, is not to look like a 503.
		$_[0] =~ s/^\s*error_page .*\n//m or die 'no error_page';
		return $_[0] =~ s/(listen 127\S+:)$port ssl;\K/ $1$plain_port;/r;
	});
}
my $nginx = start_nginx();
my $taken = folder() . '/taken';
mkdir $taken or die $!;

# The command of a killed drain is killed too, unless it had all of its input. So
# its input counts when it was complete.
my @take = ('sh', '-c', 'part=$(mktemp -p "$1" .XXXXXX) && cat >>"$part" &&'
	. ' mv "$part" "$1/run${part##*/}"', 'sh', $taken);

# In the campaign default only: a batch whose fsync of new/ fails is there for a
# moment before it is removed, and a drain may take it.
sub start_drain {
	return spawn([program('mixspool'), 'drain', '-f', "$spool/default", '--',
			@take]);
}

# A client that posts each list of users once, whatever the answer, until a signal
# stops it. It writes the answers into a file: number, status, whether the receiver
# asked for a retry, and the text; 599 stands for no answer.
sub start_client {
	my ($name, $path, $users) = @_;
	my %client = (answers => spew(folder() . "/$name.answers", ''),
		pid => fork // die "fork: $!");
	return \%client if $client{pid};
	my $stop = 0;
	$SIG{TERM} = sub { $stop = 1 };
	alarm 0;
	open my $notes, '>>', $client{answers} or die $!;
	$notes->autoflush;
	my $http = HTTP::Tiny->new(keep_alive => 0, timeout => 20, proxy => undef,
		http_proxy => undef);
	for (my $n = 0; !$stop; $n++) {
		my $answer = $http->post("http://127.0.0.1:$plain_port/mixpanel$path", {
			headers => { 'Content-Type' =>
				    'application/x-www-form-urlencoded' },
			content => form('[' . join(',', $users->($n)) . ']') });
		my ($text) = $answer->{content} =~ /(.*)/;
		print $notes join("\t", $n, $answer->{status},
			exists $answer->{headers}{'retry-after'} ? 'later' : '-',
			$text), "\n";
		sleep 0.01;
	}
	close $notes or die $!;
	POSIX::_exit(0);
}

sub stop_client {
	my $client = shift;
	kill 'TERM', $client->{pid};
	waitpid delete $client->{pid}, 0;
	return $?;
}

# POSTs that are refused for good: they end in what is not JSON.
sub bad_users {
	my $n = shift;
	return ((map { user("refused-$n-$_") } 1 .. 19),
		$n % 2 ? '{"$distinct_id":"half"' : '17 18');
}

sub good_users {
	my $n = shift;
	return map { user("once-$n-$_") } 1 .. $batch;
}

# With an element that is no user.
sub with_another {
	my $n = shift;
	return (good_users($n), qq({"x":"once-$n"}));
}

sub workers {
	my $children = "/proc/$nginx->{pid}/task/$nginx->{pid}/children";
	return split ' ', slurp($children);
}

my $drain = start_drain();
my ($refused, $once);
END { kill 'TERM', grep {$_} map { $_->{pid} } grep {$_} $refused, $once }
$refused = start_client('refused', '', \&bad_users);
$once = start_client('once', '/once', \&with_another);
my $log = spew(folder() . '/sender.err', '');
my $sender = spawn([program('mixspool'), 'send', '-v', @sample,
		qw(-j 8 --rate 100/s --retries 1000 --backoff 0),
		'--cacert', certificate() . '.pem', $nginx->{url}],
	out => folder() . '/sender.out', err => $log);
wait_until { slurp($log) =~ /: 200, / } 'the first answer';

my %kill = (
	receiver => sub {
		stop($receiver->{pid}, 'KILL');
		$receiver = receiver(spool => $spool, env => \%disk,
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
	# The master, and then its workers, which hold the port.
	nginx => sub {
		stop($nginx->{pid}, 'KILL');
		kill 'KILL', -$nginx->{pid};
		wait_until { !IO::Socket::INET->new(
			PeerAddr => "127.0.0.1:$port") } 'a free port';
		$nginx = start_nginx();
	},
);
my @victims = (('receiver') x 4, ('drain') x 3, 'nginx worker', 'nginx');
my %killed = map { $_ => 0 } @victims;
for my $n (1 .. $kills) {
	# Each at least once, at random moments.
	my $victim = $n <= @victims ? $victims[$n - 1] : $victims[rand @victims];
	sleep rand 0.4;
	$kill{$victim}->();
	$killed{$victim}++;
}
is ended($sender), undef, 'there was load until the last kill';
# What follows is about these.
my @refusals = map {"cannot put the users on disk: $_"}
    'Input/output error', 'No space left on device', 'Disk quota exceeded';
for my $refusal (@refusals) {
	wait_until { slurp($once->{answers}) =~ /\t503\tlater\t$refusal$/m }
	    "a 503 that says $refusal", 120;
}
wait_until { slurp($refused->{answers}) =~ /\t400\t/ } 'a POST that is refused', 120;
stop($sender);
is_deeply [map { stop_client($_) } $refused, $once], [0, 0], 'the clients end';
is exit_of(stop($drain)), 0, 'drain -f ends cleanly in the end';
is stop($receiver->{pid}), 0, '... and so does the receiver';
my ($status, undef, $said) = tool('drain', $spool, '--', @take);
is_deeply [$status, $said], [0, ''], 'a last drain takes the rest';
is scalar(my @left = batches_in($spool)), 0, '... all of it';
is scalar(my @failed = batches_in($spool, 'default', 'failed')), 0, '... and none failed';

# The users that the sender sent, and the POSTs that were answered 200.
my %answered = map { $_ => 1 }
    slurp($log) =~ /^mixspool send: POST (\d+)(?:, attempt \d+)?: 200, /mg;
my $list = folder() . '/sample';
reap(spawn([program('mixspool'), 'send', '-n', @sample, $nginx->{url}],
	out => $list, err => '/dev/null'), 300);
my (%copies, %came_once);
for my $file (glob "$taken/run.*") {
	for my $line (split /^/m, slurp($file)) {
		my $count = $line =~ /once-/ ? \%came_once : \%copies;
		$count->{$line}++;
	}
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
unlike $all, qr/refused-|"half"/, 'nobody of a POST that was refused for good came out';

sub answers_of {
	my $client = shift;
	return map { [split /\t/, $_, 4] } split /\n/, slurp($client->{answers});
}

sub statuses {
	my %count;
	$count{ $_->[1] == 599 ? 'none' : $_->[1] }++ for @_;
	return \%count;
}
my $statuses = statuses(answers_of($refused));
is $statuses->{200}, undef, '... and none was answered 200';

# After an answer of nginx it is open whether the receiver stored the users.
my %of = (200 => [], 503 => []);
for my $answer (answers_of($once)) {
	my ($post, $status, $later) = @$answer;
	my @lines = map {"$_\n"} good_users($post);
	push @{ $of{200} }, @lines if $status == 200;
	push @{ $of{503} }, @lines if $status == 503 && $later eq 'later';
	delete @came_once{@lines} if $status =~ /^(?:502|504|599)$/;
}
my $of_503 = @{ $of{503} };
is scalar(grep { $came_once{$_} } @{ $of{503} }), 0,
    "nobody of the $of_503 users of a POST that was answered 503 came out";
is scalar(grep { ($came_once{$_} // 0) != 1 } @{ $of{200} }), 0,
    '... and each of one that was answered 200 did, once';
delete @came_once{ @{ $of{200} }, @{ $of{503} } };

# One killed between its two renames is in aside/ alone, and was not answered.
my %aside;
$aside{$_}++ for lines_in($spool, 'once', 'aside');
my %wrong_aside;
for my $answer (answers_of($once)) {
	my ($post, $status, $later) = @$answer;
	my $there = delete $aside{
		qq({"why":"no \$distinct_id","index":$batch,"element":{"x":"once-$post"}}\n)
	} // 0;
	next if $status != 200 && ($status != 503 || $later ne 'later');
	$wrong_aside{"$status, $there times"}++ if $there != ($status == 200);
}
cmp_ok scalar @{ $of{200} }, '>', 0, 'some of these POSTs were answered 200';
is_deeply \%wrong_aside, {}, 'what was set aside is there if it was answered 200, once';
is_deeply [keys %aside], [], '... byte for byte';
is_deeply [keys %came_once], [], '... byte for byte';

sub told {
	my ($what, $count) = @_;
	return "$what: " . join(', ', map {"$count->{$_} with $_"} sort keys %$count);
}
note join(', ', map {"$killed{$_} of $_"} sort keys %killed),
    "; $users users answered 200, ", scalar(keys %copies), ' came out, ',
    scalar(grep { $_ > 1 } values %copies), ' of them again; ',
    told('refused', $statuses), '; ', told('once', statuses(answers_of($once)));

done_testing;

package Contestants;

# mixspool, its peers and its limits behind one nginx, and the load on one of
# them at a time. After each load it is checked that what was answered with 200 is
# stored; then the output is emptied, so that each begins with the same disk.

use strict;
use warnings;
use Bench;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP qw(decode_json);
use Peers qw(@durable @quick @all location log_location start_build start_program);
use Testbed;
use Time::HiRes qw(time sleep stat);

our @EXPORT_OK = qw(body decoded sample);

my $here = abs_path(dirname(__FILE__) . '/..');

my @sample;

# The first N of the same made-up users, one JSON object each.
sub sample {
	my $count = shift;
	return @{ $sample[$count] //= [do {
		my (undef, $users) = tool('send', '-n', '--sample', $count,
			'http://127.0.0.1/');
		split /\n/, $users;
	}] };
}

# The path of a file with N users as Mixpanel's form, as the JSON text in it, or
# as lines.
sub body {
	my $count = shift;
	return spew(folder() . "/body$count",
		form('[' . join(',', sample($count)) . ']'));
}

sub decoded {
	my $count = shift;
	return (spew(folder() . "/json$count",
			'[' . join(',', sample($count)) . ']'),
		spew(folder() . "/lines$count",
			join '', map {"$_\n"} sample($count)));
}

# new(names => [...], spool => of mixspool, env => what returns the environment of a
# build, cold => 1): starts them, and warms them up unless cold.
sub new {
	my ($class, %options) = @_;
	my $self = bless { by_name => {} }, $class;
	my ($top, $locations) = ('', '');
	my $port = free_port();
	my $receiver;
	for my $name (@{ $options{names} // \@all }) {
		my ($contestant, @parts);
		if ($name eq 'mixspool') {
			$receiver = receiver(args => ['-j', $ENV{THREADS} // 16],
				spool => $options{spool} // make_spool());
			$contestant = { name => $name, %$receiver };
		} elsif ($name eq 'nginx log') {
			$contestant = { name => $name, users_a_line => 50,
				key => 'nginx-log',
				output => folder() . '/nginx-log.out' };
			@parts = log_location($contestant);
		} else {
			$contestant = $name =~ /^(before|now)$/
			    ? start_build($name, $options{env} && $options{env}->($name)) : start_program($name);
			@parts = location($contestant);
		}
		$contestant->{url} //= "http://127.0.0.1:$port/"
		    . ($contestant->{key} // '');
		$self->{by_name}{$name} = $contestant;
		$top .= $parts[0] // '';
		$locations .= $parts[1] // '';
	}
	my $others = <<"END";
$top
server {
	listen 127.0.0.1:$port;
	client_max_body_size 2m;
	client_body_buffer_size 2m;
$locations
}
END
	$self->{nginx} = nginx(
		$receiver ? $receiver->{socket} : '/nobody', workers => 'auto',
		edit => sub { plain_http(shift) . $others });
	$self->{by_name}{mixspool}{url} =
	    "http://127.0.0.1:$self->{nginx}{port}/mixpanel" if $receiver;
	$self->{pid} = $self->{nginx}{pid};
	for my $contestant (values %{ $self->{by_name} }) {
		$contestant->{pid} //= $self->{pid};
		$self->load($contestant->{name}, connections => 16, seconds => 1)
		    unless $options{cold};
	}
	return $self;
}

sub url { return $_[0]{by_name}{ $_[1] }{url} }

sub outputs {
	my $contestant = shift;
	return $contestant->{spool} ? glob "$contestant->{spool}/*/new/*"
	    : $contestant->{output} ? glob "$contestant->{output}*" : ();
}

sub total_size {
	my $total = 0;
	$total += -s $_ // 0 for @_;
	return $total;
}

# Requests that wrk left behind at its end are still worked on, by some in processes
# of their own.
sub settle {
	my $contestant = shift;
	my $seen = sub {
		my @processes = processes($contestant);
		return total_size(outputs($contestant)) . ' bytes by ' . @processes;
	};
	my ($before, $now) = ('', $seen->());
	while ($before ne $now) {
		$before = $now;
		sleep 0.15;
		$now = $seen->();
	}
	return;
}

sub lines_of {
	my $path = shift;
	my ($lines, $block) = (0);
	open my $file, '<:raw', $path or die "$path: $!";
	$lines += $block =~ tr/\n// while sysread $file, $block, 1 << 20;
	return $lines;
}

# How many POSTs of $users users the output has, and how many batches of ours.
sub stored {
	my ($contestant, $users) = @_;
	my $lines = 0;
	my @outputs = outputs($contestant);
	$lines += lines_of($_) for @outputs;
	return ($contestant->{users_a_line} ? $lines : $lines / $users,
		scalar @outputs);
}

sub last_change {
	my @times = map { (stat $_)[9] } outputs(shift);
	my ($last) = sort { $b <=> $a } @times;
	return $last;
}

# What the next one is to find: nothing to write back, and room.
sub clean {
	my $contestant = shift;
	for my $path (outputs($contestant)) {
		$contestant->{spool} ? unlink $path : truncate $path, 0;
	}
	system 'sync', '-f', folder();
	return;
}

sub fail {
	my ($self, $contestant, $what) = @_;
	my $logs = '';
	for my $log ($contestant->{log}, $self->{nginx}{log}) {
		next unless $log && -s $log;
		my @lines = split /^/m, slurp($log);
		splice @lines, 0, -20 if @lines > 20;
		$logs .= "$log:\n" . join '', @lines;
	}
	die "$contestant->{name}: $what\n$logs";
}

# The fields of /proc/PID/stat behind the name, of all in a contestant's group.
sub processes {
	my $contestant = shift;
	my @found;
	for my $path (glob '/proc/[0-9]*/stat') {
		open my $file, '<', $path or next;
		my @fields = split ' ', (<$file> // '') =~ s/.*\) //sr;
		push @found, \@fields
		    if @fields > 20 && $fields[2] == $contestant->{pid};
	}
	return @found;
}

# User and system seconds so far, with the processes that have ended.
sub cpu_of {
	my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());
	my ($user, $system) = (0, 0);
	for my $fields (processes(shift)) {
		$user += $fields->[11] + $fields->[13];
		$system += $fields->[12] + $fields->[14];
	}
	return ($user / $ticks, $system / $ticks);
}

# Resident MiB and threads of all its processes now. What processes share is
# counted for each.
sub memory_of {
	my ($pages, $threads) = (0, 0);
	for my $fields (processes(shift)) {
		$threads += $fields->[17];
		$pages += $fields->[21];
	}
	return ($pages * POSIX::sysconf(POSIX::_SC_PAGESIZE()) / 1048576,
		$threads);
}

# One load: connections, seconds, users (50), paths; watch => called
# every 50 ms, unchecked => the caller looks at what is stored.
# What wrk measured, with rate, and of the contestant: stored POSTs, batches,
# user and system microseconds a POST.
sub load {
	my ($self, $name, %options) = @_;
	my $contestant = $self->{by_name}{$name};
	my $users = $options{users} // 50;
	my $connections = $options{connections};
	local $ENV{BODY} = body($users);
	local $ENV{PATHS} = $options{paths};
	delete $ENV{PATHS} unless $options{paths};
	my ($user, $system) = cpu_of($contestant);
	my $start = time;
	open my $wrk, '-|', 'wrk', '-t', 1, '-c', $connections, '-d',
	    ($options{seconds} // seconds()) . 's', '--timeout', '30s', '-s',
	    "$here/load.lua", $contestant->{url} or die "wrk: $!";
	if ($options{watch}) {
		my $end = time + seconds();
		while (time < $end) {
			$options{watch}->($contestant);
			sleep 0.05;
		}
	}
	my ($line) = do { local $/; <$wrk> } =~ /^(\{.*\})$/m;
	close $wrk or die 'wrk failed';
	my $got = decode_json($line // die 'wrk said nothing');
	$self->fail($contestant, "of $got->{posts} POSTs $got->{refused} were "
		    . "not answered with 200, $got->{broken} broke")
	    if $got->{refused} || $got->{broken};
	$got->{rate} = $got->{posts} / $got->{us} * 1e6;
	return $got if $options{unchecked};
	settle($contestant);
	my ($user_after, $system_after) = cpu_of($contestant);
	if ($contestant->{spool} || $contestant->{output} &&
		$name ne 'empty responder') {
		@{$got}{qw(stored batches)} = stored($contestant, $users);
		$self->fail($contestant, "$got->{posts} POSTs were answered with "
			    . "200, $got->{stored} are stored")
		    if $got->{stored} < $got->{posts}
		    || $got->{stored} > $got->{posts} + 2 * $connections;
		# wrk saw too few answers for a rate: all that was stored, then,
		# until the last of it was.
		$got->{rate} = $got->{stored} / (last_change($contestant) - $start)
		    if $got->{posts} < 4 * $connections;
	}
	my $all = $got->{stored} // $got->{posts}
	    or $self->fail($contestant, 'nothing was answered');
	printf STDERR "  %-20s %4d connections  %8.1f POSTs a second\n", $name,
	    $connections, $got->{rate} if $ENV{V};
	clean($contestant);
	return { %$got,
		user => ($user_after - $user) / $all * 1e6,
		system => ($system_after - $system) / $all * 1e6 };
}

1;

package Alone;

# The scenarios that have mixspool to themselves, or compare what needs no web server.

use strict;
use warnings;
use Bench;
use Contestants qw(body sample);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP qw(decode_json);
use Testbed;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(cgi_processes pages backlog ways);

my $rounds_of = rounds() . ' rounds of ' . seconds() . ' s';
my $peers = abs_path(dirname(__FILE__) . '/../peers');
my $mixspool = 'mixspool';

# A process a request, without a web server: the CPU time of what it starts.
sub cgi_processes {
	my $times = $ENV{TIMES} // 50;
	my $result = Bench->new('cgi', unit => 'ms of CPU a request',
		title => "CGI, a process for each POST of 50 users, ${\ rounds()} "
		    . "rounds of $times", plot => ['user and system'],
		note => 'Each program is started directly, with the variables '
		    . 'that a web server sets, one request at a time; the CPU '
		    . 'time is that of the process and its children from exec '
		    . 'to end. All fdatasync before they answer. `make static` '
		    . 'is what shared hosting gets; much of the rest is the '
		    . 'loading of libraries.');
	my %contestants = (
		'mixspool' => [program()],
		'mixspool, static' => [program('static/mixspool.fcgi')],
		'php-cgi' => ['/usr/bin/php-cgi'],
		'Python' => ["$peers/receiver.cgi.py"],
	);
	my $spool = make_spool();
	my $output = folder() . '/cgi.out';
	my $answer = folder() . '/answer';
	local %ENV = (PATH => $ENV{PATH}, ROUNDS => rounds(),
		REQUEST_METHOD => 'POST',
		CONTENT_TYPE => 'application/x-www-form-urlencoded',
		CONTENT_LENGTH => -s body(50), PATH_INFO => '',
		GATEWAY_INTERFACE => 'CGI/1.1', REDIRECT_STATUS => 200,
		SERVER_PROTOCOL => 'HTTP/1.1',
		SCRIPT_FILENAME => "$peers/receiver.php", OUTPUT => $output,
		FDATASYNC => 1, MIXSPOOL_DIR => $spool);
	in_turn([sort keys %contestants], sub {
		my (undef, $name) = @_;
		my ($user, $system) = split ' ', run_text(out() . '/children',
			$times, body(50), $answer, @{ $contestants{$name} });
		my $text = slurp($answer);
		die "$name: $text" if $text =~ /^Status: (?!200)/m
		    || $text !~ /50 users/;
		my $lines = $name =~ /^mixspool/ ? scalar lines_in($spool)
		    : Contestants::lines_of($output);
		die "$name stored $lines users\n" if $lines != 50 * $times;
		$result->add($name, 'user', $user / 1000);
		$result->add($name, 'system', $system / 1000);
		$result->add($name, 'user and system', ($user + $system) / 1000);
		unlink $output, batches_in($spool);
	});
	my %most = ('mixspool' => 0.06, 'mixspool, static' => 0.1);
	for my $ours (sort keys %most) {
		$result->ratio("CGI, CPU a request of $ours against $_", 'at most',
			$most{$ours}, 'user and system', $ours, $_) for qw(php-cgi Python);
	}
	return $result;
}

# A page of 1000 members beside a form of as many bytes, one POST at a time.
sub pages {
	my $times = $ENV{TIMES} // 200;
	my $result = Bench->new('pages', unit => 'us a POST', plot => [qw(time user system)],
		title => 'A page of 1000 members, and a form of as many bytes, one POST at '
		    . "a time, ${\ rounds()} rounds of $times",
		note => 'Without a web server. Parsing is jansson alone reading that page once.');
	my @members = map {
		my $user = decode_json($_);
		JSON::PP->new->utf8->canonical->encode({ mixpanel_distinct_id => "$user->{'$distinct_id'}",
			%{ $user->{'$properties'} } });
	} sample(1000);
	my %bodies = (page => '{"action":"members","parameters":{"mixpanel_cohort_id":"7","members":['
		    . join(',', @members) . ']}}');
	# Space at the end makes up for less than a user.
	my $users = join ',', sample(1000);
	my $cut = substr form('[' . $users), 0, length($bodies{page}) - 100;
	$bodies{form} = $cut =~ s/%2C%7B%22%24distinct_id(?:(?!%2C%7B%22%24distinct_id).)*\z//sr . '%5D';
	$bodies{form} .= '+' x (length($bodies{page}) - length $bodies{form});
	my $receiver = receiver();
	my %records = (page => fastcgi_records($bodies{page}, { CONTENT_TYPE => 'application/json' }),
		form => fastcgi_records($bodies{form}, {}));
	my $contestant = { pid => $receiver->{pid} };
	my $page = spew(folder() . '/page', $bodies{page});
	in_turn(['page', 'form', 'parsing'], sub {
		my (undef, $name) = @_;
		if ($name eq 'parsing') {
			my (undef, $us) = split ' ', run_text(out() . '/parsing',
				$page, seconds());
			$result->add($name, 'user', $us);
			return;
		}
		my ($user, $system) = Contestants::cpu_of($contestant);
		my $begun = time;
		for (1 .. $times) {
			my $socket = fastcgi_connect($receiver->{socket});
			fastcgi_send($socket, $records{$name});
			my $answer = fastcgi_answer($socket);
			die "$name: $answer->{text}" if $answer->{status} != 200;
		}
		my $took = time - $begun;
		my ($user_then, $system_then) = Contestants::cpu_of($contestant);
		$result->add($name, 'time', 1e6 * $took / $times);
		$result->add($name, 'user', 1e6 * ($user_then - $user) / $times);
		$result->add($name, 'system', 1e6 * ($system_then - $system) / $times);
		unlink batches_in($receiver->{spool});
	});
	stop($receiver->{pid});
	$result->ratio('user CPU of a page of 1000 members against jansson alone on it',
		'at most', 0.3, 'user', 'page', 'parsing');
	$result->ratio("$_ of a page against a form", 'at most', 1.25, $_, 'page', 'form')
	    for 'time', 'user';
	return $result;
}

# What a batch costs, on the way of today and on others.
sub ways {
	my @ways = qw(plain fallocate linkat io_uring);
	my $result = Bench->new('ways', unit => 'us a batch', title => 'A batch of 50 users '
		    . "put on disk by a program that does nothing else, ${\ rounds()} rounds of "
		    . seconds() . ' s',
		note => 'Plain is what the receiver does: write, fdatasync, rename, fsync of the '
		    . 'folder. The others put fallocate before the write, link an O_TMPFILE in '
		    . 'place of the rename, or hand the four calls to io_uring as one chain.');
	my (undef, $lines) = Contestants::decoded(50);
	my $storage = make_spool('tmp', 'new');
	in_turn(\@ways, sub {
		my (undef, $way) = @_;
		my (undef, $us) = split ' ', run_text(out() . '/storage', $storage, $lines,
			seconds(), $way);
		$result->add($way, 'median', $us);
		unlink glob "$storage/new/*";
		system 'sync', '-f', $storage;
	});
	return $result;
}

# N names in new/ of a campaign, in the place of batches that nobody took. Links
# to a few files: the folder is what grows.
sub fill {
	my ($path, $count) = @_;
	mkdir $path or die "$path: $!";
	mkdir "$path/$_" or die "$path/$_: $!" for qw(tmp new);
	my $from;
	for my $n (0 .. $count - 1) {
		$from = spew("$path/new/first$n", "{}\n") if $n % 60000 == 0;
		link $from, sprintf '%s/new/20200101T%06d.%06dZ-9f3a1c22-%06d.jsonl',
		    $path, $n / 1e6, $n % 1e6, $n or die "link: $!";
	}
	return;
}

sub backlog {
	my @waiting = split ' ', $ENV{WAITING} // '0 10000 100000 1000000';
	my $result = Bench->new('backlog', unit => 'ms a POST',
		title => 'A POST of 50 users at 1 connection while so many batches '
		    . "wait in the campaign's new/, $rounds_of",
		plot => ['ms a POST'],
		note => 'One receiver, a campaign for each number. The ratio is '
		    . 'to none waiting in the same round.');
	my $spool = make_spool();
	fill("$spool/waiting$_", $_) for @waiting;
	system 'sync', '-f', $spool;
	my $bench = Contestants->new(names => [$mixspool], spool => $spool,
		cold => 1);
	my %posts;
	my $load = sub {
		my (undef, $waiting) = @_;
		my $got = $bench->load($mixspool, connections => 1,
			paths => "/mixpanel/waiting$waiting", unchecked => 1);
		$posts{$waiting} += $got->{posts};
		return $got->{us} / $got->{posts} / 1000;
	};
	in_turn(\@waiting, $load, 1);	# to warm up
	in_turn(\@waiting, sub {
		$result->add("$_[1] waiting", 'ms a POST', $load->(@_));
	});
	for my $waiting (@waiting) {
		my $new = grep { !m{/(first|2020)} }
		    batches_in($spool, "waiting$waiting");
		die "$new of $posts{$waiting} POSTs are stored\n"
		    if $new < $posts{$waiting}
		    || $new > $posts{$waiting} + rounds() + 1;
	}
	$result->ratios('ms a POST', '0 waiting');
	my $most = $waiting[-1];
	$result->target("a POST's cost with $most batches waiting against none",
		'at most', 1.1,
		$result->middle("$most waiting", 'ratio to 0 waiting'));
	system 'rm', '-rf', $spool;
	return $result;
}

1;

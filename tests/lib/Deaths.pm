package Deaths;

# What a sender sees of the deaths of one of three machines behind a load balancer: a cell
# of the table of docs/cluster.md each.

use strict;
use warnings;
use Cluster;
use Exporter qw(import);
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Testbed;

our @EXPORT = qw(measure);

# Members in a page; it has to fit into HAProxy's buffer.
my $members = 1000;

# A page of a cohort, 100 bytes a member, or of OTHER members.
my $pages = 0;

sub new_page {
	my ($other) = @_;
	my $name = 'page' . ++$pages;
	my $list = join ',', map {qq({"mixpanel_distinct_id":"$name-$_","email":"$name-$_\@example.com","first_name":"A","last_name":"B"})}
	    1 .. $other // $members;
	return { name => $name, body => new_file(qq({"action":"add_members","parameters":{"mixpanel_project_id":"1",)
		    . qq("mixpanel_cohort_id":"1","mixpanel_cohort_name":"c","mixpanel_session_id":"s",)
		    . qq("page_info":{"total_pages":1,"page_count":1},"members":[$list]}})) };
}

sub begin_post {
	my ($balancer, $page) = @_;
	my $base = folder() . "/post$page->{name}";
	@{$page}{qw(out text)} = (spew("$base.out", ''), spew("$base.text", ''));
	$page->{pid} = spawn(['curl', '-sS', '--max-time', 60, '--cacert', certificate() . '.pem', '-o', $page->{text},
			'-w', '%{http_code} %{time_total}', '-H', 'Content-Type: application/json', '-H', 'Expect:',
			'--data-binary', "\@$page->{body}", $balancer->{url}], out => $page->{out}, err => '/dev/null');
	return $page;
}

sub is_answered {
	my $page = shift;
	return 1 if defined $page->{status};
	return 0 if !defined ended($page->{pid});
	($page->{status}, $page->{took}) = split ' ', slurp($page->{out});
	my $json = eval { decode_json(slurp($page->{text})) } // {};
	$page->{status} .= ' in another form' if ($json->{status} // '') ne ($page->{status} eq '200' ? 'success' : 'failure');
	return 1;
}

sub end_posts {
	my @posts = @_;
	wait_until { (grep { is_answered($_) } @posts) == @posts } 'answers', 90;
	return @posts;
}

sub post_one_by_one {
	my ($balancer, $count) = @_;
	return map { end_posts(begin_post($balancer, new_page())) } 1 .. $count;
}

# How often each page is in the spools; a part of a page never is.
sub copies {
	my @machines = @_;
	my %lines;
	for my $line (map { lines_in($_->{spool}) } @machines) {
		$lines{$1}++ if $line =~ /\A\{"\$distinct_id":"(page\d+)-/;
	}
	for my $name (keys %lines) {
		die "a part of $name is stored" if $lines{$name} % $members;
		$lines{$name} /= $members;
	}
	return \%lines;
}

# The cell: the answers, and how often the pages are stored.
sub cell {
	my ($run, @posts) = @_;
	my $copies = copies(@{ $run->{machines} });
	my %cells;
	for my $post (@posts) {
		my $count = $copies->{ $post->{name} } // 0;
		die "$post->{name} is lost: answered 200" if $post->{status} eq '200' && !$count;
		my $often = (qw(never once), 'twice', 'three times')[$count];
		$cells{$post->{status}}{$often} = 1;
		$run->{longest} = $post->{took} if $post->{took} > ($run->{longest} // 0);
	}
	return join ', ', map {
		my $often = $cells{$_};
		"$_ " . ((grep { $often->{$_} } 'three times', 'twice', 'once', 'never')[0])
	} sort keys %cells;
}

# Pages until the first machine has one in hand: those, all but the last answered. Under
# load its balancer may have thought it dead, and then it gets none.
sub in_hand {
	my ($run, $hang, $folder) = @_;
	my $victim = $run->{machines}[0];
	# Not the small file of a question for health.
	my $count = sub { return scalar grep { (-s // 0) > 1 << 14 } batches_in($victim->{spool}, 'default', $folder) };
	my @posts;
	for my $try (1 .. 5) {
		mend($run) if $try > 1;
		spew("$victim->{shim}/$hang", '');
		my $before = $count->();
		for (1 .. 3) {
			push @posts, begin_post($run->{balancer}, new_page());
			wait_until { is_answered($posts[-1]) || $count->() > $before } 'a page';
			return @posts if !defined $posts[-1]{status};
		}
	}
	die 'the first machine gets no page';
}

# Waits until each machine gets pages.
sub mend {
	my $run = shift;
	start_machine($_) for @{ $run->{machines} };
	for my $machine (@{ $run->{machines} }) {
		my $before = () = batches_in($machine->{spool});
		wait_until {
			post_one_by_one($run->{balancer}, 1);
			batches_in($machine->{spool}) > $before;
		} "pages of machine $machine->{number}", 60;
	}
	return;
}

my %rows;

# mixspool is killed.
$rows{'before'} = sub {
	my $run = shift;
	my @posts = in_hand($run, 'hang', 'tmp');
	kill_receiver($run->{machines}[0]);
	return end_posts(@posts);
};
$rows{'after'} = sub {
	my $run = shift;
	my @posts = in_hand($run, 'hang-folder', 'new');
	kill_receiver($run->{machines}[0]);
	return end_posts(@posts);
};
$rows{'gone'} = sub {
	my $run = shift;
	kill_receiver($run->{machines}[0]);
	return post_one_by_one($run->{balancer}, 6);
};

# Its web server is killed: mixspool stores what it has.
$rows{'web server'} = sub {
	my $run = shift;
	my $victim = $run->{machines}[0];
	return if $victim->{fastcgi};
	my @posts = in_hand($run, 'hang', 'tmp');
	kill_web_server($victim);
	my $before = () = batches_in($victim->{spool});
	unlink "$victim->{shim}/hang";
	wait_until { batches_in($victim->{spool}) > $before } 'the page';
	return (end_posts(@posts), post_one_by_one($run->{balancer}, 6));
};

# No packet is answered: the kernel drops what finds a full queue.
$rows{'unplugged'} = sub {
	my $run = shift;
	my $victim = $run->{machines}[0];
	$victim->{fastcgi} ? kill_receiver($victim) : kill_web_server($victim);
	my ($port) = address_of($victim) =~ /:(\d+)$/;
	my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 0,
		ReuseAddr => 1) or die "port $port: $!";
	my @queue = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Blocking => 0) } 1 .. 3;
	return post_one_by_one($run->{impatient}, 6);
};

$rows{'frozen'} = sub {
	my $run = shift;
	my $victim = $run->{machines}[0];
	signal_all($victim, 'STOP');
	my @posts = eval { post_one_by_one($run->{impatient}, 6) };
	signal_all($victim, 'CONT');
	return @posts;
};

$rows{'full'} = sub {
	my $run = shift;
	my $victim = $run->{machines}[0];
	stop((delete $victim->{receiver})->{pid});
	start_machine($victim, MIXSPOOL_MIN_FREE => '900000G');
	my @posts = post_one_by_one($run->{balancer}, 6);
	stop((delete $victim->{receiver})->{pid});
	return @posts;
};

# A disk that takes its time, within the balancer's patience and beyond.
$rows{'slow'} = sub {
	my $run = shift;
	my @posts = in_hand($run, 'hang', 'tmp');
	unlink "$run->{machines}[0]{shim}/hang";
	return end_posts(@posts);
};
$rows{'slower'} = sub {
	my $run = shift;
	my @posts = in_hand({ %$run, balancer => $run->{impatient} }, 'hang', 'tmp');
	end_posts(@posts);
	my $victim = $run->{machines}[0];
	my $before = () = batches_in($victim->{spool});
	unlink "$victim->{shim}/hang";
	wait_until { batches_in($victim->{spool}) > $before } 'the page';
	return @posts;
};

# Taken out while pages come, and then stopped.
$rows{'drained'} = sub {
	my $run = shift;
	my $victim = $run->{machines}[0];
	my @posts = in_hand($run, 'hang', 'tmp');
	take_out($run->{balancer}, $victim);
	unlink "$victim->{shim}/hang";
	end_posts(@posts);
	stop((delete $victim->{receiver})->{pid});
	push @posts, post_one_by_one($run->{balancer}, 6);
	start_machine($victim);
	take_out($run->{balancer}, $victim, 'back');
	return @posts;
};

$rows{'all down'} = sub {
	my $run = shift;
	kill_receiver($_) for @{ $run->{machines} };
	return post_one_by_one($run->{balancer}, 3);
};

# Refused with a 503 by each machine, six times in a row; and then another page.
$rows{'too large'} = sub {
	my $run = shift;
	my $balancer = start_balancer($run->{example}, 'as it is', @{ $run->{machines} });
	my $large = new_page(10_001);
	for (1 .. 6) {
		end_posts(begin_post($balancer, $large));
		die "too large: $large->{status}" if (delete $large->{status}) ne '503';
	}
	my @posts = post_one_by_one($balancer, 1);
	stop($balancer->{pid});
	return @posts;
};

# All cells of a balancer.
sub measure {
	my ($example) = @_;
	$members = 300 if $example eq 'haproxy-fastcgi.cfg';
	my @machines = start_machines($example);
	my $run = { machines => \@machines, example => $example,
		balancer => start_balancer($example, 'quick', @machines),
		impatient => start_balancer($example, 'impatient', @machines) };
	my %cells;
	for my $row (grep { !$ENV{ROW} || $ENV{ROW} eq $_ } sort keys %rows) {
		mend($run);
		delete $run->{longest};
		my @posts = eval { $rows{$row}->($run) };
		$cells{$row} = $@ ? "died: $@" : @posts ? cell($run, @posts) : '-';
		warn sprintf "%s, %s: %s, %.1f s\n", $example, $row, $cells{$row}, $run->{longest} // 0;
	}
	return \%cells;
}

1;

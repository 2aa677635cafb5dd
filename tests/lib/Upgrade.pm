package Upgrade;

# What the tests of upgrades share: the programs of 0.1.0, built from the history of
# this repository; receivers on a socket that somebody else holds, as under systemd;
# a load of users, and the account of each at the end.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use Test::More;
use Testbed;

our @EXPORT = qw(old_source old_programs why_no_old hold_socket serve follow take taken start_load
    answers more_answers end_load fates account);

# The last commit before 0.2.0 began; a tag has precedence.
my $commit = '94d8d71c0e020c0d8a7664803bf60c5c15bdd09c';
my $taken;
my $times = ($ENV{PROVE} // '') eq 'full' ? 10 : 1;

# The output of git in the project, or undef.
sub git {
	open my $git, '-|', 'sh', '-c', 'exec git -C "$@" 2>/dev/null', 'sh', top(), @_
	    or return;
	local $/;
	my $out = <$git>;
	return close $git ? $out : undef;
}

sub old_commit {
	for my $name ('v0.1.0', '0.1.0', $commit) {
		return $commit = $name if defined git('cat-file', '-e', "$name^{commit}");
	}
	return;
}

# Why there are no programs of 0.1.0, or undef.
sub why_no_old {
	my $root = git(qw(rev-parse --show-toplevel))
	    // return 'this is not a git repository: 0.1.0 is built from the history';
	return if defined old_commit();
	return 'the clone is shallow: 0.1.0 is not in it'
	    if (git(qw(rev-parse --is-shallow-repository)) // "") =~ /true/;
	return 'the commit of 0.1.0 is not in this repository';
}

# Puts the source of 0.1.0 into a folder that is there.
sub old_source {
	my $folder = shift;
	system('sh', '-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', top(), $commit,
		$folder) == 0 or die '0.1.0 cannot be unpacked';
	return;
}

# Builds mixspool.fcgi and mixspool of 0.1.0: the folder with both.
sub old_programs {
	my $source = folder() . '/0.1.0';
	mkdir $source or die "$source: $!";
	old_source($source);
	local @ENV{qw(CFLAGS CPPFLAGS LDFLAGS BUILD)};
	delete @ENV{qw(CFLAGS CPPFLAGS LDFLAGS BUILD)};
	system('sh', '-c', 'cd "$1" && exec make -s -j2 CFLAGS=-O0 WARNINGS='
		. ' build/mixspool.fcgi build/mixspool >&2', 'sh', $source) == 0
	    or die '0.1.0 does not build';
	return "$source/build";
}

# A listening socket that lasts while receivers come and go.
sub hold_socket {
	my $path = folder() . '/held.sock';
	return { path => $path, held => IO::Socket::UNIX->new(Local => $path, Listen => 511)
		    // die "$path: $!" };
}

# Starts a receiver of the programs in BIN on a held socket.
sub serve {
	my ($bin, $socket, $spool) = @_;
	return spawn(["$bin/mixspool.fcgi", '-d', $spool], socket => $socket->{held},
		err => folder() . '/receivers.log');
}

# A command for drain that puts the lines of a run into a file of their own, since two
# drains may be at work; and all lines.
sub take {
	$taken //= tempdir('taken-XXXXXX', DIR => folder());
	return ('sh', '-c', 'part=$(mktemp -p "$1" .XXXXXX) && cat >"$part" &&'
		. ' mv "$part" "$1/run${part##*/}"', 'sh', $taken);
}

sub taken {
	return map { split /^/m, slurp($_) } glob "$taken/run.*";
}

# Starts a drain that follows, of the programs in BIN.
sub follow {
	my ($bin, $log, @arguments) = @_;
	return spawn(["$bin/mixspool", 'drain', '-f', @arguments, '--', take()], err => $log);
}

# Users sent to a URL as fast as RATE says, each POST until it is answered 200.
sub start_load {
	my ($url, %options) = @_;
	my %load = (url => $url, batch => 5, log => new_file(),
		sample => ['--sample', 60_000 * $times, '--seed', 7, '--batch', 5]);
	$load{pid} = spawn([program('mixspool-send'), '-v', @{ $load{sample} }, '-j', 8,
			'--rate', $options{rate} // '100/s', qw(--retries 1000 --backoff 0),
			'--cacert', certificate() . '.pem', $url],
		out => folder() . '/load.out', err => $load{log});
	return \%load;
}

# The answers so far: [the number of the POST, the status or "no answer"].
sub answers {
	my $load = shift;
	return map { [/^(\d+).*?: (\d{3}|no answer)/] }
	    slurp($load->{log}) =~ /^mixspool send: POST (\d+\b.*)\n/mg;
}

# Ten times as many in full.
sub more_answers {
	my ($load, $count) = @_;
	$count *= $times;
	my $before = () = answers($load);
	wait_until { answers($load) >= $before + $count } "$count answers", 60 * $times;
	return;
}

# Stops the load: the count of each answer.
sub end_load {
	my $load = shift;
	stop($load->{pid});
	my %count;
	$count{ $_->[1] }++ for answers($load);
	return \%count;
}

# What became of the users: how many were answered 200, how many of these did not come
# out, how many came out twice, how many did more often than they were sent, and how many
# lines are nobody's.
sub fates {
	my ($load, @lines) = @_;
	my (%tries, %stored, %copies);
	for my $answer (answers($load)) {
		$tries{ $answer->[0] }++;
		$stored{ $answer->[0] } = 1 if $answer->[1] eq '200';
	}
	$copies{$_}++ for @lines;
	my $list = new_file();
	reap(spawn([program('mixspool-send'), '-n', @{ $load->{sample} }, $load->{url}],
		out => $list, err => '/dev/null'), 300);
	my ($n, %fate) = (0, users => 0, lost => 0, twice => 0, again => 0);
	open my $sample, '<:raw', $list or die $!;
	while (my $line = <$sample>) {
		my $post = int($n++ / $load->{batch}) + 1;
		my $came = delete $copies{$line} // 0;
		$fate{users}++ if $stored{$post};
		$fate{lost}++ if $stored{$post} && !$came;
		$fate{twice}++ if $came > 1;
		$fate{again}++ if $came > ($tries{$post} // 1);
	}
	return { %fate, strange => scalar keys %copies };
}

# Tests that each user of a POST that was answered 200 came out, that a user came
# out again only if a POST was sent again, and that nobody else did.
sub account {
	my ($load, @lines) = @_;
	my $fate = fates($load, @lines);
	cmp_ok $fate->{users}, '>', 100, "$fate->{users} users were answered 200";
	is $fate->{lost}, 0, '... and each came out';
	is $fate->{again}, 0, '... once, or as often as it was sent';
	is $fate->{strange}, 0, '... and nobody else did';
	return;
}

1;

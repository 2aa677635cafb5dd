package WithoutSystemd;

# What the tests of init/ share: programs that a web server's user may run, and clients
# that post all the time.

use strict;
use warnings;
use Exporter qw(import);
use File::Copy qw(copy);
use IO::Socket::UNIX;
use Testbed;
use Time::HiRes qw(sleep);

our @EXPORT = qw(installed_programs receiver_of load check_load);

# A folder with the programs side by side, as in a build. As root, the receiver runs as
# www-data: the machine of the tests has no user mixspool.
sub installed_programs {
	my $bin = programs_for_all();
	return $bin if -e "$bin/mixspool-serve";
	for my $name (qw(mixspool mixspool-serve)) {
		copy(program($name), "$bin/$name") or die "$name: $!";
		chmod 0755, "$bin/$name";
	}
	return $bin;
}

# The pid of the receiver below the process that holds the socket, or undef.
sub receiver_of {
	my ($holder) = @_;
	my $children = eval { slurp("/proc/$holder/task/$holder/children") } // '';
	for my $child (split ' ', $children) {
		my $name = eval { slurp("/proc/$child/comm") } // '';
		return $child if $name eq "mixspool.fcgi\n";
	}
	return;
}

# Calls a subroutine so many times, while three clients post one user after the other;
# each gets an answer in between. Returns the statuses by the user's id.
my $loads = 0;

sub post_until {
	my ($socket, $base, $stop, $file) = @_;
	open my $out, '>>', $file or die "$file: $!";
	$out->autoflush;
	for (my $n = 1; !-e $stop; $n++) {
		my $answer = fastcgi($socket, form('[' . user("$base-$n") . ']'));
		print $out "$base-$n $answer->{status}\n";
	}
	return;
}

sub load {
	my ($socket, $times, $done) = @_;
	my $base = folder() . '/load' . $loads++;
	my @files = map { spew("$base.$_", '') } 1 .. 3;
	my @clients;
	for my $client (1 .. 3) {
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			eval { post_until($socket, "$loads-$client", "$base.stop", $files[$client - 1]) };
			POSIX::_exit($@ ? 1 : 0);
		}
		push @clients, $pid;
	}
	for (1 .. $times) {
		my @before = map { -s $_ } @files;
		wait_until { !grep { -s $files[$_] <= $before[$_] } 0 .. 2 } 'the clients to post';
		$done->();
	}
	my @before = map { -s $_ } @files;
	wait_until { !grep { -s $files[$_] <= $before[$_] } 0 .. 2 } 'the clients to post again';
	spew("$base.stop", '');
	waitpid $_, 0 for @clients;
	return map { /^(\S+) (\d+)$/mg } map { slurp($_) } @files;
}

# The users of a load that got 200 and are not in the spool, or twice; and those whose
# POSTs were refused.
sub check_load {
	my ($spool, %got) = @_;
	my %there;
	$there{$_}++ for map { /"\$distinct_id":"(\d+-\d-\d+)"/ } lines_in($spool);
	my @wrong = grep { $got{$_} == 200 && ($there{$_} // 0) != 1 } sort keys %got;
	my @refused = grep { $got{$_} != 200 } sort keys %got;
	return (\@wrong, \@refused);
}

1;

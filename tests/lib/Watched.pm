package Watched;

# What is seen of a web server while a request is under way, and after it.

use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use IPC::Open2;
use Testbed;

our @EXPORT = qw(begin_post end_post comes large_files connections programs);

# A client that sends a part of a POST's body and waits.
sub begin_post {
	my ($url, $secret, $body, $sent) = @_;
	my ($port, $path) = $url =~ m{:(\d+)(.*)};
	my $length = length $body;
	my ($pid, $from, $to);
	if ($url =~ /^https/) {
		$pid = open2($from, $to, 'openssl', 's_client', '-quiet', '-verify_quiet', '-connect', "localhost:$port",
			'-servername', 'localhost', '-CAfile', certificate() . '.pem');
	}
	else {
		$from = $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die "$url: $!";
	}
	print {$to} "POST $path HTTP/1.1\r\nHost: localhost:$port\r\nAuthorization: Bearer $secret\r\n"
	    . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: $length\r\n\r\n"
	    . substr $body, 0, $sent;
	$to->flush;
	return { pid => $pid, from => $from, to => $to };
}

sub end_post {
	my $client = shift;
	return if !$client->{pid};
	kill 'KILL', $client->{pid};
	waitpid $client->{pid}, 0;
	return;
}

# Whether something comes within some seconds.
sub comes {
	my ($client, $seconds) = @_;
	my $bits = '';
	vec($bits, fileno $client->{from}, 1) = 1;
	return '' if select($bits, undef, undef, $seconds) <= 0;
	sysread $client->{from}, my $head, 4000;
	return $head // '';
}

# The files of 64 KiB or more that the processes of a server have open.
sub large_files {
	my $group = shift;
	my @paths;
	for my $process (glob '/proc/[0-9]*') {
		my $stat = eval { slurp("$process/stat") } // next;
		next if ($stat =~ /\) \S \d+ (\d+)/)[0] != $group;
		push @paths, map { readlink } grep { -f && -s _ >= 1 << 16 } glob "$process/fd/*";
	}
	return grep { !m{/usr/} } @paths;
}

# Connections of a server to a socket of mixspool.
sub connections {
	my $path = shift // return 0;
	return scalar(() = slurp('/proc/net/unix') =~ m{ 03 +\d+ \Q$path\E$}mg);
}

# Programs that run: those that the server starts.
sub programs {
	my $path = programs_for_all();
	return map {/(\d+)/} grep { (eval { slurp("$_/cmdline") } // '') =~ m{\Q$path\E/mixspool\.fcgi} } glob '/proc/[0-9]*';
}

1;

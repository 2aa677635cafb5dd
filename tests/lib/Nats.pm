package Nats;

# A server of NATS with JetStream, and what its streams hold: by the protocol, which is
# text, and not by the recipe's library.

use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use JSON::PP qw(decode_json encode_json);
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Testbed;

our @EXPORT = qw(nats_server nats_ask nats_messages nats_that_answers);

# The server, if the recipe's library is here as well.
sub nats_server {
	return unless () = glob '/usr/lib/*/libnats.so*';
	return grep { -x } '/usr/sbin/nats-server', '/usr/bin/nats-server';
}

sub line_from {
	my $socket = shift;
	return <$socket> // die 'NATS closed the connection';
}

# A connection that can ask; undef: nobody listens.
sub nats_connect {
	my $port = shift;
	my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) or return;
	line_from($socket);
	print {$socket} "CONNECT {\"verbose\":false}\r\nSUB in 1\r\n";
	return $socket;
}

sub ask {
	my ($socket, $subject, $request) = @_;
	my $json = $request ? encode_json($request) : '';
	printf {$socket} "PUB \$JS.API.%s in %d\r\n%s\r\n", $subject, length $json, $json;
	while (1) {
		my $line = line_from($socket);
		print {$socket} "PONG\r\n" if $line =~ /^PING/;
		next unless $line =~ /^MSG .* (\d+)\r\n/;
		my $answer;
		read $socket, $answer, $1 + 2;
		return decode_json($answer);
	}
}

# The answer of JetStream's API to a request; {} if nobody listens.
sub nats_ask {
	my ($port, @request) = @_;
	my $socket = nats_connect($port) or return {};
	return ask($socket, @request);
}

# All messages of a stream, in order.
sub nats_messages {
	my ($port, $stream) = @_;
	my $socket = nats_connect($port) or return ();
	my $state = ask($socket, "STREAM.INFO.$stream")->{state} or return ();
	my @messages;
	for my $number ($state->{first_seq} .. $state->{last_seq}) {
		my $message;
		# A leader that is new may not answer yet.
		wait_until { $message = ask($socket, "STREAM.MSG.GET.$stream", { seq => $number })->{message} }
		    "message $number";
		push @messages, decode_base64($message->{data} // '');
	}
	return @messages;
}

# A server of one connection at a time, which gives the same answer to every request: its
# port. It ends with the test.
sub nats_that_answers {
	my $answer = shift;
	my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die $!;
	my $pid = fork // die "fork: $!";
	return ($server->sockport, $pid) if $pid;
	while (my $socket = $server->accept) {
		my $sid;
		print {$socket} qq(INFO {"max_payload":1048576,"headers":true,"proto":1}\r\n);
		while (defined(my $line = <$socket>)) {
			print {$socket} "PONG\r\n" if $line =~ /^PING/;
			$sid = $1 if $line =~ /^SUB \S+ +(\d+)/;
			next unless $line =~ /^HPUB \S+ (\S+) \d+ (\d+)/;
			read $socket, my $message, $2 + 2;
			printf {$socket} "MSG %s %s %d\r\n%s\r\n", $1, $sid, length $answer, $answer;
		}
	}
	POSIX::_exit(0);
}

1;

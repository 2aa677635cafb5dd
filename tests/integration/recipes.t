#!/usr/bin/env perl
# The recipes of examples/ and crontab-example, each with the real server, started
# here on a free port or socket: all users arrive, and when the server is down none is
# lost.

use strict;
use warnings;
use Test::More;
use Testbed;
use IO::Socket::INET;

my $home = folder();
chmod 0755, $home;
my $examples = top() . '/examples';
my $spool = make_spool(qw(default));
# Users that are hard to carry: quotes, tabs between tokens, digits, any Unicode.
my @users = (
	'{"$distinct_id":"a","$properties":{"$email":"a@example.com","x":"q\"\\\\,\'"}}',
	"{\"\$distinct_id\":7,\t\"\$properties\":{\"n\":0.10,\"y\":\"\xd0\x98\"}}",
	'{"$distinct_id":"b c","$properties":{"$city":"X, Y","z":[1,{"k":null}]}}',
);
my ($status, $out, $err);

sub drains {
	my ($name, @command) = @_;
	my @lines = @_ && ref $command[-1] ? @{ pop @command } : @users;
	put_batch($spool, 'default', $_) for @lines;
	($status, $out, $err) = tool('drain', $spool, '--', @command);
	is "$status$err", '0', "$name: drain exits 0" or return 0;
	is scalar(batches_in($spool)), 0, '... and takes the batches';
	return 1;
}

sub keeps {
	my ($name, @command) = @_;
	put_batch($spool, 'default', $users[0]);
	($status, $out, $err) = tool('drain', $spool, '--', @command);
	is $status, 75, "$name: exit 75" or diag $err;
	is scalar(batches_in($spool)), 1, '... and the batch stays';
	unlike $err, qr/\@example\.com/, '... and prints no personal data';
	unlink batches_in($spool);
	return;
}

subtest Mail => sub {
	my $port = free_port();
	my $log = "$home/smtp.log";
	my $server = spawn(['/usr/bin/python3', '-u', '-m', 'aiosmtpd', '-n',
		'-l', "127.0.0.1:$port", '-c', 'aiosmtpd.handlers.Debugging',
		'stdout'], out => $log, err => $log);
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }
	    'the SMTP server';
	put_batch($spool, 'default', @users);
	my ($line) = slurp(top() . '/crontab-example')
	    =~ /^0 7 \* \* \* +(mixspool stat .*)$/m;
	$line =~ s{/var/spool/mixspool}{$spool};
	$line =~ s{^mixspool}{program('mixspool')}e;
	my $mail = "s-nail -n -S v15-compat -S mta=smtp://127.0.0.1:$port "
	    . '-S smtp-auth=none -S from=cron@example.com';
	$line =~ s{\| mail}{| $mail};
	is system('sh', '-c', $line), 0, 'the crontab line exits 0';
	wait_until { slurp($log) =~ /END MESSAGE/ } 'the mail';
	like slurp($log), qr/^Subject: Users that wait/m, '... its mail has the subject';
	like slurp($log), qr/^default +1 +3 /m, '... and the table';
	unlike slurp($log), qr/a\@example\.com/, '... and no personal data';
	stop($server);
	unlink batches_in($spool);
};

subtest RabbitMQ => sub {
	my ($port, $distribution, $epmd) = map { free_port() } 1 .. 3;
	my $base = "$home/rabbit";
	mkdir $base;
	my %environment = (HOME => $base, RABBITMQ_HOME => '',
		RABBITMQ_NODENAME => "mixspool$$\@localhost",
		RABBITMQ_NODE_PORT => $port, RABBITMQ_DIST_PORT => $distribution,
		RABBITMQ_NODE_IP_ADDRESS => '127.0.0.1',
		RABBITMQ_MNESIA_BASE => "$base/data", RABBITMQ_LOG_BASE => $base,
		RABBITMQ_PID_FILE => "$base/pid", ERL_EPMD_PORT => $epmd,
		ERL_EPMD_ADDRESS => '127.0.0.1',
		RABBITMQ_CONF_ENV_FILE => '/dev/null',
		RABBITMQ_CONFIG_FILE => "$base/none",
		RABBITMQ_ENABLED_PLUGINS_FILE => "$base/plugins");
	delete $environment{RABBITMQ_HOME};
	my $server = spawn(['/usr/lib/rabbitmq/bin/rabbitmq-server'],
		env => \%environment, out => "$base.log", err => "$base.log");
	my $url = "amqp://guest:guest\@127.0.0.1:$port/%2F";
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }
	    'RabbitMQ', 90;
	wait_until {
		!system "amqp-declare-queue -u $url -q users -d >/dev/null 2>&1"
	} 'RabbitMQ to answer', 60;
	drains('pika', "$examples/to-rabbitmq", $url, 'users');
	is_deeply [map {`amqp-get -u $url -q users`} @users], \@users,
	    'the lines, byte for byte, in order';
	drains('pika, a queue of its own', "$examples/to-rabbitmq", $url, 'new');
	keeps('a wrong password', "$examples/to-rabbitmq",
		"amqp://guest:nope\@127.0.0.1:$port/%2F", 'users');
	stop($server);
	keeps('RabbitMQ stopped', "$examples/to-rabbitmq", $url, 'users');
	system "ERL_EPMD_PORT=$epmd epmd -kill >/dev/null 2>&1";
};

# Every drain in crontab-example has a valid command line.
for my $line (slurp(top() . '/crontab-example') =~ /^[*0].*?(mixspool drain .*)$/mg) {
	my ($target) = $line =~ m{(/var/spool/mixspool\S*)};
	my (undef, @words) = split ' ', $line;
	@words = map { s{^/var/spool/mixspool(/vip)?$}{$spool}r } @words;
	local $ENV{PATH} = "$examples:$ENV{PATH}";
	is_deeply [tool(@words)], [0, '', ''], "crontab: $line";
	unlike $line, qr/%/, '... without a %, which cron takes for itself';
}

done_testing;

#!/usr/bin/env perl
# crontab-example: the mail, and the command line of each drain. The recipes of
# examples/ have tests of their own, recipe_*.t.

use strict;
use warnings;
use Test::More;
use Testbed;
use Recipes;
use IO::Socket::INET;

my $home = folder();
my $examples = top() . '/examples';
my $spool = spooled();

subtest Mail => sub {
	my $port = free_port();
	my $log = "$home/smtp.log";
	my $server = spawn(['/usr/bin/python3', '-u', '-m', 'aiosmtpd', '-n',
		'-l', "127.0.0.1:$port", '-c', 'aiosmtpd.handlers.Debugging',
		'stdout'], out => $log, err => $log);
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }
	    'the SMTP server';
	put_batch($spool, 'default', users());
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
	like slurp($log), qr/^default +0 +0 +\w+ +3 /m, '... and the table';
	unlike slurp($log), qr/a\@example\.com/, '... and no personal data';
	my $broken = $line =~ s{\Q$spool\E}{/nonexistent}r;
	system 'sh', '-c', $broken;
	wait_until { slurp($log) =~ /END MESSAGE.*END MESSAGE/s } 'the next mail';
	like slurp($log), qr{^mixspool stat: .*/nonexistent}m,
	    'without a spool the mail says why';
	stop($server);
	local $ENV{DEAD} = "$home/dead.letter";
	isnt system('sh', '-c', "$line 2>$home/mail.log"), 0, 'no SMTP server: not 0';
	isnt slurp("$home/mail.log"), '', '... with a message, which cron mails';
	unlink batches_in($spool);
};

# Every drain in crontab-example has a valid command line.
for my $line (slurp(top() . '/crontab-example') =~ /^[*0].*?(mixspool drain .*)$/mg) {
	my ($target) = $line =~ m{(/var/spool/mixspool\S*)};
	my (undef, @words) = split ' ', $line;
	@words = map { s{^/var/spool/mixspool(/vip)?$}{$spool}r } @words;
	local $ENV{PATH} = program('') . ":$examples:$ENV{PATH}";
	my ($status, $out, $err) = tool(@words);
	# Where there is no system's log, its messages are on standard error.
	$err =~ s/^mixspool drain: cannot reach the system's log: .*\n// if $line =~ /syslog/;
	is_deeply [$status, $out, $err], [0, '', ''], "crontab: $line";
	unlike $line, qr/%/, '... without a %, which cron takes for itself';
}

done_testing;

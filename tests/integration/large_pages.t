#!/usr/bin/env perl
# Pages of many megabytes: what they take of memory, and what becomes of those that
# do not fit into MIXSPOOL_MEMORY.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;

sub resident {
	my ($pid, $what) = @_;
	my ($kib) = slurp("/proc/$pid/status") =~ /^$what:\s+(\d+) kB/m;
	return $kib / 1024;
}

my %as_json = (CONTENT_TYPE => 'application/json');

sub page {
	my ($count, $size) = @_;
	my $member = '{"mixpanel_distinct_id":"u","a":"' . 'x' x ($size - 40) . '"}';
	return '{"action":"members","parameters":{"mixpanel_cohort_id":"1","members":['
	    . join(',', ($member) x $count) . ']}}';
}

my $receiver = receiver();
SKIP: {
	skip 'a sanitizer takes memory for itself', 1 if $ENV{SANITIZED};
	fastcgi($receiver->{socket}, page(1, 100), \%as_json) for 1 .. 100;
	my $idle = resident($receiver->{pid}, 'VmRSS');
	cmp_ok $idle, '<', 3, sprintf '%.1f MiB idle', $idle;
}

# Posts the body from a process of its own, since the receiver may not read it yet.
sub post {
	my ($socket_path, $records) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	my $socket = fastcgi_connect($socket_path);
	fastcgi_send($socket, $records);
	POSIX::_exit(fastcgi_answer($socket)->{status} == 200 ? 0 : 1);
}

my $body = page(1000, 16384);
my $records = fastcgi_records($body, \%as_json);
my @pids = map { post($receiver->{socket}, $records) } 1 .. 16;
is scalar(grep { waitpid($_, 0); $? == 0 } @pids), 16, sprintf '16 pages of %.1f MiB at once: all 200', length($body) / 2**20;
is scalar(lines_in($receiver->{spool})), 16000 + ($ENV{SANITIZED} ? 0 : 100), '... each line is there';
SKIP: {
	skip 'a sanitizer takes memory for itself', 1 if $ENV{SANITIZED};
	my $peak = resident($receiver->{pid}, 'VmHWM');
	cmp_ok $peak, '<', 128, sprintf '%.1f MiB at most', $peak;
}
stop($receiver->{pid});

# What does not fit waits for what is in hand, and is then 503; what fits passes it.
$receiver = receiver(env => { MIXSPOOL_MEMORY => '1M' });
$body = page(1, 900_000);
my $slow = fastcgi_connect($receiver->{socket});
$records = fastcgi_records($body, \%as_json);
fastcgi_send($slow, substr $records, 0, -8);
wait_until { resident($receiver->{pid}, 'RssAnon') > 0.9 } 'the body to be in hand';
my $waiting = fastcgi_connect($receiver->{socket});
fastcgi_send($waiting, $records);
is fastcgi($receiver->{socket}, page(1, 100), \%as_json)->{status}, 200, 'a small page passes one that waits';
my $answer = fastcgi_answer($waiting);
is $answer->{status}, 503, 'what waits for too long is 503';
like $answer->{text}, qr/"message": "too many bodies at once for 1048576 bytes of memory \(MIXSPOOL_MEMORY\)", "code": 503/,
    '... and says why';
my $pid = post($receiver->{socket}, $records);
is fastcgi($receiver->{socket}, page(1, 100), \%as_json)->{status}, 200, 'a small page, once more';
fastcgi_send($slow, substr $records, -8);
is fastcgi_answer($slow)->{status}, 200, 'the body in hand: 200';
waitpid $pid, 0;
is $?, 0, '... then the one that waited';
$answer = fastcgi($receiver->{socket}, page(2, 900_000), \%as_json);
is $answer->{status}, 200, 'a single body may be larger than MIXSPOOL_MEMORY';
$answer = fastcgi($receiver->{socket}, page(2, 900_000), { %as_json, CONTENT_LENGTH => undef });
is $answer->{status}, 200, '... without a Content-Length, too';
stop($receiver->{pid});

done_testing;

#!/usr/bin/env perl
# Resident memory: idle with 16 threads, and with 16 bodies of 1 MiB in flight,
# of the usual kind and of the most wasteful that JSON allows.

use strict;
use warnings;
use POSIX qw(strftime);
use Test::More;
use Testbed;

sub peak_mib {
	my $pid = shift;
	my ($kib) = slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;
	return $kib / 1024;
}

my $receiver = receiver();
fastcgi($receiver->{socket}, 'users=[]') for 1 .. 100;
my $idle = peak_mib($receiver->{pid});
cmp_ok $idle, '<', 6, sprintf '%.1f MiB idle', $idle;
stop($receiver->{pid});

my $size = 1048576 - length 'users=[]';

sub usual {
	my $user = '{"$distinct_id":"a","$properties":{"x":"'
	    . 'x' x 950 . '"}}';
	return 'users=[' . join(',', ($user) x 1000) . ']';
}

# One user whose tree is many times its text.
sub lists {
	my $list = shift;
	my ($before, $after) = ('{"$distinct_id":"a","$properties":{"x":[',
		']}}');
	my $room = $size - length $before . $after;
	return "users=[$before" . "$list," x ($room / (1 + length $list) - 1)
	    . "$list$after]";
}

sub members {
	my ($before, $after) = ('{"$distinct_id":"a","$properties":{', '}}');
	my $members = join ',', map {"\"$_\":{}"} 1 .. ($size - 200) / 12;
	return "users=[$before$members$after]";
}

# Large users are parsed one at a time, so that hostile ones add up to one tree.
for my $kind ([usual => usual(), 80], [members => members(), 80],
	['empty lists' => lists('[]'), 192],
	['deep lists' => lists('[' x 60 . ']' x 60), 192]) {
	my ($name, $body, $limit) = @$kind;
	$receiver = receiver(
		env => { LD_PRELOAD => program('tests/faults/slow_disk.so'),
			SLOW_DISK_MS => 500 });
	my $records = fastcgi_records($body, {});
	# All but the end first, so that 16 whole bodies are held at once.
	my @sockets = map { fastcgi_connect($receiver->{socket}) } 1 .. 16;
	fastcgi_send($_, substr $records, 0, -8) for @sockets;
	fastcgi_send($_, substr $records, -8) for @sockets;
	my @status = map { fastcgi_answer($_)->{status} } @sockets;
	is scalar(grep { $_ == 200 } @status), 16, "$name: 16 answered 200";
	my $peak = peak_mib($receiver->{pid});
	cmp_ok $peak, '<', $limit, sprintf
	    '%s: %.1f MiB with 16 bodies of %.2f MiB', $name, $peak,
	    length($body) / 1048576;
	stop($receiver->{pid});
}

# Small bodies with the longest headers that Apache hands on: what waits for the
# disk holds them, too.
my $slow = receiver(
	env => { LD_PRELOAD => program('tests/faults/slow_disk.so'),
		SLOW_DISK_MS => 500 });
my $records = fastcgi_records(form('[{"$distinct_id":1,"$properties":{}}]'),
	{ map { ("HTTP_X_$_" => 'x' x 8000) } 1 .. 8 });
my @sockets = map { fastcgi_connect($slow->{socket}) } 1 .. 250;
fastcgi_send($_, $records) for @sockets;
my @waiting = map { fastcgi_answer($_)->{status} } @sockets;
is scalar(grep { $_ == 200 } @waiting), 250, 'long headers: all answered 200';
my $with_headers = peak_mib($slow->{pid});
cmp_ok $with_headers, '<', 20, sprintf
    'long headers: %.1f MiB with 250 requests of 64 kB', $with_headers;
stop($slow->{pid});

# Status pages at the same time: what they show is in memory for one of them, beside
# the texts of those that are sent.
my $spool = make_spool(map {"c$_"} 1 .. 200);
my ($day) = strftime('%Y-%m-%d', gmtime);
mkdir "$spool/.journal";
spew("$spool/.journal/$day.jsonl", join '', map {
	my $campaign = $_;
	map { sprintf qq({"at":"%sT00:00:00.000Z","campaign":"c%d","status":200,"format":"cohort",)
		    . qq("users":1,"bytes":1,"ms":1,"action":"members","cohort":"%d","name":"%s"}\n),
		$day, $campaign, $_, 'n' x 200 } 1 .. 64
} 1 .. 200);
my $secret = new_file('s3cret');
chmod 0600, $secret;
$receiver = receiver(spool => $spool, env => { MIXSPOOL_SECRET_FILE => $secret });
my $look = fastcgi_records('', { REQUEST_METHOD => 'GET', HTTP_AUTHORIZATION => 'Bearer s3cret' });
my ($before, $shown) = (peak_mib($receiver->{pid}), 0);
for (1 .. 4) {
	my @lookers = map { fastcgi_connect($receiver->{socket}) } 1 .. 4;
	fastcgi_send($_, $look) for @lookers;
	$shown += grep { fastcgi_answer($_)->{status} == 200 } @lookers;
}
cmp_ok $shown, '>=', 8, '4 look at the status page, four times';
my $pages = peak_mib($receiver->{pid}) - $before;
cmp_ok $pages, '<', 16, sprintf '... which takes %.1f MiB', $pages;
stop($receiver->{pid});

done_testing;

#!/usr/bin/env perl
# What mixspool stat says of the journal and of the receiver: the table, --json,
# --prometheus and the plugin. alarms.t has when they raise an alarm.

use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $spool = make_spool(map { ($_, "$_/new", "$_/tmp") } qw(default vip));
my $now = time;
# The journal is of today, however young the day is.
my $early = $now - $now % 86400;

sub at {
	my $ago = shift;
	return strftime '%FT%T.250Z', gmtime($now - $ago < $early ? $early : $now - $ago);
}

sub note_lines {
	my $day = strftime '%F', gmtime $now;
	mkdir "$spool/.journal";
	spew("$spool/.journal/$day.jsonl", join '', map {"$_\n"} @_);
	return;
}

sub came {
	my ($campaign, $status, $ago, %more) = @_;
	return encode_json({ at => at($ago), length $campaign ? (campaign => $campaign) : (),
		status => $status, users => 0, bytes => 9, ms => 12, %more });
}

sub ran {
	my ($campaign, $exit, $ago) = @_;
	return encode_json({ at => at($ago), campaign => $campaign, command => 'import',
		users => 10, exit => $exit, seconds => 1.5 });
}

sub json_of {
	my ($status, $out) = tool('stat', '--json', @_);
	is $status, 0, "stat --json @_";
	return map { ($_->{campaign} // '' => $_) } @{ decode_json($out) };
}

# Without a journal.
my ($status, $out, $err) = tool('stat', $spool);
is "$status$err", '0', 'without a journal: exit 0';
is $out, <<'END', '... and nothing is known';
CAMPAIGN         TODAY REFUSED ARRIVED WAITING OLDEST TAKEN FAILED ASIDE  DONE
default              0       0       -       0      -     -      0     0     0
vip                  0       0       -       0      -     -      0     0     0
END

# With one.
my $hostile = "a\e[31m\x{202e}|x";
note_lines(came('default', 200, 9, users => 50), came('default', 200, 8, users => 2, aside => 1, ms => 3000),
	came('default', 401, 7, why => 'wrong secret'), came('vip', 200, 6),
	came('none', 404, 5, why => 'there is no campaign none'), came('', 404, 4, why => $hostile),
	ran('default', 0, 3), ran('default', 75, 2));
($status, $out, $err) = tool('stat', $spool);
is "$status$err", '0', 'with one: exit 0';
like $out, qr/^default +52 +1 +\d+s +0 +- +\d+s +0 +0 +0$/m, '... what came and was refused today, arrived and was taken';
like $out, qr/^vip +0 +0 +\d+s +0 +- +- +0 +0 +0$/m, '... an empty page has arrived';
like $out, qr/^default: 1 request refused today, the last \d+s ago: 401, wrong secret$/m, '... why one was refused';
like $out, qr/^default: drain's command failed \d+s ago, with exit status 75$/m, '... that a run failed';
like $out, qr/^no campaign: 2 requests refused today, the last \d+s ago: 404, a\\x1b\[31m\\xe2\\x80\\xae\|x$/m,
    '... and what came for none, without its control characters';
is_deeply [grep { length > 80 } grep {/^(?:CAMPAIGN|default |vip )/} split /\n/, $out], [],
    '... on 80 columns';
unlike +(tool('stat', "$spool/vip"))[1], qr/no campaign|wrong secret/, 'a campaign alone has its own';
like +(tool('stat', "$spool/default"))[1], qr/^default +52 +1 /m, '... from the journal of its spool';

my %json = json_of($spool);
is_deeply [sort keys %json], ['', qw(default vip)], '... has what came for no campaign as null';
is_deeply [@{ $json{default} }{qw(requests_today users_today refused_today users_total aside_total runs_total
	failed_runs_total last_run_exit_status receiver done_batches)}],
    [3, 52, 1, 52, 1, 2, 1, 75, undef, 0], '... the numbers';
is_deeply [@{ $json{default}{last_refusal} }{qw(status reason)}], [401, 'wrong secret'], '... the refusal';
is $json{vip}{last_refusal}, undef, '... null without one';
is $json{''}{last_refusal}{reason}, $hostile, '... and a reason as it is';
ok defined $json{default}{$_} && $json{default}{$_} < 60, "... $_"
    for qw(last_arrival_age_seconds last_handover_age_seconds);
is $json{vip}{last_handover_age_seconds}, undef, '... null for never';
cmp_ok $json{vip}{free_bytes}, '>', 0, '... and the free bytes';
%json = json_of("$spool/default");
is_deeply [keys %json], ['default'], '... of one campaign only that';

($status, $out) = tool('stat', '--prometheus', $spool);
is $status, 0, 'stat --prometheus';
like $out, qr/^mixspool_$_$/m, "... $_"
    for map {quotemeta} 'requests_total{campaign="default",status="200"} 2', 'requests_total{campaign="default",status="401"} 1',
	'requests_total{campaign="vip",status="503"} 0', 'requests_total{status="404"} 2',
	'stored_users_total{campaign="default"} 52', 'stored_aside_elements_total{campaign="default"} 1',
	'store_duration_seconds_bucket{campaign="default",le="0.01"} 0',
	'store_duration_seconds_bucket{campaign="default",le="0.025"} 1',
	'store_duration_seconds_bucket{campaign="default",le="5"} 2',
	'store_duration_seconds_bucket{campaign="default",le="+Inf"} 2',
	'store_duration_seconds_sum{campaign="default"} 3.012', 'store_duration_seconds_count{campaign="default"} 2',
	'drain_runs_total{campaign="default"} 2', 'drain_failed_runs_total{campaign="default"} 1';
like $out, qr/^mixspool_\Q$_\E_timestamp_seconds\{campaign="default"\} 1\d{9}/m, "... $_"
    for qw(last_arrival drain_last_success last_refusal made);
unlike $out, qr/^mixspool_drain_last_success_timestamp_seconds\{campaign="vip"\}/m, '... and no time of what never was';
like $out, qr/^mixspool_free_bytes\{campaign="vip"\} \d+$/m, '... free_bytes';
unlike $out, qr/^mixspool_up\b/m, '... without a socket nothing is known of the receiver';
my @types = $out =~ /^# TYPE mixspool_(\w+ \w+)$/mg;
my %count;
is_deeply [grep { $count{$_}++ } @types], [], '... each has its type once';
is_deeply [grep { /_total counter$/ xor / counter$/ } @types], [], '... counters end in _total';
is `promtool check metrics <@{[new_file($out)]} 2>&1`, '', '... promtool has no complaint';

# A journal that cannot be read is not an empty one.
my @nobody = $> == 0 ? qw(setpriv --reuid=65534 --clear-groups) : ();
chmod 0755, folder();
chmod 0, "$spool/.journal";
my $log = folder() . '/closed';
for my $case (['stat', 77], ['stat', '-w', '1h', 3]) {
	my ($expected, @words) = (pop @$case, @$case);
	my $pid = spawn([@nobody, program('mixspool'), @words, $spool], out => $log, err => $log);
	is exit_of(reap($pid)), $expected, "@words: a journal that is closed: exit $expected";
}
like slurp($log), qr/^mixspool stat: cannot read the journal: Permission denied$/m, '... and a message';
chmod 0755, "$spool/.journal";

# A campaign to which nothing ever came counts when it is named, or when nothing came to
# any; one that was made by itself is no alarm.
my $young = make_spool(map { ($_, "$_/new", "$_/tmp") } qw(default vip));
my $silence = sub { return (tool('stat', '--silent', @_))[1] };
wait_until { $silence->(0, $young) =~ /WARNING - nothing has ever come to default for \d+s; / } 'silence of all';
like $silence->('1h', $young), qr/ OK - .* silent=\d+s;3600$/m, '--silent: the age counts from the making';
mkdir "$young/.journal";
spew("$young/.journal/" . strftime('%F', gmtime $now) . '.jsonl', came('vip', 200, 5) . "\n");
like $silence->(0, $young), qr/WARNING - nothing has come to vip for \d+s; /, '... only what has come falls silent';
like $silence->('1h', $young), qr/ OK - /, '... and default is no alarm';
wait_until { $silence->(0, "$young/default") =~ /nothing has ever come to default for \d+s; / } 'silence of a named one';
unlink glob "$young/.journal/*";
put_batch($young, 'default', user('a'));
like $silence->('1d', "$young/default"), qr/nothing has come to default for \d+d; /,
    '... without a journal a batch says when something came';

# The receiver.
my $receiver = receiver(spool => $spool);
($status, $out) = tool('stat', '--socket', $receiver->{socket}, $spool);
like $out, qr/^$_: the receiver answers 200: a POST to campaign $_ can be stored$/m, "--socket: $_"
    for qw(default vip);
%json = json_of('--socket', $receiver->{socket}, $spool);
is_deeply $json{vip}{receiver}, { healthy => JSON::PP::true, status => 200,
	answer => 'a POST to campaign vip can be stored' }, '... in JSON';
($status, $out) = tool('stat', '--prometheus', '--socket', $receiver->{socket}, $spool);
like $out, qr/^mixspool_up\{campaign="vip"\} 1$/m, '... for Prometheus';
is `promtool check metrics <@{[new_file($out)]} 2>&1`, '', '... promtool has no complaint';
($status, $out) = tool('stat', '-a', 0, '--socket', $receiver->{socket}, $spool);
is $status, 0, '... and as a plugin';
like $out, qr/ up=1$/, '... with a number';
rename "$spool/vip/new", "$spool/vip/away";
spew("$spool/vip/new", '');
wait_until { (tool('stat', '-a', 0, '--socket', $receiver->{socket}, "$spool/default"))[0] == 0 } 'default';
stop($receiver->{pid});
unlink "$spool/vip/new";
rename "$spool/vip/away", "$spool/vip/new";
($status, $out) = tool('stat', '--socket', $receiver->{socket}, $spool);
like $out, qr/^$_: the receiver does not answer: \w/m, "a receiver that is gone: $_" for qw(default vip);

# What is no receiver: each is down, with a line, and without end is none.
my %peers = (
	'closes at once' => sub { },
	'is a web server' => sub { syswrite $_[0], "HTTP/1.1 400 Bad Request\r\n\r\n" x 20 },
	'answers no CGI' => sub { syswrite $_[0], pack('CCnnCC', 1, 6, 1, 5, 0, 0) . 'hello' . pack('CCnnCCx8', 1, 3, 1, 8, 0, 0) },
	'answers without end' => sub { 1 while syswrite $_[0], pack('CCnnCC', 1, 6, 1, 60000, 0, 0) . 'x' x 60000 },
	'breaks off' => sub { syswrite $_[0], pack('CCnnCC', 1, 6, 1, 500, 0, 0) . 'Status: 200 OK' },
	'has a wrong status' => sub { syswrite $_[0], pack('CCnnCC', 1, 6, 1, 20, 0, 0) . "Status: 2000 OK\r\n\r\nx" =~ s/OK/O/r . pack('CCnnCCx8', 1, 3, 1, 8, 0, 0) },
	'does not answer' => sub { sleep 60 },
);
my $n = 0;
for my $peer (sort keys %peers) {
	my $socket = folder() . '/peer' . $n++;
	my $listener = IO::Socket::UNIX->new(Local => $socket, Listen => 9) or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		local $SIG{PIPE} = 'DEFAULT';
		while (my $client = $listener->accept) {
			sysread $client, my $request, 9999;
			$peers{$peer}->($client);
		}
		POSIX::_exit(0);
	}
	close $listener;
	($status, $out, $err) = tool('stat', '-w', '1d', '--socket', $socket, $spool);
	is "$status$err", 2, "a peer that $peer: exit 2";
	like $out, qr/^MIXSPOOL CRITICAL - the receiver does not answer: [^;]+; [^\n]* up=0$/, '... and why';
	kill 'KILL', $pid;
	waitpid $pid, 0;
}
for my $case (['is not there', "$spool/none.sock", 'No such file or directory'],
	['is dead', folder() . '/peer0', 'Connection refused'], ['is a folder', $spool, 'Connection refused'],
	['is too long', '/' . 'x' x 200, 'File name too long']) {
	my ($what, $socket, $why) = @$case;
	($status, $out) = tool('stat', '-w', '1d', '--socket', $socket, $spool);
	like $out, qr/^MIXSPOOL CRITICAL - the receiver does not answer: $why; /, "a socket that $what: $status";
	is +(tool('stat', '--socket', $socket, $spool))[0], 0, '... the table is a table';
}
is_deeply [tool('stat', '--socket', '127.0.0.1:9000', $spool)],
    [64, '', "mixspool stat: --socket is '127.0.0.1:9000': it takes a path, with a slash\n"], 'an address is no path';
for my $option (['--silent', 'soon'], ['--refused', 'many']) {
	($status, $out, $err) = tool('stat', @$option, $spool);
	is $status, 3, "@$option: UNKNOWN";
	like $err, qr/^mixspool stat: $option->[0] is '$option->[1]': it takes /, '... and why';
}

done_testing;

#!/usr/bin/env perl
# What can go wrong, as a table: in each situation mixspool stat as a plugin, the rules of
# examples/prometheus-alerts.yml, the title of the status page and mixspool doctor raise the
# same alarm, and none when it is over.

use strict;
use warnings;
use Alerts;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $promtool = system('promtool --version >/dev/null 2>&1') == 0;
my ($hour, $day) = (3600, 86400);
my $now = time;

# Each situation begins with a spool and a receiver that are well, and has one batch
# behind it that was handed over.
my ($spool, $receiver);

sub iso { return strftime '%FT%T.000Z', gmtime shift }

# Adds to the journal's file of that day.
sub note_line {
	my ($at, %line) = @_;
	mkdir "$spool/.journal";
	open my $file, '>>', "$spool/.journal/" . strftime('%F', gmtime $at) . '.jsonl' or die $!;
	print $file JSON::PP->new->canonical->encode({ at => iso($at), campaign => 'default', %line }), "\n";
	close $file or die $!;
	return;
}

sub note_request { return note_line(shift, status => 200, users => 0, bytes => 8, ms => 1, @_) }
sub note_run { return note_line(shift, command => 'import', users => 1, exit => shift, seconds => 0.1) }

# A batch of that time.
my $batches = 0;

sub put_at {
	my ($at, $state) = @_;
	my $name = strftime('%Y%m%dT%H%M%S', gmtime $at) . sprintf '.000000Z-9f3a1c22-%06d-1.jsonl', ++$batches;
	return spew("$spool/default/$state/$name", user('a') . "\n");
}

sub start {
	my (%environment) = @_;
	$receiver = receiver(spool => $spool, socket => folder() . '/receiver.sock', env => \%environment);
	wait_until { slurp($receiver->{log}) =~ /ready/ } 'the receiver';
	$receiver->{has_secret} = defined $environment{MIXSPOOL_SECRET_FILE};
	return;
}

sub halt {
	stop($receiver->{pid});
	unlink $receiver->{socket};
	return;
}

sub restart {
	halt();
	start(@_);
	return;
}

sub post {
	my ($body, %variables) = @_;
	return fastcgi($receiver->{socket}, $body, \%variables)->{status};
}

sub drains_with { return tool('drain', '-q', $spool, '--', 'sh', '-c', shift) }

my $secret = new_file('s3cret');
chmod 0600, $secret;
my $empty_page = '{"action":"add_members","parameters":{"mixpanel_cohort_id":"7","members":[]}}';

# name; what makes it, what mends it; the plugin's exit status and a part of its line; the
# alert; a part of the page's title, undefined where mixspool report cannot know; what
# doctor says. With "quiet" nothing was noted before it.
my $day_file = strftime('%F.jsonl', gmtime $now);
my @situations = (
	['the receiver is dead', \&halt, \&start, 2,
		qr/the receiver does not answer: No such file or directory/, 'MixspoolCannotStore', undef,
		qr/^wrong +socket .*: No such file or directory$/m],
	['the receiver is dead, and left its socket', sub { kill 'KILL', $receiver->{pid}; reap($receiver->{pid}) },
		\&start, 2, qr/the receiver does not answer: Connection refused/, 'MixspoolCannotStore', undef,
		qr/^wrong +socket .*: Connection refused$/m],
	['the disk is full', sub { restart(MIXSPOOL_MIN_FREE => 1 << 60, MIXSPOOL_SECRET_FILE => $secret) }, sub { restart() }, 2,
		qr/the receiver cannot store for default: the spool's file system has less than \d+ bytes free/,
		'MixspoolCannotStore', qr/[Dd]isk/, qr/^wrong +socket .* bytes free/m],
	['the command fails', sub { put_at($now - 3 * $hour, 'new'); drains_with('exit 75') },
		sub { drains_with('cat >/dev/null') }, 1,
		qr/the last run for default failed with exit status 75; 1 batch with 1 user waits, the oldest for 1\d{4} s/,
		'MixspoolNotTaken', qr/last hand-over failed/,
		qr/^warning +traffic +default: the last run of drain's command failed with exit status 75$/m],
	['drain does not run', sub { put_at($now - 25 * $hour, 'new') }, sub { unlink batches_in($spool) }, 2,
		qr/- 1 batch with 1 user waits, the oldest for \d{5} seconds/, 'MixspoolNotTaken',
		qr/oldest batch has waited for 25 hours/,
		qr/^warning +traffic +default: the oldest batch has waited for 25h$/m],
	['the command refuses a batch', sub { put_at($now - 60, 'failed') },
		sub { unlink batches_in($spool, 'default', 'failed') }, 1, qr/ 1 failed, /, 'MixspoolNotTaken',
		qr/command has refused 1 batch/, qr/^warning +traffic +default: the command has refused 1 batch$/m],
	['silence', sub { note_request($now - 2 * $day) },
		sub { post($empty_page, CONTENT_TYPE => 'application/json') == 200 or die }, 1,
		qr/nothing has come to default for 2d; /, 'MixspoolNothingComes', qr/Nothing has arrived for 2 days/,
		qr/^warning +traffic +nothing has come to default for 2d$/m, 'quiet'],
	['silence, and refusals', sub { note_request($now - 2 * $day); post('x') for 1 .. 3 },
		sub { post('users=[]') == 200 or die }, 1, qr/nothing has come to default for 2d; /,
		'MixspoolNothingComes', qr/last request was refused/,
		qr/^warning +traffic +nothing has come to default for 2d$/m, 'quiet'],
	['refusals', sub { post('x') == 400 or die for 1 .. 30 },
		sub { unlink glob "$spool/.journal/*.jsonl"; note_request($now) }, 1,
		qr/30 requests refused today, the last with 400, the form has no field users; /, 'MixspoolNothingComes',
		qr/last request was refused/, qr/^warning +traffic +30 requests were refused today$/m],
	['refusals that name no campaign', sub { post('x', PATH_INFO => '/none') == 404 or die for 1 .. 30 },
		sub { unlink glob "$spool/.journal/*.jsonl"; note_request($now) }, 1,
		qr/30 requests refused today, the last with 404, there is no campaign none/, 'MixspoolNothingComes',
		qr/refused before it reached a campaign/, qr/^warning +traffic +30 requests were refused today$/m],
	['the journal cannot be written',
		sub { mkdir "$spool/.journal"; mkdir "$spool/.journal/$day_file"; post('users=[]') == 200 or die },
		sub {
			rmdir "$spool/.journal/$day_file";
			post('users=[]') == 200 or die;
			wait_until { -s "$spool/.journal/$day_file" } 'the journal';
		}, 1,
		qr/WARNING - the journal cannot be written: Invalid argument; /, 'MixspoolNothingComes',
		qr/^The journal cannot be written: what arrives is not known here/,
		qr/^warning +traffic +the journal cannot be written: Invalid argument$/m, 'quiet'],
	['the journal is off', sub { restart(MIXSPOOL_JOURNAL_DAYS => 0); post('users=[]') == 200 or die },
		sub { restart() }, 3, qr/UNKNOWN - the journal is off \(MIXSPOOL_JOURNAL_DAYS=0\)/, undef,
		qr/^The journal is off: what arrives is not known here/,
		qr/^skipped +traffic +the journal is off \(MIXSPOOL_JOURNAL_DAYS=0\): what came is not known$/m],
	['the clock was set back', sub { put_at($now + 2 * $day, 'new') }, sub { unlink batches_in($spool) }, 1,
		qr/a batch of default is dated after now: a clock was wrong; /, 'MixspoolNotTaken', qr/A clock was wrong/,
		qr/^warning +traffic +default: a batch is dated after now: a clock was wrong$/m],
	['the clock was set back, and hides no silence',
		sub { note_request($now - 2 * $day); note_request($now + 2 * $day) },
		sub { post('users=[]') == 200 or die }, 1, qr/nothing has come to default for 2d; /,
		'MixspoolNothingComes', qr/Nothing has arrived for 2 days/,
		qr/^warning +traffic +nothing has come to default for 2d$/m, 'quiet'],
);

# By the rights alone, which keep root out of nothing.
push @situations, ['the journal is of another user',
	sub { chmod 0700, "$spool/.journal"; chown 65534, 65534, $spool },
	sub {
		chown 65534, 65534, "$spool/.journal";
		post('users=[]') == 200 or die;
		wait_until { -s "$spool/.journal/$day_file" } 'the journal';
	}, 1,
	qr/WARNING - the journal cannot be written: Permission denied; /, 'MixspoolNothingComes',
	qr/^The journal cannot be written: what arrives is not known here/,
	qr/^warning +traffic +the journal cannot be written: Permission denied$/m, 'quiet']
    if $> == 0;

sub plugin {
	return tool('stat', '-w', '1h', '-c', '1d', '--silent', '1d', '--refused', 10,
		'--socket', $receiver->{socket}, $spool);
}

# Of the page that the receiver shows, which knows when it has no room; or else of the
# file.
sub title {
	my ($status, $page) = tool('report', $spool);
	$page = fastcgi($receiver->{socket}, '',
		{ REQUEST_METHOD => 'GET', HTTP_AUTHORIZATION => 'Bearer s3cret' })->{text}
	    if $receiver->{has_secret};
	return $status == 0 && $page =~ /<title>(.*?)</ ? $1 : "exit $status";
}

sub doctor { return (tool('doctor', '--socket', $receiver->{socket}, $spool))[1] }

sub metrics {
	return (tool('stat', '--prometheus', '--socket', $receiver->{socket}, $spool))[1];
}

# The receiver keeps its answer for a second, and writes the journal behind an answer.
sub plugin_when {
	my ($expected, $pattern) = @_;
	my @result;
	eval {
		wait_until { @result = plugin(); $result[0] == $expected && $result[1] =~ $pattern } 'the alarm', 5;
	};
	return @result;
}

sub alerts_of {
	my ($before, $after) = @_;
	return join ' ', grep { fires($_, $before, $after) } alert_names();
}

for my $situation (@situations) {
	my ($name, $break, $mend, $expected, $line, $alert, $title, $doctor, $is_quiet) = @$situation;
	$spool = make_spool('default', map {"default/$_"} qw(tmp new failed done));
	start();
	if (!$is_quiet) {
		note_request($now - 120, users => 1);
		note_run($now - 100, 0);
		my ($status, $out) = plugin();
		is $status, 0, "$name: before it all is well" or diag $out;
		like title(), qr/^All well/, '... on the page, too';
		like doctor(), qr/^ok +traffic /m, '... and for doctor';
	}
	my $before = metrics();
	$break->();
	my ($status, $out) = plugin_when($expected, $line);
	is $status, $expected, "$name: exit $expected";
	like $out, $line, '... and a line that says it';
	like title(), $title, '... as the page does' if $title;
	like doctor(), $doctor, '... as doctor does';
	my $after = metrics();
	SKIP: {
		skip 'promtool is not installed', 1 if !$promtool;
		is alerts_of($before, $after), $alert // '', '... ' . ($alert // 'no alert');
	}
	$mend->();
	($status, $out) = plugin_when(0, qr/^MIXSPOOL OK - /);
	like "$status $out", qr/\A0 MIXSPOOL OK - /, '... and that it is over';
	like title(), qr/^(?:All well|\d+ requests? refused today; )/, '... on the page, too';
	like doctor(), qr/^ok +socket .*^ok +traffic /ms, '... and for doctor';
	SKIP: {
		skip 'promtool is not installed', 1 if !$promtool;
		my $later = metrics();
		is alerts_of($later, $later), '', '... for Prometheus, too';
	}
	halt();
}

# Nobody runs stat any more: the file gets old.
SKIP: {
	skip 'promtool is not installed', 2 if !$promtool;
	start();
	my $well = metrics();
	ok !fires('MixspoolCannotStore', $well, $well), 'stat is run: no alert';
	ok fires('MixspoolCannotStore', $well, $well, 1), 'stat is not run: an alert';
	halt();
}

done_testing;

#!/usr/bin/env perl
# mixspool log: what came and what was handed over, in words, as it arrives, over the
# change of day, and before anything has come.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Testbed;

my ($status, $out, $err);
sub show_log {
	my @environment = ref $_[0] ? shift : {};
	$environment[0]{TZ} //= 'UTC';
	($status, $out, $err) = tool(@environment, 'log', @_);
	return $status;
}

sub day_of { return strftime('%Y-%m-%d', gmtime shift) }

# Appends lines to a day's file, as the receiver does.
sub put_lines {
	my ($spool, $day, @lines) = @_;
	mkdir "$spool/.journal";
	open my $file, '>>:raw', "$spool/.journal/$day.jsonl" or die $!;
	$file->autoflush(1);
	print $file join '', map {"$_\n"} @lines;
	close $file or die $!;
	return;
}

sub line_of {
	my ($time, %members) = @_;
	my $at = strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $time);
	return JSON::PP->new->utf8->canonical->encode({ at => $at, %members });
}

# A time is that of the line; what is to be seen has none.
sub put_entry {
	my ($spool, $time, %members) = @_;
	put_lines($spool, day_of($time), line_of($time, %members));
	return;
}

sub shown { return [map { s/\A\S+ \S+  //r } split /\n/, shift] }

my $spool = make_spool(qw(default vip));
is show_log($spool), 0, 'without a journal: exit 0';
is "$out$err", "mixspool log: there is no journal yet: no request has come, or "
    . "MIXSPOOL_JOURNAL_DAYS is 0\n", '... and why nothing is shown';

# In words.
my $now = int time;
my @words = (
	[{ status => 200, format => 'form', users => 50, bytes => 1, ms => 2 },
		'200  50 users'],
	[{ status => 200, format => 'form', users => 1, bytes => 1, ms => 2 }, '200  1 user'],
	[{ status => 200, format => 'form', users => 49, aside => 1, why => 'it is not an object' },
		'200  49 users, 1 set aside: it is not an object'],
	[{ status => 200, format => 'cohort', users => 1000, action => 'add_members',
			project => '7', cohort => '12', name => 'Loyal', page => 3, pages => 10 },
		'200  page 3 of 10 of cohort Loyal, 1000 members added'],
	[{ status => 200, users => 1, action => 'remove_members', cohort => '12' },
		'200  a page of cohort 12, 1 member removed'],
	[{ status => 200, users => 0, action => 'members', cohort => '12', page => 3 },
		'200  page 3 of cohort 12, 0 members'],
	[{ status => 200, format => 'alert', users => 1 }, '200  an alert'],
	[{ status => 200, format => 'stream', users => 7 }, '200  7 events'],
	[{ status => 400, why => 'not JSON at byte 7' }, '400  refused: not JSON at byte 7'],
	[{ status => 503 }, '503  refused'],
	[{ status => 200, requests => 1234, users => 61700, aside => 2 },
		'200  1234 requests in this minute, 61700 users, 2 set aside'],
	[{ status => 401, requests => 1 }, '401  1 request refused in this minute'],
	[{ command => 'to-postgres', users => 1000, exit => 0, seconds => 1.234 },
		'run  handed 1000 users to to-postgres in 1.2 s'],
	[{ command => 'to-postgres', users => 0, exit => 1, seconds => 0.1 },
		'run  to-postgres failed, exit 1'],
	[{ command => 'to-postgres', users => 9, exit => 65, seconds => 0.1 },
		'run  to-postgres failed on 9 users, exit 65'],
);
put_entry($spool, $now, campaign => 'default', %{ $_->[0] }) for @words;
is show_log($spool), 0, 'log: exit 0';
is_deeply shown($out), [map { sprintf '%-16s %s', 'default', $_->[1] } @words],
    '... what came and what was handed over, in words';
is $err, '', '... and nothing else';

# Local time.
show_log({ TZ => 'Asia/Kolkata' }, $spool);
my $local = strftime('%Y-%m-%d %H:%M:%S', gmtime $now + 5.5 * 3600);
like $out, qr/\A$local  default /, 'times are local';

# Which lines.
put_entry($spool, $now, campaign => 'vip', status => 200, users => 2);
put_entry($spool, $now, campaign => 'vip', status => 404, why => 'x');
put_entry($spool, $now, status => 401, why => 'wrong secret');
put_entry($spool, $now - 90000, campaign => 'vip', status => 200, users => 3);
show_log("$spool/vip");
is_deeply shown($out), ['vip              200  2 users', 'vip              404  refused: x'],
    'a campaign alone';
show_log('--refused', $spool);
is_deeply [map { /^(\S+) +(\d+)/; "$1 $2" } @{ shown($out) }],
    ['default 400', 'default 503', 'default 401', 'vip 404', '- 401'],
    '--refused shows no run and no 200';
show_log('--since', '2d', "$spool/vip");
is_deeply [map {/(\d+) user/} @{ shown($out) }], [3, 2], '--since goes back over days';
show_log('--since', strftime('%Y-%m-%dT%H:%M', gmtime $now - 180000), "$spool/vip");
is_deeply [map {/(\d+) user/} @{ shown($out) }], [3, 2], '... also to a time in UTC';
is show_log('--since', '1h', '--refused', make_spool('default')), 0, 'nothing since: exit 0';
{
	my $quiet = make_spool('default');
	put_entry($quiet, $now - 7000, campaign => 'default', status => 200, users => 1);
	show_log('--since', '1h', $quiet);
	my $since = qr/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
	like "$out$err", qr/\Amixspool log: nothing came since $since; --since shows more\n\z/,
	    '... and since when';
	show_log('--refused', $quiet);
	like $err, qr/ nothing was refused since $since; /, '... --refused as well';
}
show_log('--json', $spool);
my @json = split /\n/, $out;
is_deeply decode_json($json[0]), { at => decode_json($json[0])->{at}, campaign => 'default',
	%{ $words[0][0] } }, '--json: the lines as they are';
is scalar(@json), @words + 3, '... all of them';
is show_log({ MIXSPOOL_DIR => $spool }, '--refused'), 0, 'the spool is in MIXSPOOL_DIR';
like $out, qr/ 404  refused/, '... and shown';
is show_log('--since', 'soon', $spool), 64, '--since with a wrong time: exit 64';
is show_log($spool, $spool), 64, 'two folders: exit 64';
is show_log('/nonexistent'), 66, 'no spool: exit 66';
is show_log("$spool/nope"), 66, 'no campaign: exit 66';
is_deeply [(tool('log', '-h'))[0, 2]], [0, ''], 'log -h: exit 0';

# What comes from outside never reaches a terminal as it is, and what is no line of a
# journal is skipped.
my $hostile = make_spool('default');
put_entry($hostile, $now, campaign => "a\e]0;x\a", status => 400, why => "\e[2J\n<script>");
put_entry($hostile, $now, campaign => 'default', status => 200, users => 1, cohort => '1',
	name => "\x{202e}lay\x{2028}oL" x 90);
put_lines($hostile, day_of($now), '{"at":"torn', "\0" x 5000, '', "\xff", '[' x 3000,
	'{"at":"2026-11-28T17:55:01.123Z"}', line_of($now, status => 200, users => 8) . '}');
put_entry($hostile, $now, campaign => 'default', status => 200, users => 9);
put_lines($hostile, '2099-12-31', line_of(4102444799, campaign => 'default', status => 200,
		users => 10));
is show_log($hostile), 0, 'a hostile journal: exit 0';
unlike $out, qr/[^\n -~]/, '... no control character, and nothing that turns text';
like $out, qr{ a\\x1b\]0;x\\x07 +400  refused: \\x1b\[2J\\x0a<script>\n},
    '... they are shown as bytes';
like $out, qr/ 9 users\n.* 10 users\n\z/, '... and what is a line is shown';
unlike $out, qr/ 8 users/, '... what is not, is not';

# Follows.
sub follow {
	my ($spool, @options) = @_;
	my $file = spew(folder() . '/followed', '');
	my $errors = spew(folder() . '/followed.err', '');
	my $pid = spawn([program('mixspool'), 'log', '-f', @options, $spool],
		out => $file, err => $errors, env => { TZ => 'UTC' });
	return ($pid, $file);
}

sub wait_for_users {
	my ($file, $what, @users) = @_;
	my @shown;
	eval {
		wait_until { @shown = slurp($file) =~ /(\d+) users?$/mg; @shown >= @users } $what;
	};
	is_deeply \@shown, \@users, $what;
	return;
}

sub put_users {
	my ($spool, $time, $users) = @_;
	put_entry($spool, $time, campaign => 'default', status => 200, users => $users);
	return;
}

{
	my $followed = make_spool('default');
	my ($pid, $file) = follow($followed);
	wait_until { -s "$file.err" } 'the message that there is no journal';
	like slurp("$file.err"), qr/there is no journal yet/, '-f: there is no journal yet';
	mkdir "$followed/.journal" or die $!;
	put_users($followed, $now, 1);
	wait_for_users($file, '-f: the first line comes with the folder', 1);
	put_users($followed, $now, 2);
	wait_for_users($file, '... and the next', 1, 2);
	put_lines($followed, day_of($now + 86400), line_of($now + 86400, status => 200, users => 3));
	wait_for_users($file, '... of the next day', 1, 2, 3);
	put_users($followed, $now, 4);
	wait_for_users($file, '... of the day before, by another process', 1 .. 4);
	open my $torn, '>>', "$followed/.journal/@{[day_of($now)]}.jsonl" or die $!;
	$torn->autoflush(1);
	my $line = line_of($now, campaign => 'default', status => 200, users => 5);
	print $torn substr $line, 0, 30;
	put_lines($followed, day_of($now + 86400), line_of($now + 86400, status => 200, users => 6));
	wait_for_users($file, '... and not a line without its end', 1 .. 4, 6);
	print $torn substr($line, 30) . "\n";
	wait_for_users($file, '... before that is there', 1 .. 4, 6, 5);
	rename "$followed/.journal", "$followed/old" or die $!;
	put_users($followed, $now, 7);
	wait_for_users($file, '... of a folder that was made anew', 1 .. 4, 6, 5, 7);
	is ended($pid), undef, '... and it goes on';
	is exit_of(stop($pid)), 143, '... until it is stopped';
}
{
	my $followed = make_spool('default');
	put_users($followed, $now - 100 + $_, $_) for 1 .. 15;
	my ($pid, $file) = follow($followed);
	wait_for_users($file, '-f begins with the last 10', 6 .. 15);
	stop($pid);
	($pid, $file) = follow($followed, '--since', '1h');
	wait_for_users($file, '-f --since begins there', 1 .. 15);
	stop($pid);
}

# Without inotify, as where a user has too many of them, time wakes it.
SKIP: {
	skip 'a sanitizer does not work under strace', 2 if $ENV{SANITIZED};
	my $followed = make_spool('default');
	put_users($followed, $now, 1);
	my $file = spew(folder() . '/followed', '');
	my $pid = spawn(['strace', '-qq', '-o', '/dev/null', '-e', 'trace=inotify_init1',
			'-e', 'inject=inotify_init1:error=EMFILE',
			program('mixspool'), 'log', '-f', $followed], out => $file);
	wait_for_users($file, '-f without inotify', 1);
	put_users($followed, $now, 2);
	wait_for_users($file, '... shows what comes', 1, 2);
	kill 'TERM', -$pid;
	reap($pid);
}

# What the receiver and drain write.
{
	my $receiver = receiver();
	my ($pid, $file) = follow($receiver->{spool});
	my $post = sub { fastcgi($receiver->{socket}, @_) };
	$post->(form('[' . join(',', map { user("u$_") } 1 .. 50) . ']'));
	$post->(form('[' . user('u') . ',7]'));
	$post->('nope');
	$post->(form('[]'), { PATH_INFO => '/gone' });
	$post->('{"action":"add_members","parameters":{"mixpanel_project_id":"7",'
		. '"mixpanel_cohort_id":"12","mixpanel_cohort_name":"Lo\u0079al",'
		. '"mixpanel_session_id":"s","page_info":{"total_pages":10,"page_count":3},'
		. '"members":[{"mixpanel_distinct_id":"x"}]}}', { CONTENT_TYPE => 'application/json' });
	my @shown;
	my $shows = sub {
		my $count = shift;
		eval { wait_until { (@shown = @{ shown(slurp($file)) }) >= $count } "$count lines" };
		return;
	};
	$shows->(5);
	tool('drain', $receiver->{spool}, '--', 'cat');
	$shows->(6);
	# The lines of several threads may be out of order by a moment.
	like pop @shown, qr/^default +run  handed 52 users to cat in \d+\.\d s$/, 'a run of drain';
	for my $words (qr/^default +200  50 users$/,
		qr/^default +200  1 user, 1 set aside: users\[1\]: not an object$/,
		qr/^default +400  refused: the form has no field users$/,
		qr/^- +404  refused: there is no campaign gone: /,
		qr/^default +200  page 3 of 10 of cohort Loyal, 1 member added$/) {
		is scalar(grep {/$words/} @shown), 1, "the receiver: $words";
	}
	stop($_) for $pid, $receiver->{pid};
}

# Nobody reads any more: it ends, also when nothing comes.
{
	my $followed = make_spool('default');
	put_users($followed, $now, 1);
	pipe my $reader, my $writer or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		open STDOUT, '>&', $writer or die $!;
		close $_ for $reader, $writer;
		exec program('mixspool'), 'log', '-f', $followed or POSIX::_exit(127);
	}
	close $writer;
	like scalar(<$reader>), qr/ 1 user$/, '-f into a pipe';
	close $reader;
	waitpid $pid, 0;
	is $?, 0, '... ends with its reader';
}

done_testing;

#!/usr/bin/env perl
# mixspool report: the status page as a file.

use strict;
use warnings;
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $spool = make_spool(qw(default trial .journal));

# What the receiver and drain note, MINUTES ago.
sub add_line {
	my ($minutes, $members) = @_;
	my @utc = gmtime(time - 60 * $minutes);
	my ($day, $time) = map { strftime($_, @utc) } '%Y-%m-%d', '%H:%M:%S.000Z';
	my $file = "$spool/.journal/$day.jsonl";
	spew($file, (-e $file ? slurp($file) : '') . qq({"at":"${day}T$time",$members}\n));
}
# The days' hours are fixed by their names; nothing of this may be yesterday's.
my $first = put_batch($spool, 'default', (user('a')) x 40);
add_line(2900, '"campaign":"default","status":200,"format":"form","users":9,"bytes":9,"ms":1');
add_line(3, '"campaign":"default","status":200,"format":"form","users":40,"bytes":9,"ms":1');
add_line(2, '"campaign":"trial","status":200,"format":"form","users":1234,"bytes":9,"ms":1');
add_line(1, '"campaign":"trial","command":"to-postgres","users":1234,"exit":0,"seconds":0.5');

sub words_of {
	my $page = shift;
	$page =~ s/<style>.*?<\/style>//s;
	$page =~ s/<title[^>]*>.*?<\/title>//gs;
	$page =~ s/<[^>]*>/ /g;
	$page =~ s/\s+/ /g;
	return $page;
}

my ($status, $out, $err) = tool('report', $spool);
is "$status$err", '0', 'report of a spool';
my $words = words_of($out);
like $out, qr/\A<!doctype html>\n<html lang=en>.*<\/html>\n\z/s, '... is a page of HTML';
like $words, qr/default: Nothing was ever handed over: 1 batch waits, the oldest for \d+ days/,
    '... with a verdict';
like $words, qr/trial All well: 1,234 users today, last 2 minutes ago|trial All well: 0 users today/, '... of each campaign';
like $words, qr/Waiting 1 batch with 40 users, the oldest for \d+ days/, '... with what waits';
like $words, qr/Last hand-over 1 minute ago 1,234 users/, '... and the last hand-over';
like $words, qr/Last hand-over never/, '... of either';
unlike $out, qr/http-equiv|<script|<a /, '... which neither loads itself again nor links';

($status, $out, $err) = tool('report', "$spool/trial");
is "$status$err", '0', 'report of a campaign';
$words = words_of($out);
like $words, qr/1,234 users/, '... has it';
unlike $words, qr/default|40 users/, '... alone';
is_deeply [(tool({ MIXSPOOL_DIR => $spool }, 'report'))[0, 2]], [0, ''], 'report of MIXSPOOL_DIR';

# A spool from before the journal, and what is not one.
my $old = make_spool('default');
like words_of((tool('report', $old))[1]), qr/No webhook has arrived yet.*mixspool send --sample 50 URL/,
    'a spool without a journal: what to do';
put_batch($old, 'default', user('a'));
like words_of((tool('report', $old))[1]), qr/1 batch waits/, '... and what waits in it';
is_deeply [tool('report', "$old/none")],
    [66, '', "mixspool report: cannot open $old/none: No such file or directory\n"], 'no spool: exit 66';
is_deeply [tool('report', $old, $spool)], [64, '', "mixspool report: one folder at a time, see -h\n"],
    'two spools: exit 64';
symlink "$spool/.journal", "$old/.journal";
my ($status_of_link, $page_of_link, $error_of_link) = tool('report', $old);
is "$status_of_link $error_of_link", "66 mixspool report: the journal cannot be read: Not a directory\n",
    'a journal behind a link is not followed';
like words_of($page_of_link), qr/What came is not known Nothing shows it: the journal cannot be read: Not a directory .*1 batch/, '... and the page says so, and what waits';
unlike $page_of_link, qr/class=requests/, '... and has nothing of it';

# Two days as full as those of 1,000,000 requests in 30 days: 150 ms, and 8 MiB beside
# the program and its libraries, whatever the campaign.
SKIP: {
	skip 'a sanitizer takes its time and memory', 6 if $ENV{SANITIZED} || program() =~ m{/coverage/};
	my $large = make_spool(qw(default quiet .journal));
	for my $ago (0, 1) {
		my $day = strftime('%Y-%m-%d', gmtime(time - 86400 * $ago));
		my @utc = gmtime;
		my $seconds = $ago ? 86399 : $utc[2] * 3600 + $utc[1] * 60 + $utc[0];
		spew("$large/.journal/$day.jsonl", join '', map {
			my $second = int($seconds * $_ / 33_333);
			sprintf qq({"at":"%sT%02d:%02d:%02d.000Z","campaign":"default","status":200,"format":"cohort","users":50,"bytes":47798,"ms":12,)
			    . qq("batch":"20261128T065034.123456Z-9f3a1c22-000042-50.jsonl","action":"members","project":"7","cohort":"%d","name":"Loyal","session":"s1","page":3,"pages":10}\n),
			    $day, $second / 3600, $second / 60 % 60, $second % 60, $_ % 40
		} 1 .. 33_333);
	}
	# After an upgrade nothing has summed up the days before. Of 30 days it reads the
	# newest, and says so; what is older is not "never".
	my $upgraded = make_spool(qw(default quiet .journal));
	my $text = slurp("$large/.journal/" . strftime('%Y-%m-%d.jsonl', gmtime(time - 86400)));
	for my $ago (1 .. 29) {
		my $day = strftime('%Y-%m-%d', gmtime(time - 86400 * $ago));
		spew("$upgraded/.journal/$day.jsonl", $text =~ s/"at":"[-\d]+T/"at":"${day}T/gr);
	}
	for my $case (['all campaigns', $large, qr/All well: 1,\d\d\d,\d\d\d users today/],
		['one that nothing came for', "$large/quiet", qr/No webhook has arrived yet/],
		[   'without the sums of days', "$upgraded/quiet",
			qr/Nothing has arrived for \d+ (?:hours|days).* The journal before \w+ \d+ \w+ \d+, 00:00:00 UTC is not summed up yet.*Last arrival not known/ ]) {
		my ($name, $target, $shows) = @$case;
		my $best = 1e9;
		# A busy machine takes the processor's caches from each of some runs.
		for (1 .. 50) {
			my @before = times;
			my ($got, $page) = run_to_end('bash', '-c', 'ulimit -d 8192; exec "$@"', 'bash',
				program('mixspool'), 'report', $target);
			my @after = times;
			my $took = $after[2] + $after[3] - $before[2] - $before[3];
			$best = $took if $took < $best;
			like words_of($page), $shows, "$name within 8 MiB" if $_ == 1;
			last if $best <= 0.15;
		}
		cmp_ok $best, '<=', 0.15, '... within 150 ms of CPU time';
	}
}

# A folder that the caller may not read is named, and the rest is shown.
SKIP: {
	skip 'root may read everything', 1 if $> == 0;
	chmod 0, "$spool/trial/new";
	like words_of((tool('report', $spool))[1]), qr/trial The folders cannot be read: Permission denied/,
	    'a folder without rights';
	chmod 0755, "$spool/trial/new";
}

done_testing;

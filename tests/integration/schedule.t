#!/usr/bin/env perl
# The examples for "9 am Pacific every Wednesday": the timer and the crontab line,
# over both changes of the clocks.

use strict;
use warnings;
use POSIX qw(strftime);
use Test::More;
use Testbed;
use Time::Local qw(timegm);

# Expected: every Wednesday, at 16:00 UTC in summer and 17:00 in winter.
# Source: tzdata; in 2026 clocks change on March 8 and November 1.
sub expected {
	my ($from, $days) = @_;
	my @times;
	for my $day (0 .. $days - 1) {
		my $noon = $from + $day * 86400 + 43200;
		next if strftime('%u', gmtime $noon) != 3;
		my $summer = $noon > timegm(0, 0, 10, 8, 2, 2026)
		    && $noon < timegm(0, 0, 9, 1, 10, 2026);
		push @times, $noon + ($summer ? 4 : 5) * 3600;
	}
	return map { strftime('%F %T', gmtime $_) } @times;
}

my @spring = (timegm(0, 0, 0, 1, 2, 2026), 14);
my @autumn = (timegm(0, 0, 0, 26, 9, 2026), 14);

# The timer, as systemd computes it.
my ($calendar) = slurp(top() . '/systemd/mixspool-send.timer')
    =~ /^OnCalendar=(.*)$/m;
local $ENV{TZ} = 'UTC';
for my $period (\@spring, \@autumn) {
	my @expected = expected(@$period);
	my $base = strftime('%F %T UTC', gmtime $period->[0]);
	my $said = `systemd-analyze calendar --iterations=@{[scalar @expected]} --base-time='$base' '$calendar'`;
	is_deeply [$said =~ /(?:elapse|\d): \w{3} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC/g],
	    \@expected, "the timer, from $base";
}

# The line of the crontab, run at each full hour of an invented clock.
my ($line) = slurp(top() . '/crontab-example')
    =~ /^0 \* \* \* \*\s+(.*mixspool send.*)$/m;
ok !($line =~ /(?<!\\)%/), 'the crontab line has no % that cron would take';
$line =~ s/\\%/%/g;
my $bin = folder() . '/bin';
mkdir $bin;
spew("$bin/date", qq(#!/bin/sh\nexec /bin/date -d "\@\$NOW" "\$\@"\n));
spew("$bin/mixspool", qq(#!/bin/sh\nfor a; do echo "\$a"; done >>$bin/arguments; echo ran\n));
chmod 0755, "$bin/date", "$bin/mixspool";
local $ENV{PATH} = "$bin:$ENV{PATH}";
for my $machine (['UTC', @spring], ['Asia/Tokyo', @autumn]) {
	my ($zone, $from, $days) = @$machine;
	my @ran;
	for my $hour (0 .. $days * 24 - 1) {
		my $now = $from + $hour * 3600;
		local $ENV{NOW} = $now;
		local $ENV{TZ} = $zone;
		open my $run, '-|', '/bin/sh', '-c', $line or die;
		push @ran, strftime('%F %T', gmtime $now) if <$run>;
	}
	is_deeply \@ran, [expected($from, $days)],
	    "the crontab line on a machine in $zone";
}

# Both run the same filter, and it finds who was away.
my @arguments = split /\n/, slurp("$bin/arguments");
my ($filter) = map { $arguments[ $_ + 1 ] }
    grep { $arguments[$_] eq '--where' } 0 .. $#arguments;
(my $escaped = $filter) =~ s/\$/\$\$/g;
like slurp(top() . '/systemd/mixspool-send.service'), qr/\Q'$escaped'\E/,
    'the service has the same filter';
sub seen {
	my $days = shift;
	return '"Last login":"' . strftime('%FT%T', gmtime(time - $days * 86400)) . '"';
}
my $away = profile('away', seen(22));
my $file = new_file($away, profile('here', seen(20)), profile('never'));
my ($status, $out, $err) = tool('send', '-n', '-q', '--where', $filter,
	'http://example.com', $file);
is_deeply [$status, $out, $err], [0, $away, ''],
    'it matches users who were away for three weeks';

done_testing;

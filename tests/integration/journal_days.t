#!/usr/bin/env perl
# The files of the journal: days, sizes, removal, and a folder or a disk that takes
# nothing.

use strict;
use warnings;
use Disks;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $no_mounts = own_mounts();
my $limit = 16 << 20;
my $form = form('[' . user('anna') . ']');

sub file {
	my ($spool, $back) = @_;
	return "$spool/.journal/" . strftime('%Y-%m-%d.jsonl', gmtime(time - 86400 * ($back // 0)));
}

sub entries {
	my ($spool, $from) = @_;
	my $text = -e file($spool) ? slurp(file($spool)) : '';
	return map { decode_json($_) } split /^/m, substr $text, $from // 0;
}

# A day's file of so many bytes, which are a hole.
sub fill {
	my ($spool, $size) = @_;
	mkdir "$spool/.journal";
	chmod 0777, "$spool/.journal";
	spew(file($spool), '');
	truncate file($spool), $size or die $!;
	return;
}

sub post {
	my ($receiver, $path) = @_;
	return fastcgi($receiver->{socket}, $form, { PATH_INFO => $path // '/default' })->{status};
}

# A file of 16 MiB: counts, which come when their minute ends, or at the end.
my $spool = make_spool('default');
fill($spool, $limit);
my $receiver = receiver(spool => $spool);
my @statuses = map { post($receiver, $_ % 4 ? '/default' : '/none') } 1 .. 40;
is_deeply \@statuses, [map { $_ % 4 ? 200 : 404 } 1 .. 40], 'a full file: the answers';
is stop($receiver->{pid}), 0, '... the end';
my @entries = entries($spool, $limit);
my %requests;
$requests{ $_->{status} } += $_->{requests} for @entries;
is_deeply \%requests, { 200 => 30, 404 => 10 }, '... counts in place of lines';
cmp_ok scalar @entries, '<=', 4, '... by the minute';
is_deeply [grep { $_->{at} !~ /:00\.000Z\z/ } @entries], [], '... that they name';
my $users = 0;
$users += $_->{users} for @entries;
is $users, 30, '... with their users';
is_deeply [map { $_->{campaign} // '' } grep { $_->{status} == 404 } @entries],
    [map {''} grep { $_->{status} == 404 } @entries], '... and no campaign that is not there';

# Processes of one request each, and others beside them.
$spool = make_spool('default');
fill($spool, $limit);
is cgi({ MIXSPOOL_DIR => $spool }, $form, {})->{status}, 200, 'CGI and a full file: 200';
@entries = entries($spool, $limit);
is_deeply [map { $_->{requests} } @entries], [1], '... a count of one';
$receiver = receiver(spool => $spool);
fill($spool, $limit - 1);
is post($receiver), 200, 'a file that gets full while it is open: 200';
wait_until { -s file($spool) > $limit } 'the last line';
post($receiver) for 1 .. 5;
stop($receiver->{pid});
is_deeply [map { $_->{requests} // 'line' } (entries($spool, $limit - 1))[0, -1]], ['line', 5],
    '... the last line, and counts';

# Twice as many: nothing more.
$spool = make_spool('default');
fill($spool, 2 * $limit);
$receiver = receiver(spool => $spool);
is post($receiver), 200, 'a file of twice the size: 200';
is cgi({ MIXSPOOL_DIR => $spool }, $form, {})->{status}, 200, '... by CGI, too';
put_batch($spool, 'default', 'x');
is +(tool('drain', $spool, '--', 'cat'))[0], 0, '... and a drain';
stop($receiver->{pid});
is -s file($spool), 2 * $limit, '... and not a byte more';

# Old days: all but so many before today.
sub fill_days {
	my $folder = shift() . '/.journal';
	mkdir $folder;
	spew("$folder/$_", '') for '2020-01-01.jsonl', '2020-01-02.jsonl', 'notes';
	spew(file($folder =~ s{/\.journal\z}{}r, $_), '') for 1 .. 4;
	return;
}
$spool = make_spool('default');
fill_days($spool);
$receiver = receiver(spool => $spool, env => { MIXSPOOL_JOURNAL_DAYS => 2 });
# In the first two minutes of a day it waits for the last lines of the day before.
wait_until { !-e file($spool, 4) } 'the removal', 150;
wait_until { !-e "$spool/.journal/2020-01-01.jsonl" } 'the removal of very old ones';
ok -e file($spool, 1) && -e file($spool, 2), 'two days stay';
ok !-e file($spool, 3), '... a third one does not';
ok -e "$spool/.journal/notes", '... nor is anything else removed';
stop($receiver->{pid});

$spool = make_spool('default');
fill_days($spool);
is cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_JOURNAL_DAYS => 2 }, $form, {})->{status}, 200,
    'CGI: the first of a day';
ok -e file($spool, 2) && !-e file($spool, 3), '... removes old ones';
$spool = make_spool('default');
fill_days($spool);
put_batch($spool, 'default', 'x');
tool('drain', $spool, '--', 'true');
ok -e file($spool, 4), 'a drain removes none';
$receiver = receiver(spool => $spool, env => { MIXSPOOL_JOURNAL_DAYS => 0 });
post($receiver);
stop($receiver->{pid});
ok -e file($spool, 4), 'nor does a receiver without a journal';

# A day that has ended is summed up, from within the sandbox, too.
for my $how ('CGI', 'FastCGI') {
	$spool = make_spool('default');
	mkdir "$spool/.journal";
	my $at = strftime('%Y-%m-%dT12:00:00.000Z', gmtime(time - 86400));
	spew(file($spool, 1), qq({"at":"$at","campaign":"default","status":200,"users":7,"bytes":1,"ms":1}\n));
	$receiver = receiver(spool => $spool) if $how eq 'FastCGI';
	cgi({ MIXSPOOL_DIR => $spool }, $form, {}) if $how eq 'CGI';
	my $hours = file($spool, 1) =~ s/\.jsonl\z/.hours/r;
	wait_until { -e $hours } 'the hours', 150;
	like slurp($hours), qr/"default"/, "$how: a day that has ended is summed up";
	is_deeply [grep { !/\.(?:jsonl|hours)\z/ } batches_in($spool, '.journal', '.')], [],
	    '... and nothing else is left';
	stop($receiver->{pid}) if $how eq 'FastCGI';
}

# A folder that takes nothing: the answers are as ever, and the log has one line.
my %strangers = (
	'a file' => sub { spew(shift, 'mine') },
	'a link to a folder' => sub { symlink folder(), shift },
	'a folder with a folder in it' => sub {
		my $folder = shift;
		mkdir $folder;
		mkdir file($folder =~ s{/\.journal\z}{}r);
	},
	'a folder with a FIFO in it' => sub {
		my $folder = shift;
		mkdir $folder;
		system('mkfifo', file($folder =~ s{/\.journal\z}{}r)) == 0 or die;
	},
);
for my $what (sort keys %strangers) {
	$spool = make_spool('default');
	$strangers{$what}->("$spool/.journal");
	$receiver = receiver(spool => $spool);
	is_deeply [map { post($receiver, $_) } '/default', '/none'], [200, 404], "$what in its place";
	is stop($receiver->{pid}), 0, '... and the end';
	is_deeply [map {s/: [A-Z][a-z ]+: .*//sr} grep {/journal/} split /^/m, slurp($receiver->{log})],
	    ["mixspool.fcgi: cannot write the journal of $spool"], '... with one line';
	is cgi({ MIXSPOOL_DIR => $spool }, $form, {})->{status}, 200, '... by CGI, too';
}

# A full disk: what was refused is in the journal when there is room again.
SKIP: {
	skip $no_mounts, 4 if $no_mounts;
	my ($disk, $why) = new_disk('tmpfs', 8);
	skip $why, 4 if !$disk;
	$spool = "$disk/spool";
	mkdir $_ or die $! for $spool, "$spool/default";
	$receiver = receiver(spool => $spool, env => { MIXSPOOL_MIN_FREE => 0 });
	is post($receiver), 200, 'a disk with room: 200';
	fill_bytes($disk);
	my @refused = map { post($receiver, '/none') } 1 .. 300;
	is_deeply [grep { $_ != 404 } @refused], [], 'a full one: answers as ever';
	empty_disk($disk);
	# The first that did not fit has left a part of it.
	my $whole = sub { grep {/^\{"at":[^\n]*\}\n\z/ && eval { decode_json($_) }} split /^/m,
		slurp(file($spool)) };
	wait_until { $whole->() == 301 } 'the lines';
	pass 'there is room again: all is in the journal';
	is stop($receiver->{pid}), 0, '... and the end';
	remove_disk();
}

done_testing;

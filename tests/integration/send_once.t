#!/usr/bin/env perl
# mixspool send --campaign: nobody is reported twice for the same campaign and
# URL, whatever is killed; and --watch: as soon as somebody matches.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err);

my $state = folder() . '/state.db';
my $recorder = recorder();

# One run of a campaign: the ids that arrived, in order.
sub run {
	my ($file, %options) = @_;
	my $before = () = posted_ids($recorder);
	($status, $out, $err) = tool('send', '--retries', 0,
		'--campaign', $options{campaign} // 'weekly',
		'--state', $options{state} // $state,
		'--where', $options{where} // '."$properties".n > 1',
		@{ $options{more} // [] },
		$options{url} // $recorder->{url}, $file);
	my @ids = posted_ids($recorder);
	return join ' ', map {@$_} @ids[$before .. $#ids];
}

my $file = new_file(profile('a', '"n":1'), profile('b', '"n":2'),
	profile('c', '"n":3'));
is run($file), 'b c', 'the first run sends those who match';
is run($file), '', 'the second run sends nobody';
is_deeply [$status, $err], [0, ''], '... which is no error';
like $out, qr/^3 profiles, 2 matched, 2 reported before$/m, '... and they are counted';
is sprintf('%o', (stat $state)[2] & 07777), '600',
    'the state is for its owner alone';
is scalar(grep { -e && ((stat)[2] & 077) } glob "$state*"), 0,
    '... with all that belongs to it';

$file = new_file(profile('a', '"n":5'), profile('b', '"n":2,"new":true'),
	profile('d', '"n":9'), profile('d', '"n":8'));
is run($file), 'a d', 'the next run sends new matches, each once';
like $out, qr/^4 profiles, 4 matched, 1 reported before, 1 more than once$/m,
    '... with counts';
# Another filter does not send to everybody again; it is reported once.
my $other_filter = "mixspool send: campaign weekly had another filter in its last run; "
    . "users delivered before are not sent again\n";
is run($file, where => '."$properties".n > 1 ', more => ['-n']), '', 'another filter';
like $err, qr/^\Q$other_filter/, '... is reported in a dry run';
is $out, '', '... which has nobody to send';
is run($file, where => '."$properties".n > 1 '), '', '... and sends nobody again';
is_deeply [$status, $err], [0, $other_filter], '... as is reported, too';
is run($file, where => '."$properties".n > 1 '), '', 'the new filter';
is $err, '', '... is remembered';
run($file);
is $err, $other_filter, '... in the place of the old one';
is run($file, campaign => 'daily'), 'a b d', 'another campaign is another set of users';
is $err, '', '... without a word';
my $other_url = "mixspool send: campaign weekly has had another URL; with this one it "
    . "begins anew\n";
is run($file, url => $recorder->{url} . '?other', more => ['-n']), '', 'another URL';
is_deeply [scalar(@{ [$out =~ /^\{/mg] }), $err =~ /^\Q$other_url/ ? 1 : 0], [3, 1],
    '... is reported in a dry run';
is run($file, url => $recorder->{url} . '?other'), 'a b d', '... is another set, too';
is $err, $other_url, '... and reported';
is run($file, url => $recorder->{url} . '?other'), '', '... once';
is $err, '', '... it is known then';
(my $same = $recorder->{url}) =~ s{^http://localhost}{HTTP://anna:secret\@LOCALHOST};
$same .= '#fragment';
is run($file, url => $same), '', 'the same URL in another spelling is the same';
is run($file, url => "$recorder->{url}?token=secret"), '', '... and so it is with a token';
is run($file), '', 'the first URL still sends nobody again';
unlike join('', map { slurp($_) } glob "$state*"), qr/secret/,
    'no password and no token is remembered';

$file = new_file('{"$distinct_id":17,"$properties":{"n":2}}' . "\n",
	'{"$properties":{"n":2},"$distinct_id":"\u0031\u0037"}' . "\n",
	'{"$distinct_id":12345678901234567891,"$properties":{"n":2}}' . "\n",
	'{"$distinct_id":12345678901234567892,"$properties":{"n":2}}' . "\n");
run($file);
like $out, qr/^3 users delivered in 1 POST/m,
    'ids are compared by their value, not their spelling';
is run($file), '', '... in the next run, too';

# A state of 0.1, where each filter had users of its own: a user delivered with any
# filter counts as delivered.
sub state_of_0_1 {
	my ($path) = @_;
	unlink glob "$path*";
	open my $sqlite, '|-', 'sqlite3', $path or die $!;
	print $sqlite <<"END";
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x6d697873;
PRAGMA user_version = 1;
CREATE TABLE campaign (id INTEGER PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,
	criterion TEXT NOT NULL, UNIQUE (name, url, criterion));
CREATE TABLE delivered (campaign INTEGER NOT NULL REFERENCES campaign, user TEXT NOT NULL,
	at INTEGER NOT NULL DEFAULT (unixepoch()), PRIMARY KEY (campaign, user)) WITHOUT ROWID;
INSERT INTO campaign VALUES (1, 'weekly', '$recorder->{url}', '.a'),
	(2, 'weekly', '$recorder->{url}', '.b'), (3, 'daily', '$recorder->{url}', '.a'),
	(4, 'weekly', '$recorder->{url}', 'true'), (5, 'weekly', 'http://example.com/', '.a');
INSERT INTO delivered VALUES (1, 'a', 11), (1, 'b', 12), (2, 'b', 10), (2, 'c', 13),
	(3, 'd', 14), (5, 'e', 15);
END
	close $sqlite or die $!;
	return $path;
}
my $old = state_of_0_1(folder() . '/old.db');
my $all = new_file(map { profile($_) } 'a' .. 'f');
run($all, state => $old, where => 'true', more => ['-n']);
is join(' ', $out =~ /^\{"\$distinct_id":"(\w)"/mg), 'd e f',
    'a dry run reads a state of 0.1, with the users of each filter';
is `sqlite3 $old 'PRAGMA user_version'`, "1\n", '... and leaves it as it is';
# A running send would go on recording for campaigns that are gone.
my $held = folder() . '/held.db';
my $holds = recorder(('together:2') x 2);
my $holder = spawn([program('mixspool'), 'send', '--campaign', 'c', '--state', $held,
		$holds->{url}, new_file(profile('x'))], out => '/dev/null');
wait_until { scalar(requests($holds)) == 1 } 'a send that uses a state';
unlink map {"$held$_"} '', '-wal', '-shm';
system('sqlite3', $old, ".backup $held") == 0 or die;
is run($all, state => $held, where => 'true'), '', 'while another send uses it';
is_deeply [$status, $err], [75, "mixspool send: $held: another send is running, and this "
	. "state of mixspool 0.1 must be converted first\n"], '... it is not converted';
is `sqlite3 $held 'PRAGMA user_version'`, "1\n", '... but left as it is';
tool('send', $holds->{url}, new_file(profile('y')));
reap($holder);
is run($all, state => $old, where => 'true'), 'd e f',
    'a run sends nobody whom 0.1 has delivered with any filter';
is $err, '', '... the filter is the last one';
is `sqlite3 $old 'SELECT name, user, at FROM delivered JOIN campaign ON campaign.id = campaign WHERE at < 99 ORDER BY at'`,
    "weekly|b|10\nweekly|a|11\nweekly|c|13\ndaily|d|14\nweekly|e|15\n",
    '... and all of them are kept, with the time';
is run($all, state => $old, where => 'true', campaign => 'daily'), 'a b c e f',
    '... of another campaign, too';
is run($all, state => $old, where => 'true'), '', '... again';

# What was not delivered is left for the next run.
my $fresh = folder() . '/fresh.db';
$recorder = recorder(qw(200 503 500 200));
$file = new_file(map { profile($_, '"n":2') } 1 .. 120);
run($file, state => $fresh);
is $status, 75, 'a POST that fails: exit 75';
like $out, qr/^50 users delivered in 1 POST, 70 left$/m, '... with a count';
run($file, state => $fresh);
like $out, qr/^120 profiles, 120 matched, 50 reported before\n70 users delivered in 2 POSTs, 0 left$/m,
    'the next run sends those who are left';
is_deeply [sort { $a <=> $b } map {@$_} posted_ids($recorder, '200')],
    [1 .. 120], '... and everybody was delivered once';

# --dry-run shows who would be sent, and changes nothing.
my $none = folder() . '/none.db';
is run($file, state => $none, more => ['--dry-run']), '', 'a dry run sends nobody';
is scalar(@{ [$out =~ /^\{/mg] }), 120, '... prints all, for a new state';
ok !-e $none, '... and creates no state';
run($file, state => $fresh, more => ['--dry-run']);
is $out, '', 'a dry run prints nobody who was delivered';

my $row = `sqlite3 $fresh 'SELECT count(*) FROM campaign'`;
run($file, state => $fresh, campaign => 'mistyped', more => ['--dry-run']);
is scalar(@{ [$out =~ /^\{/mg] }), 120, 'a dry run of a new campaign prints everybody';
is `sqlite3 $fresh 'SELECT count(*) FROM campaign'`, $row, '... and does not add the campaign';

# Names with a special meaning for SQLite are names of files.
for my $name (':memory:', 'file:x.db', 'file:y.db?mode=memory') {
	my @files = ($recorder = recorder(), '--campaign', 'c', '--state', $name,
		$recorder->{url}, $file);
	shift @files;
	my $run = sub {
		my $pid = spawn(['sh', '-c', 'cd "$1"; shift; exec "$@"', 'sh',
				folder(), program('mixspool'), 'send', @files], out => '/dev/null');
		return reap($pid);
	};
	is $run->(), 0, "--state $name: is a file";
	is $run->(), 0, '... again';
	is scalar(map {@$_} posted_ids($recorder)), 120, '... that remembers';
	is sprintf('%o', (stat folder() . "/$name")[2] & 07777), '600', '... for its owner';
}

# One send at a time for each campaign.
$recorder = recorder(('together:2') x 2);
my $busy = spawn([program('mixspool'), 'send', '--campaign', 'weekly', '--state',
		$state, $recorder->{url}, new_file(profile('x', ''))], out => '/dev/null',
	err => '/dev/null');
wait_until { scalar(requests($recorder)) == 1 } 'the first sender';
($status, $out, $err) = tool('send', '--campaign', 'weekly', '--state', $state,
	$recorder->{url}, new_file(profile('y', '')));
is $status, 75, 'a second sender of the same campaign: exit 75';
is $err, "mixspool send: $state: another send of campaign weekly is running\n",
    '... and says why';
symlink $state, "$state.link";
($status) = tool('send', '--campaign', 'weekly', '--state', "$state.link",
	$recorder->{url}, new_file(profile('y', '')));
is $status, 75, '... also by another name of the file';
($status) = tool('send', '-n', '--campaign', 'weekly', '--state', $state,
	$recorder->{url}, new_file(profile('y', '')));
is $status, 0, '... while a dry run may look';
($status) = tool('send', '--campaign', 'daily', '--state', $state,
	$recorder->{url}, new_file(profile('z', '')));
is $status, 0, 'a send of another campaign runs';
is reap($busy), 0, '... and so does the first one';

# A file that is not a state is left alone.
system('sqlite3', folder() . '/other.db', 'CREATE TABLE t (x)') == 0 or die;
is run($file, state => folder() . '/other.db'), '', 'a database of something else';
is $status, 73, '... exit 73';
like $err, qr/other\.db: it is a database of something else$/m, '... is refused';
is `sqlite3 @{[folder()]}/other.db .tables`, "t\n", '... and stays as it was';
run(new_file(profile('a', '"n":2')), state => new_file('not a database' x 100));
like $err, qr/file is not a database$/m, 'a file that is not a database is refused';
run($file, state => '/dev/null');
like $err, qr{/dev/null: it is not a file$}m, 'a device is refused';
run($file, state => '/no/such/folder/state.db');
like $err, qr{/no/such/folder/state\.db: No such file or directory$}m,
    'a folder that is not there is reported';

# A kill at any moment repeats the POST in flight at worst. When a run was faster than
# this test and nobody is left, more people come.
$recorder = recorder();
my $killed = folder() . '/killed.db';
my ($everybody, $count) = (new_file(), 0);
my ($kills, $seen, $left) = (0, 0, 0);
while ($kills < 8) {
	spew($everybody, join '', map { profile($_, '') } 1 .. ($count += 2000)) if !$left;
	my $pid = spawn([program('mixspool'), 'send', '--campaign', 'c', '--state',
			$killed, $recorder->{url}, $everybody],
		out => '/dev/null');
	my $more = $seen + 1 + 3 * ($kills % 2);
	wait_until {
		$left = !defined ended($pid);
		($seen = () = requests($recorder)) >= $more || !$left
	} 'a POST';
	$kills += $left;
	stop($pid, 'KILL') if $left;
}
($status) = tool('send', '--campaign', 'c', '--state', $killed,
	$recorder->{url}, $everybody);
is $status, 0, 'after 8 kills a last run ends well';
my %times;
$times{$_}++ for map {@$_} posted_ids($recorder);
is scalar(keys %times), $count, '... everybody was sent';
my $again = 0;
$again += $_ - 1 for values %times;
cmp_ok $again, '<=', 8 * 50, "... and no more than a POST a kill again: $again";

# --watch sends users as soon as they match: by the clock alone, or after the file
# changed.
my $people = folder() . '/people';
my $log = folder() . '/watch.err';
my ($watcher, $seconds) = (undef, 2);

# On a slow machine the first pass may be late: then again, with more time.
while (1) {
	$recorder = recorder();
	spew($log, '');
	my $soon = time + $seconds;
	spew($people, profile('late', qq("due":$soon))
		    . profile('never', '"due":1e12') . profile('early', '"due":0'));
	$watcher = spawn([program('mixspool'), 'send', '--watch', 1, '--where',
			'."$properties".due < now', $recorder->{url}, $people],
		out => folder() . '/watch.out', err => $log);
	wait_until { scalar(requests($recorder)) > 0 } 'who matches at once';
	last if "@{ (posted_ids($recorder))[0] }" eq 'early';
	stop($watcher);
	unlink folder() . '/watch.out';
	$seconds *= 2;
}
wait_until { scalar(requests($recorder)) == 2 } 'who starts to match';
is_deeply [posted_ids($recorder)], [['early'], ['late']],
    '--watch: by the clock alone somebody starts to match, and is sent';
spew("$people.new", slurp($people) . profile('new', '"due":1'));
rename "$people.new", $people;
wait_until { scalar(requests($recorder)) == 3 } 'who is new in the file';
is_deeply +(posted_ids($recorder))[2], ['new'],
    '... and who is new in a file that was replaced';
unlink $people;
wait_until { slurp($log) =~ /cannot read \Q$people\E: No such file/ }
    'the report of the missing file';
spew("$people.new", profile('back', '"due":1'));
rename "$people.new", $people;
wait_until { scalar(requests($recorder)) == 4 } 'the file to be back';
pass 'a missing file does not end a watch';
is stop($watcher), 0, '... SIGTERM does, with exit 0';
like slurp(folder() . '/watch.out'), qr/^4 users delivered in 4 POSTs, 0 left$/m,
    '... and a summary';

# A file that cannot be read for a while ends nothing, and the others are read.
$recorder = recorder();
spew($people, profile('a', ''));
my $others = new_file(profile('b', ''));
spew($log, '');
$watcher = spawn([program('mixspool'), 'send', '--watch', 1, $recorder->{url},
		$people, $others], out => '/dev/null', err => $log);
wait_until { scalar(requests($recorder)) == 1 } 'the first pass';
unlink $people;
mkdir $people;
spew($others, profile('c', ''));
wait_until { scalar(requests($recorder)) == 2 } 'the other file';
rmdir $people;
like slurp($log), qr/cannot read \Q$people\E: Is a directory/, 'a file that cannot be read';
is_deeply +(posted_ids($recorder))[1], ['c'], '... the other one is, and watched on';
stop($watcher);

# A delivered POST is recorded before its duplicate on purpose is sent.
$recorder = recorder();
my $twice = spawn([program('mixspool'), 'send', '-v', qw(--duplicate 100% --rate 1/h),
		'--campaign', 'twice', '--state', $state, $recorder->{url},
		new_file(profile('t', ''))], out => '/dev/null', err => $log);
wait_until { slurp($log) =~ /POST 1: 200/ && `sqlite3 $state "SELECT user FROM delivered WHERE user = 't'"` }
    'the record';
stop($twice, 'KILL');
pass 'a POST is recorded before its duplicate is sent';

# The next pass delivers what a pass could not.
$recorder = recorder('500');
spew($people, profile('x', ''));
$watcher = spawn([program('mixspool'), 'send', '--watch', 1, '--retries', 0,
		'--campaign', 'asap', '--state', $state, $recorder->{url}, $people],
	out => '/dev/null', err => $log);
wait_until { scalar(requests($recorder)) == 2 } 'the next pass';
is stop($watcher), 0, 'the next pass delivers what a pass could not';
is_deeply [posted_ids($recorder)], [['x'], ['x']], '... and no more';

done_testing;

#!/usr/bin/env perl
# to-sqlite: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use IO::Handle;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('sqlite');
my $databases = 0;

# A new database, with these statements.
sub database {
	my $path = "$home/" . $databases++ . '.db';
	system('sqlite3', '-batch', $path, @_) == 0 or die 'sqlite3' if @_;
	return $path;
}

# One column; hex, since the shell cuts a text at U+0000.
sub column {
	my ($path, $what) = @_;
	return [map { pack 'H*', $_ }
		split /\n/, `sqlite3 -init /dev/null $path 'SELECT hex(x) FROM (SELECT $what AS x FROM users)'`];
}

my @hard = hard_users();
my $path = database();
takes('hard users', [map { $_->[0] } @hard], $to, $path);
is_deeply column($path, 'id'), [map { $_->[1] } @hard], 'the table has the ids';
is_deeply column($path, 'profile'), [map { $_->[0] } @hard],
    '... and the lines, byte for byte';
is sprintf('%o', (stat $path)[2] & 0777), '600', '... for nobody else to read';
is run_recipe([(users())[0]], $to, $path), '', 'another run is silent';
is column($path, 'received')->[-1], '2026-11-21 01:02:03',
    '... and keeps the time of arrival';
is column($path, 'campaign')->[-1], 'default', '... and the campaign';

for my $index ('id', 'campaign, id', 'id COLLATE NOCASE') {
	my $unique = database();
	takes("before an index on $index", [user('u')], $to, $unique);
	system 'sqlite3', $unique, "CREATE UNIQUE INDEX i ON users ($index)";
	my $escaped = '{"$distinct_id":"\u0075","$properties":{}}';
	takes('a user twice', [user('u'), $escaped, user('v'), user('u') . ' '], $to, $unique);
	is_deeply column($unique, 'profile'), [user('u') . ' ', user('v')],
	    '... leaves the last of each';
	run_recipe([user('u')], { MIXSPOOL_CAMPAIGN => 'vip' }, $to, $unique);
	is join(' ', sort @{ column($unique, 'campaign') }),
	    $index =~ /campaign/ ? 'default default vip' : 'default vip',
	    '... in each campaign, if the index has it';
	my @ones = map { "{\"\$distinct_id\":$_,\"\$properties\":{}}" } '1', '"1"';
	refuses('the id of another user', [$ones[1]], [$ones[0]], $to, $unique);
	is column($unique, 'profile')->[-1], $ones[0], '... and replaces nobody';
}

my $columns = 'received, campaign, id, profile';
refuses('an e-mail twice, with an index on it',
	[user('e') =~ s/"e"/"f"/r], [user('e')], $to,
	database("CREATE TABLE users ($columns)",
		"CREATE UNIQUE INDEX i ON users (json_extract(profile, '\$.\"\$properties\".\"\$email\"'))"));
my $checked = database("CREATE TABLE users ($columns, CHECK (id <> 'bad'))");
refuses('a CHECK', [user('bad')], [user('a'), user('b')], $to, $checked);
is_deeply column($checked, 'id'), [qw(a b)], '... and the others are there, once';
my $half = '{"$distinct_id":"\ud800","$properties":{}}';
refuses('half a surrogate as an id', [$half], [user('a')], $to, database());
refuses('no user', ['no JSON of a@example.com', '[]', '7', "\"\xff\"",
	'[' x 2000 . ']' x 2000], [user('a')], $to, database());

my @nobody = nobodies();
my $cohorts = database();
takes('lines about nobody', [@nobody, @nobody], $to, $cohorts);
is_deeply column($cohorts, 'profile'), [@nobody, @nobody], '... are there, byte for byte';
is_deeply column($cohorts, 'typeof(id)'), [('null') x (2 * @nobody)], '... with no id';
system 'sqlite3', $cohorts, 'CREATE UNIQUE INDEX users_id ON users (id)';
takes('... and an index on the ids', [@nobody, user('a')], $to, $cohorts);
is_deeply column($cohorts, 'profile'), [(@nobody) x 3, user('a')], '... replace nobody';

# The table that to-sqlite of 0.1 made wants an id, and so do others. docs/recipes.md
# says how to change it.
my $old = 'CREATE TABLE users (received TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,'
    . ' campaign TEXT NOT NULL, id TEXT NOT NULL, profile TEXT NOT NULL)';
refuses('a table that wants an id', [$nobody[0]], [user('a')], $to,
	database("CREATE TABLE users (received, campaign, id NOT NULL, profile)"));
my $converted = database($old);
refuses('the table of 0.1', [@nobody], [user('a')], $to, $converted);
like((run_recipe([$nobody[0]], $to, $converted))[1], qr/NOT NULL constraint failed: users\.id/,
	'... it says which column');
is((run_recipe([@nobody], $to, database($old)))[0], 65,
	'... one that is empty does not hold up lines about nobody');
my ($convert) = slurp(top() . '/docs/recipes.md') =~ /^(BEGIN;\n.*?^COMMIT;\n)/ms;
system 'sqlite3', '-bail', $converted, $convert;
takes('... changed as the docs say', [@nobody, user('b')], $to, $converted);
is_deeply column($converted, 'profile'), [user('a'), @nobody, user('b')], '... takes them';
# The roster, sorted; hex, since the shell cuts a text at U+0000.
sub roster {
	my ($path, $what) = @_;
	return [sort map { pack 'H*', $_ } split /\n/, `sqlite3 -init /dev/null $path 'SELECT hex($what) FROM cohort_members'`];
}
my $members = database();
is((run_recipe([user('a')], $to, $members))[0], 0, 'a user of a form');
is `sqlite3 $members .tables`, "users\n", '... makes no roster';
my $all = q(project_id || "," || cohort_id || "," || distinct_id || "," || coalesce(cohort_name, "NULL")
	|| "," || properties || "," || CAST(substr(since, 10, 1) AS INTEGER));
my @seen = user('a');
for (cohort_runs()) {
	my ($name, $day, $lines, @in) = @$_;
	is_deeply [run_recipe($lines, { MIXSPOOL_FIRST => "2026110${day}T010203.000000Z-1.jsonl" },
		$to, $members)], [0, ''], "a roster: $name";
	is_deeply roster($members, $all), [sort @in], '... is right';
	push @seen, @$lines;
	is_deeply column($members, 'profile'), \@seen, '... and users has all lines';
}
is_deeply roster($members, 'campaign || since'), ['default2026-11-04 01:02:03',
	('default2026-11-07 01:02:03') x 2], '... the time is that of the arrival';
run_recipe([of_cohort('add_members', '"a"', '{}'), of_cohort('remove_members', '"c"', '{}')],
	{ MIXSPOOL_CAMPAIGN => 'vip' }, $to, $members);
is_deeply roster($members, 'campaign || distinct_id'), [qw(default7 defaultc defaultc vipa)],
    '... campaigns are apart';

# With mixspool once in front, members in no page of a full sync leave; without it, not.
for my $front ([program('mixspool'), 'once', "$home/seen.db", '--'], []) {
	my $synced = database();
	my @ids = map { $_->[0] =~ /distinct_id": *("(?:[^"\\]|\\.)*"|-?\d+)/ ? $1 : () } @hard;
	takes('a full sync', [full_sync('s1', @ids)], @$front, $to, $synced);
	my @in = @{ roster($synced, 'distinct_id') };
	cmp_ok scalar(@in), '>', 15, '... all are in';
	takes('a part of the next', [(full_sync('s2', '"u"', 7, '"a"'))[2]], @$front, $to, $synced);
	is_deeply roster($synced, 'distinct_id'), [sort 'a', @in], '... nobody leaves';
	takes('the rest of it', [(full_sync('s2', '"u"', '"7"', '"a"'))[0, 1]], @$front, $to, $synced);
	is_deeply roster($synced, 'distinct_id'), @$front ? [qw(7 a u)] : [sort @in, qw(7 a u)],
	    @$front ? '... all others leave' : '... without once nobody does';
	takes('a full sync of nobody', [full_sync('s3')], @$front, $to, $synced);
	is_deeply roster($synced, 'distinct_id'), @$front ? [] : [sort @in, qw(7 a u)],
	    '... and nobody is in, with once';
}

# The queries of docs/cohorts.md.
{
	my $asked = database();
	my $of = '"mixpanel_project_id":1,"mixpanel_cohort_id":"7654321","mixpanel_cohort_name":"Lapsed"';
	takes('a cohort of docs/cohorts.md', [of_cohort('add_members', '"a"', '{"email":"a@example.com"}', $of),
		of_cohort('add_members', '"b"', '{}', $of), of_cohort('remove_members', '"b"', '{}', $of)],
		$to, $asked);
	my @queries = map { split /\n\n/ } slurp(top() . '/docs/cohorts.md') =~ /^```sql\n(.*?)^```/msg;
	is_deeply [map { `sqlite3 -init /dev/null $asked '@{[s/'/'\\''/gr]}' 2>&1` =~ s/\d{4}-\d\d-.*?(?=[|\n])/TIME/gr }
		    @queries],
	    ["1|7654321|Lapsed|1|TIME\n", "a|a\@example.com|TIME\n",
		qq(TIME|a|add_members\nTIME|b|add_members\nTIME|b|remove_members\n)],
	    '... answers its queries';
}

# As a cohort's members, the hard ones keep their ids and properties; each leaves alone.
my @lines = map { $_->[0] =~ s/\}$/,"\$cohort":{"action":"add_members"}}/r } @hard;
my %ids = map { $_->[1] => 1 } @hard;
takes('hard members', \@lines, $to, my $keeps = database());
is_deeply roster($keeps, 'distinct_id'), [sort keys %ids], '... are in, 1 and "1" once';
is_deeply roster($keeps, 'CAST(properties AS BLOB)')->[-1], '{}', '... with their properties';
is_deeply [grep { length > 900_000 } @{ roster($keeps, 'properties') }],
    ['{"x":"' . 'x' x 900_000 . '"}'], '... byte for byte, those of 900 KB';
my $id = 'i' x 1_000_000;
takes('an id of 1 MB', [of_cohort('members', "\"$id\"", '{}')], $to, $keeps);
is((grep { $_ eq $id } @{ roster($keeps, 'distinct_id') }), 1, '... is in');
takes('... and out', [of_cohort('remove_members', "\"$id\"", '{}'),
	map { s/add_members/remove_members/r } @lines], $to, $keeps);
is_deeply roster($keeps, 'distinct_id'), [], 'all of them leave';
refuses('half a surrogate in a member\'s or a cohort\'s id',
	[of_cohort('add_members', '"\ud800"', '{}'),
		of_cohort('remove_members', '"b"', '{}', '"mixpanel_cohort_id":"\ud800"')],
	[of_cohort('add_members', '"a"', '{}')], $to, $keeps);
is_deeply roster($keeps, 'distinct_id'), ['a'], '... and the good one is in';

# The roster takes part in the transaction of the run.
refuses('a roster with a CHECK', [of_cohort('add_members', '"bad"', '{}')],
	[of_cohort('add_members', '"a"', '{}')], $to, my $picky = database(
	'CREATE TABLE cohort_members (campaign, project_id, cohort_id, distinct_id, cohort_name,'
	. " properties, since, CHECK (distinct_id <> 'bad'))"));
is_deeply [roster($picky, 'distinct_id'), column($picky, 'id')], [['a'], ['a']],
    '... takes the others, once';
for ('CHECK (0)', 'x NOT NULL', "CHECK (since > '3000')") {
	my $wrong = database('CREATE TABLE cohort_members (campaign, project_id, cohort_id,'
		. " distinct_id, cohort_name, properties, since, $_)");
	is((run_recipe([of_cohort('add_members', '"a"', '{}')], $to, $wrong))[0], 75,
		"a roster that takes nobody, $_: exit 75");
	takes('... it does not matter to a form', [user('a')], $to, $wrong);
}
my $counted = database('CREATE TABLE cohort_members (campaign, project_id, cohort_id,'
	. ' distinct_id INT, cohort_name, properties, since)');
is((run_recipe([of_cohort('add_members', '"a"', '{}')], $to, $counted))[0], 75,
	'a roster whose ids are numbers: exit 75');

# With an index on the ids a member may come as 7 and as "7".
my $single = database();
takes('a member', [of_cohort('add_members', '7', '{}')], $to, $single);
system 'sqlite3', $single, 'CREATE UNIQUE INDEX i ON users (id)';
takes('... who comes as a text, and an index', [of_cohort('remove_members', '"7"', '{}')], $to, $single);
is_deeply [roster($single, 'distinct_id'), column($single, 'profile')],
    [[], [of_cohort('remove_members', '"7"', '{}')]], '... is the same';

my $huge = big_user('huge', 10_000_000)->[0];
my $nested = '{"$distinct_id":"nested","x":' . '[' x 200 . ']' x 200 . '}';
takes('10 MB, and 200 levels', [$huge, $nested], $to, $cohorts);
is_deeply [@{ column($cohorts, 'profile') }[-2, -1]], [$huge, $nested],
    '... are there, byte for byte';

# A bad line is the user's fault where the table takes others, however few it takes.
my $email = "json_extract(profile, '\$.\"\$properties\".\"plan\"')";
my ($poor, $rich) = map { sprintf '{"$distinct_id":"%s","$properties":{%s}}', @$_ }
    ['poor', ''], ['rich', '"plan":"a"'];
my $strict = database("CREATE TABLE users ($columns, CHECK ($email IS NOT NULL))");
is((run_recipe([$poor], $to, $strict))[0], 75, 'a table that has taken nobody yet');
put_batch(spooled(), 'default', $poor, $rich);
is((tool('drain', spooled(), '--', $to, $strict))[0], 65, '... one that takes another');
is join('', lines_in(spooled(), 'default', 'failed')), "$poor\n", '... fails the bad one';
unlink batches_in(spooled(), 'default', 'failed');
is scalar(batches_in(spooled())), 0, '... holds up nothing';
is_deeply column($strict, 'DISTINCT profile'), [$rich], '... and has the good one';
my $guard = "CREATE TRIGGER t BEFORE INSERT ON users WHEN NEW.id = 'bad' BEGIN SELECT RAISE";
for my $raise (qw(ABORT FAIL ROLLBACK)) {
	my $triggered = database("CREATE TABLE users ($columns)", "$guard($raise, 'no'); END");
	refuses("a trigger, $raise", [user('bad')], [user('a')], $to, $triggered);
	is_deeply column($triggered, 'id'), ['a'], '... and the other is there, once';
}

my $view = database("CREATE TABLE lines ($columns)", 'CREATE VIEW users AS SELECT * FROM lines');
waits('a view', $to, $view);
system 'sqlite3', $view, 'CREATE TRIGGER t INSTEAD OF INSERT ON users BEGIN '
    . 'INSERT INTO lines VALUES (NEW.received, NEW.campaign, NEW.id, NEW.profile); END';
takes('a view that takes users', [users()], $to, $view);
is_deeply column($view, 'profile'), [users()], '... has them';

for my $type ('INTEGER', 'INT PRIMARY KEY', 'NUMERIC', 'REAL') {
	waits("ids that are $type", $to, database(
		"CREATE TABLE users (received, campaign, id $type, profile)"));
}
takes('ids that are VARCHAR', [map { $_->[0] } @hard], $to,
	my $varchar = database('CREATE TABLE users (received, campaign, id VARCHAR(9), profile)'));
is_deeply column($varchar, 'id'), [map { $_->[1] } @hard], '... keep every digit';
takes('a table with a column more', [users()], $to, my $wider =
	    database("CREATE TABLE users (n INTEGER PRIMARY KEY, x DEFAULT 7, $columns)"));
is_deeply column($wider, 'profile'), [users()], '... has them';
waits('a table without the columns', $to, database('CREATE TABLE users (x)'));
waits('a table with other values', $to, database(
	"CREATE TABLE users ($columns, CHECK (length(profile) < 9))",
	"INSERT INTO users VALUES ('', '', '', 'x')"));
waits('a table that wants more', $to,
	database("CREATE TABLE users ($columns, x NOT NULL)"));
waits('a folder that is not there', $to, '/nonexistent/db');
waits('no database', $to, spew("$home/text", "no database\n" x 100));

my $small = database();
my ($status, $said) = run_recipe([big_user('big', 100_000)->[0]], 'sh', '-c',
	'ulimit -f 20; exec "$0" "$@"', $to, $small);
is $status, 75, 'a file that cannot grow: exit 75';
like $said, qr/^to-sqlite: \w/, '... and it says why';
takes('... with room', [users()], $to, $small);
is_deeply column($small, 'profile'), [users()], '... nothing else is there';

# Another program writes to the database, and is done after a while.
open my $other, '|-', 'sqlite3', '-batch', '-init', '/dev/null', $small or die $!;
$other->autoflush;
print {$other} "BEGIN EXCLUSIVE;\n.shell touch $home/locked\n";
wait_until { -e "$home/locked" } 'the lock';
put_batch(spooled(), 'default', user('late'));
my $drain = spawn([program('mixspool'), 'drain', spooled(), '--', $to, $small]);
wait_until { sleeps($drain) } 'the drain to wait';
print {$other} "COMMIT;\n";
close $other;
is reap($drain), 0, 'a database that is locked for a while is waited for';
is column($small, 'id')->[-1], 'late', '... and has the user then';

is((run_recipe([(users())[0]], { MIXSPOOL_USERS => 2 }, $to, $path))[0], 75,
	'a cut input: exit 75');
my $cut = new_file(user('a'), "\n", '{"$distinct');
is((run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c', 'exec "$0" "$1" <"$2"', $to,
		$path, $cut))[0], 75, 'a line that is cut: exit 75');

{
	local $ENV{HOME} = $home;
	spew("$home/.sqliterc", "PRAGMA busy_timeout=5000;\n.mode box\n");
	takes('the user\'s .sqliterc', [users()], $to, database());
}
takes_in_cron([users()], $to, my $cron = database());
is_deeply column($cron, 'profile'), [(users()) x 2], '... all are there';
takes('a name that is no ASCII', [users()], $to, "$home/\xc3\xa9?x=1.db");
is_deeply column("'$home/\xc3\xa9?x=1.db'", 'profile'), [users()], '... has them';

# A power loss just after the run must not bring the journal back: the folder is synced
# after the journal is gone.
{
	my $trace = "$home/trace";
	run_recipe([user('a')], 'strace', '-f', '-y', '-e', 'trace=unlink,fsync,fdatasync',
		'-o', $trace, $to, my $synced = database());
	like slurp($trace), qr/unlink\("\Q$synced\E-journal"\).*sync\(\d+<\Q$home\E>\)/s,
	    'the removal of the journal is synced';
}
SKIP: {
	skip 'only root can be another user', 4 if $> != 0;
	chmod 0755, $home;
	my $readonly = database("CREATE TABLE users ($columns)");
	chmod 0644, $readonly;
	waits('a database that is read-only', 'setpriv', '--reuid=65534', '--clear-groups', $to,
		$readonly);
}

done_testing;

#!/usr/bin/env perl
# to-postgres, with PostgreSQL and PgBouncer: what goes in comes out, or is in failed/,
# or waits.

use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $spool = spooled();
chmod 0755, $home;
my ($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';
my $data = "$home/postgres";
mkdir $data;
# PostgreSQL and PgBouncer do not run as root.
my @as = $> == 0 ? ('setpriv', '--reuid=postgres', '--regid=postgres',
	'--clear-groups', '--') : ();
system 'chown', 'postgres:', $data if $> == 0;
system(join ' ', @as, "$bin/initdb", '-D', "$data/db", '-A trust',
	'-U growth --no-sync >/dev/null') == 0 or die 'initdb';
my $port = free_port();
my $server = spawn([@as, "$bin/postgres", '-D', "$data/db", '-k', $data,
	'-p', $port, '-c', 'listen_addresses=', '-c', 'fsync=off'], err => "$data.log",
	out => "$data.log");
@ENV{qw(PGHOST PGPORT PGUSER)} = ($data, $port, 'growth');
wait_until { !system 'psql -d postgres -c "" >/dev/null 2>&1' } 'PostgreSQL';

my $to = example('postgres');
my ($table) = slurp($to) =~ /^#\s+(CREATE TABLE.*?;)/ms;
$table =~ s/^#//mg;

sub sql {
	my ($database, @statements) = @_;
	open my $psql, '-|', 'psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', $database,
	    map { ('-c', $_) } @statements or die 'psql';
	my $text = join '', <$psql>;
	close $psql or die 'psql';
	return $text;
}

# A database with the recipe's table, changed by these statements.
my $databases = 0;

sub database {
	my $name = 'd' . $databases++;
	sql('postgres', "CREATE DATABASE $name TEMPLATE template0 ENCODING UTF8");
	sql($name, $table, @_);
	return $name;
}

my $id = q(profile->>'$distinct_id');
my $users = database();
takes('users', [users()], $to, "dbname=$users");
is sql($users, "SELECT campaign, $id, profile FROM users"), <<"END", 'are there, as jsonb';
default|a|{"\$properties": {"x": "q\\"\\\\,'", "\$email": "a\@example.com"}, "\$distinct_id": "a"}
default|7|{"\$properties": {"n": 0.10, "y": "\xd0\x98"}, "\$distinct_id": 7}
default|b c|{"\$properties": {"z": [1, {"k": null}], "\$city": "X, Y"}, "\$distinct_id": "b c"}
END

is run_recipe([user('a')], $to, "dbname=$users"), '', 'another run is silent';
is sql($users, 'SET timezone = UTC', "SELECT received FROM users WHERE $id = 'a' OFFSET 1"),
    "2026-11-21 01:02:03+00\n", '... and keeps the time of arrival';
sql($users, "DELETE FROM users WHERE ctid = (SELECT max(ctid) FROM users)");
is sql($users, "INSERT INTO users (profile) VALUES ('{}')",
	"DELETE FROM users WHERE profile = '{}' RETURNING received = now()"), "f\n",
    '... which others need not give';

# jsonb has neither U+0000 nor all numbers.
my $refused = qr/\\u0000|1e131072|1e-16384/;
my @good = grep { $_->[0] !~ $refused } hard_users();
my @bad = map { $_->[0] } grep { $_->[0] =~ $refused } hard_users();
is scalar(@bad), 3, 'three users are too hard';
push @bad, '{"$distinct_id":"half","$properties":{"x":"\ud800"}}';
my $hard = database();
refuses('hard users', \@bad, [map { $_->[0] } @good], $to, "dbname=$hard");
is sql($hard, "SELECT $id FROM users"), join('', map {"$_->[1]\n"} @good),
    '... and the others are there, once, with their ids';
is sql($hard, "SELECT profile->'\$distinct_id' FROM users WHERE $id = '1'"), "1\n\"1\"\n",
    '... 1 is not "1"';

# In one batch, with the bad ones among the good ones; and one of 50 that were posted.
my $mixed = database();
my @numbers = map { $_->[0] } grep { $_->[1] =~ /\An[-\d]/ } hard_users();
put_batch(spooled(), 'default', @numbers);
my ($status, undef, $err) = tool('drain', spooled(), '--', $to, "dbname=$mixed");
is $status, 65, 'one batch of hard numbers: exit 65';
like $err, qr/refused 2 of 9 users of \S+: see failed/, '... two are refused';
is_deeply [lines_in(spooled(), 'default', 'failed')],
    [map {"$_\n"} grep { $_ =~ $refused } @numbers], '... and are in failed/';
is sql($mixed, 'SELECT count(*) FROM users'), "7\n", '... the others are there';
unlink batches_in(spooled(), 'default', 'failed');
my @posted = map { $_ == 17 ? '{"$distinct_id":"17","$properties":{"x":"a\u0000b"}}' : user($_) } 1 .. 50;
is cgi({ MIXSPOOL_DIR => spooled() }, form('[' . join(',', @posted) . ']'), {})->{status}, 200,
    '50 users are posted, one with U+0000';
($status, undef, $err) = tool('drain', spooled(), '--', $to, "dbname=$mixed");
is $status, 65, '... exit 65';
is_deeply [lines_in(spooled(), 'default', 'failed')], ["$posted[16]\n"],
    '... that one is in failed/';
is sql($mixed, 'SELECT count(*) FROM users'), "56\n", '... and 49 are there';
is scalar(batches_in(spooled())), 0, '... and none waits';
unlink batches_in(spooled(), 'default', 'failed');

my $json = database('ALTER TABLE users ALTER profile TYPE json');
takes('hard users as json', [map { $_->[0] } hard_users()], $to, "dbname=$json");
is sql($json, 'SELECT profile FROM users'), join('', map {"$_->[0]\n"} hard_users()),
    '... are there, byte for byte';
refuses('no user', ['no JSON of a@example.com', "\"\xff\""], [user('a')], $to,
	"dbname=$hard");

sql('postgres', "CREATE DATABASE latin1 TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'");
sql('latin1', $table);
my @names = map { "{\"\$distinct_id\":\"$_\",\"\$properties\":{}}" } "\xc3\xa9", "\xd0\x98";
refuses('a character that LATIN1 does not have', [$names[1]], [$names[0]], $to,
	'dbname=latin1');
is sql('latin1', 'SET client_encoding = UTF8', "SELECT $id FROM users"), "\xc3\xa9\n",
    '... and the other is there';

my $index = "CREATE UNIQUE INDEX ON users (($id))";
my $end = ("ALTER TABLE users ADD id text GENERATED ALWAYS AS ($id) STORED");
for my $unique ([$index], ["CREATE UNIQUE INDEX ON users (campaign, ($id))"],
	[$end, 'ALTER TABLE users ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED'],
	['ALTER TABLE users ALTER profile TYPE json', $index]) {
	my $kept = database(@$unique);
	my $escaped = '{"$distinct_id":"\u0075","$properties":{}}';
	my @again = (user('u') . ' ', $escaped, user('v'), "\t" . user('u'), user('w'));
	takes("a user twice: $unique->[-1]", [user('u')], $to, "dbname=$kept");
	takes('... in one run', [@again], $to, "dbname=$kept");
	is sql($kept, "SELECT $id FROM users ORDER BY 1"), "u\nv\nw\n",
	    '... leaves one of each';
	run_recipe([user('u')], { MIXSPOOL_CAMPAIGN => 'vip' }, $to, "dbname=$kept");
	is sql($kept, "SELECT campaign FROM users WHERE $id = 'u' ORDER BY 1"),
	    $unique->[-1] =~ /campaign/ ? "default\nvip\n" : "vip\n",
	    '... in each campaign, if the index has it';
	run_recipe(["\t" . user('u')], $to, "dbname=$kept");
	is sql($kept, "SELECT left(profile::text, 2) FROM users WHERE $id = 'u'"), "\t{\n",
	    '... the last, byte for byte' if @$unique == 2 && $unique->[1] eq $index;
	my @ones = map { "{\"\$distinct_id\":$_,\"\$properties\":{}}" } '1', '"1"';
	refuses('the id of another user', [$ones[1]], [$ones[0], user('u')], $to, "dbname=$kept");
	is sql($kept, "SELECT profile->'\$distinct_id' FROM users WHERE $id = '1'"), "1\n",
	    '... and replaces nobody';
}

my $minimal = database('ALTER TABLE users DROP received, DROP campaign', $index);
takes('a table of profiles alone', [user('u'), user('v'), user('u')], $to, "dbname=$minimal");
is sql($minimal, "SELECT $id FROM users ORDER BY 1"), "u\nv\n", '... leaves one of each';

# Pages of a table are not filled in order; the last line of the run counts all the same.
my $ordered = database($index);
takes('one of many', [user('u')], $to, "dbname=$ordered");
takes('many lines of her', [map {
		sprintf '{"$distinct_id":"u","n":%d,"x":"%s"}', $_, 'x' x ($_ * 769 % 1900)
	} 1 .. 200], $to, "dbname=$ordered");
is sql($ordered, "SELECT profile->'n' FROM users"), "200\n", '... leave the last';
refuses('an e-mail twice, with an index on it', [user('e') =~ s/"e"/"f"/r], [user('e')],
	$to, 'dbname=' . database(
	"CREATE UNIQUE INDEX ON users ((profile->'\$properties'->>'\$email'))"));

# A role that may do no more than it needs.
sql('postgres', 'CREATE ROLE narrow LOGIN');
my $narrow = database($index, 'GRANT INSERT ON users TO narrow');
{
	local $ENV{PGUSER} = 'narrow';
	takes('a role that may only INSERT', [user('u')], $to, "dbname=$narrow");
	refuses('... of which none can be replaced', [user('u')], [user('v')], $to,
		"dbname=$narrow");
	waits('... in a table that it may not', $to, "dbname=$users");
}
is sql($narrow, "SELECT $id FROM users"), "u\nv\n", '... has the users';

# A bad line is the user's fault where the table takes others, however few it takes.
my ($poor, $rich) = map { sprintf '{"$distinct_id":"%s","$properties":{%s}}', @$_ }
    ['poor', ''], ['rich', '"plan":"a"'];
my $strict = database("ALTER TABLE users ADD plan text GENERATED ALWAYS AS "
	. "(profile->'\$properties'->>'plan') STORED NOT NULL");
is((run_recipe([$poor], $to, "dbname=$strict"))[0], 75,
	'a table that has taken nobody yet');
put_batch(spooled(), 'default', $poor, $rich);
is((tool('drain', spooled(), '--', $to, "dbname=$strict"))[0], 65,
	'... one that takes another');
is join('', lines_in(spooled(), 'default', 'failed')), "$poor\n", '... fails the bad one';
unlink batches_in(spooled(), 'default', 'failed');
is scalar(batches_in(spooled())), 0, '... holds up nothing';
is sql($strict, "SELECT DISTINCT $id FROM users"), "rich\n", '... and has the good one';
my $long = join '', map { sprintf '%08x', $_ * 2654435761 % 2**32 } 1 .. 2000;
refuses('an id that is too long for an index',
	["{\"\$distinct_id\":\"$long\",\"\$properties\":{}}"], [user('u')], $to,
	'dbname=' . database($index));
refuses('a CHECK', [user('bad')], [user('a')], $to,
	'dbname=' . database("ALTER TABLE users ADD CHECK ($id <> 'bad')"));
refuses('a trigger', [user('bad')], [user('a')], $to, 'dbname=' . database(
	'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.'
	. "$id = 'bad' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END \$\$",
	'CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()'));
refuses('a constraint at the end', [user('bad')], [user('a')], $to, 'dbname='
	. database($end, 'CREATE TABLE known (id text PRIMARY KEY)',
	"INSERT INTO known VALUES ('a')", 'ALTER TABLE users ADD FOREIGN KEY (id) '
	. 'REFERENCES known DEFERRABLE INITIALLY DEFERRED'));
my $cohorts = database();
my @nobody = ('{"$cohort": {"action": "members"}}', '{}');
takes('lines about nobody', [@nobody], $to, "dbname=$cohorts");
is sql($cohorts, 'SELECT profile FROM users'), "$nobody[0]\n$nobody[1]\n", '... are there';
@nobody = nobodies();
my $ids = database("ALTER TABLE users ALTER profile TYPE json", $index);
takes('alerts, events and an empty page', [@nobody], $to, "dbname=$ids");
is sql($ids, 'SELECT profile FROM users'), join('', map {"$_\n"} @nobody),
    '... are there, byte for byte';
my $wants = database("ALTER TABLE users ADD id text GENERATED ALWAYS AS ($id) STORED NOT NULL");
my @without = grep { $_ !~ /distinct_id":[^n"u]/ && $_ !~ /distinct_id":""/ } @nobody;
refuses('a table that wants an id', [@without], [user('a')], $to, "dbname=$wants");
is((run_recipe([@without], $to, 'dbname=' . database('ALTER TABLE users ADD id text '
	. "GENERATED ALWAYS AS ($id) STORED NOT NULL")))[0], 65,
	'... one that is empty does not hold up lines about nobody');
my ($alter) = slurp(top() . '/docs/recipes.md') =~ /^(ALTER TABLE users ALTER id .*;)$/m;
sql($wants, $alter);
takes('... changed as the docs say', [@without], $to, "dbname=$wants");
# The roster.
sub roster {
	my ($database, $what) = @_;
	return sql($database, "SET timezone = UTC", "SELECT $what AS x FROM cohort_members ORDER BY ($what) COLLATE \"C\"");
}
sub run_on {
	my ($day, $lines, $database) = @_;
	return run_recipe($lines, { MIXSPOOL_FIRST => "2026110${day}T010203.000000Z-1.jsonl" }, $to,
		"dbname=$database");
}
my $all = q(project_id || ',' || cohort_id || ',' || distinct_id || ',' || coalesce(cohort_name, 'NULL')
	|| ',' || properties || ',' || extract(day from since));
my $members = database();
run_recipe([user('a')], $to, "dbname=$members");
is sql($members, "SELECT to_regclass('cohort_members')"), "\n", 'a user of a form makes no roster';
my $lines = 1;
for (cohort_runs()) {
	my ($name, $day, $run, @in) = @$_;
	is_deeply [run_on($day, $run, $members)], [0, ''], "a roster: $name";
	is roster($members, $all), join('', map {"$_\n"} sort @in), '... is right';
	is sql($members, 'SELECT count(*) FROM users'), ($lines += @$run) . "\n",
	    '... and users has all lines';
}
is roster($members, 'campaign || since'), "default2026-11-04 01:02:03+00\n"
    . "default2026-11-07 01:02:03+00\n" x 2, '... the time is that of the arrival';
run_recipe([of_cohort('add_members', '"a"', '{}'), of_cohort('remove_members', '"c"', '{}')],
	{ MIXSPOOL_CAMPAIGN => 'vip' }, $to, "dbname=$members");
is roster($members, 'campaign || distinct_id'), "default7\ndefaultc\ndefaultc\nvipa\n",
    '... campaigns are apart';

# With mixspool once in front, members in no page of a full sync leave.
my @front = (program('mixspool'), 'once', "$home/seen.db", '--');
my $synced = database();
takes('a full sync', [full_sync('s1', '"a"', 7, '"\u00e9\ud83d\ude00"', '"q\"\\\\"', '"b"')], @front, $to,
	"dbname=$synced");
is roster($synced, 'distinct_id'), "7\na\nb\nq\"\\\n\xc3\xa9\xf0\x9f\x98\x80\n", '... all are in';
takes('the next', [full_sync('s2', '"c"', '"7"')], @front, $to, "dbname=$synced");
is roster($synced, 'distinct_id'), "7\nc\n", '... all others leave';

# The queries of docs/cohorts.md.
my ($queries) = slurp(top() . '/docs/cohorts.md') =~ /^```sql\n(.*?)^```/ms;
like sql($members, 'INSERT INTO cohort_members VALUES (\'default\', 1, 7654321, \'u\', \'L\','
	. '\'{"email":"u@example.com"}\')', $queries), qr/^1\|7654321\|L\|1\|.*^u\|u\@example\.com\|/ms,
    'the queries of docs/cohorts.md have answers';
sql($members, "DELETE FROM cohort_members WHERE cohort_id = '7654321'");

# As a cohort's members, the hard ones keep their ids and properties; each leaves alone.
# An id cannot have U+0000, and json does not look beside one.
my @hard_lines = map { $_->[0] =~ s/\}$/,"\$cohort":{"action":"add_members"}}/r }
    grep { $_->[0] !~ /\\u0000/ } hard_users();
my %ids = map { $_->[1] => 1 } grep { $_->[0] !~ /\\u0000/ } hard_users();
my $keeps = database('ALTER TABLE users ALTER profile TYPE json');
takes('hard members', \@hard_lines, $to, "dbname=$keeps");
is roster($keeps, 'distinct_id'), join('', map {"$_\n"} sort keys %ids), '... are in, 1 and "1" once';
is sql($keeps, 'SELECT properties FROM cohort_members WHERE length(properties::text) > 900000'),
    '{"x":"' . 'x' x 900_000 . "\"}\n", '... with their properties, byte for byte';
my @long = map { my $unlike = $_; join '', map { sprintf '%08x', ($_ + $unlike) * 2654435761 % 2**32 }
	    1 .. 125_000 } 1, 2;
push @long, "back\\slash\\", "\\x41", "\\134", "'quote";
takes('ids of 1 MB, which are not a hash, and ids with backslashes', [
	map { of_cohort('members', JSON::PP->new->allow_nonref->encode($_), '{}') } @long],
	$to, "dbname=$keeps");
is roster($keeps, 'md5(distinct_id)'), join('', map {"$_\n"} sort map { md5_hex($_) } @long, keys %ids),
    '... are in';
takes('... and out', [map { s/add_members/remove_members/r } @hard_lines], $to, "dbname=$keeps");
takes('... all', [map { of_cohort('remove_members', JSON::PP->new->allow_nonref->encode($_), '{}') }
	@long], $to, "dbname=$keeps");
is roster($keeps, 'distinct_id'), '', 'all of them leave';
for my $database ($keeps, database()) {
	refuses('U+0000 and half a surrogate in an id', [of_cohort('add_members', '"a\u0000b"', '{}'),
		of_cohort('add_members', '"\ud800"', '{}'),
		of_cohort('remove_members', '"a"', '{}', '"mixpanel_cohort_id":"\u0000"')],
		[of_cohort('add_members', '"a"', '{}')], $to, "dbname=$database");
	is roster($database, 'distinct_id'), "a\n", '... and the good one is in';
}

# The roster takes part in the transaction of the run.
my $without = 'CREATE TABLE cohort_members (campaign text DEFAULT current_setting(\'mixspool.campaign\'),'
    . ' project_id text, cohort_id text, distinct_id text, cohort_name text, properties json,'
    . ' since timestamptz DEFAULT now()';
my $unique = 'CREATE UNIQUE INDEX ON cohort_members (campaign, project_id, cohort_id, '
    . '(sha256(replace(distinct_id, chr(92), repeat(chr(92), 2))::bytea)))';
my $picky = database("$without, CHECK (distinct_id <> 'bad'))", $unique);
refuses('a roster with a CHECK', [of_cohort('add_members', '"bad"', '{}')],
	[of_cohort('add_members', '"a"', '{}')], $to, "dbname=$picky");
is roster($picky, 'distinct_id') . sql($picky, "SELECT $id FROM users"), "a\na\n",
    '... takes the others, once';
for (["$without, CHECK (false))", $unique], ["$without, x int NOT NULL)", $unique], ["$without)"],
	['CREATE TABLE cohort_members ()'], ['CREATE VIEW cohort_members AS SELECT 1 AS x']) {
	my $wrong = database(@$_);
	my ($got, $said) = run_recipe([of_cohort('add_members', '"a"', '{}')], $to, "dbname=$wrong");
	is $got, 75, "a roster that takes nobody: exit 75";
	like $said, qr/\n.*\n/, '... and it says why';
	is sql($wrong, 'SELECT count(*) FROM users'), "0\n", '... users has nobody, either';
	takes('... it does not matter to a form', [user('a')], $to, "dbname=$wrong");
}
{
	my $given = database('GRANT INSERT ON users TO narrow');
	local $ENV{PGUSER} = 'narrow';
	my ($got, $said) = run_recipe([of_cohort('add_members', '"a"', '{}')], $to, "dbname=$given");
	is $got, 75, 'a role that may not make the table: exit 75';
	like $said, qr/permission denied for schema public/, '... it says why';
	local $ENV{PGUSER} = 'growth';
	is((run_recipe([of_cohort('add_members', '"a"', '{}')], $to, "dbname=$given"))[0], 0,
		'... one that may');
	sql($given, 'GRANT INSERT, SELECT, UPDATE, DELETE ON cohort_members TO narrow');
	local $ENV{PGUSER} = 'narrow';
	takes('... then takes them', [of_cohort('remove_members', '"a"', '{}'),
		of_cohort('add_members', '"b"', '{}')], $to, "dbname=$given");
	is sql("user=growth dbname=$given", 'SELECT distinct_id FROM cohort_members'), "b\n", '... they are right';
}

# A right that is missing is nobody's fault but the table's.
for my $revoke ('DELETE ON cohort_members FROM narrow', 'UPDATE ON cohort_members FROM narrow',
	'INSERT ON cohort_members FROM narrow', 'SELECT ON cohort_members FROM narrow',
	'TEMP ON DATABASE CURRENT FROM PUBLIC') {
	my $limited = database('GRANT INSERT ON users TO narrow');
	my $member = of_cohort('add_members', '"a"', '{}');
	run_recipe([$member], $to, "dbname=$limited");
	sql($limited, 'GRANT INSERT, SELECT, UPDATE, DELETE ON cohort_members TO narrow',
		'REVOKE ' . $revoke =~ s/CURRENT/$limited/r);
	local $ENV{PGUSER} = 'narrow';
	my ($got, $said) = run_recipe([$member], $to, "dbname=$limited");
	is $got, 75, "a role without $revoke: exit 75";
	like $said, qr/^ERROR:  permission denied/m, '... it says why';
}

# With an index on the ids a member may come as 7 and as "7".
my $single = database($index);
takes('a member, and an index on the ids', [of_cohort('add_members', '7', '{}')], $to, "dbname=$single");
takes('... who comes as a text', [of_cohort('add_members', '"7"', '{"n":1}'),
	of_cohort('add_members', '"8"', '{}')], $to, "dbname=$single");
is roster($single, 'distinct_id || properties') . sql($single, "SELECT count(*) FROM users"),
    qq(7{"n":1}\n8{}\n2\n), '... is the same';

my $huge = big_user('huge', 10_000_000)->[0];
my $nested = '{"$distinct_id":"nested","x":' . '[' x 1000 . ']' x 1000 . '}';
takes('10 MB, and 1000 levels', [$huge, $nested], $to, "dbname=$cohorts");
is sql($cohorts, "SELECT length(profile->'\$properties'->>'x') FROM users WHERE $id = 'huge'"),
    "10000000\n", '... are there';
is((run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, "dbname=$cohorts"))[0], 75,
	'a cut input: exit 75');
is sql($cohorts, 'SELECT count(*) FROM users'), "4\n", '... takes nothing';

waits('no such database', $to, 'dbname=nope');
waits('no table', $to, 'dbname=postgres');
like((run_recipe([user('a')], $to, 'dbname=postgres'))[1],
	qr/^ERROR:  relation "users" does not exist$/m, '... the message names it');
waits('a table with policies, which COPY cannot', $to, 'user=narrow dbname='
	. database('GRANT INSERT ON users TO narrow',
	'ALTER TABLE users ENABLE ROW LEVEL SECURITY'));
waits("a table with $_", $to, 'dbname=' . database("ALTER TABLE users $_"))
    for 'RENAME profile TO p', 'ALTER profile TYPE int USING 1',
    'ALTER profile TYPE varchar(9) USING 1', 'ADD x int NOT NULL', 'ADD CHECK (false)';

waits('a table with other values', $to, 'dbname=' . database(
	'ALTER TABLE users ALTER profile TYPE varchar(9) USING 1', "INSERT INTO users (profile) VALUES ('x')"));

my $pooler_port = free_port();
sub pooler {
	my ($more) = @_;
	my $file = spew("$home/pgbouncer.ini", <<"END");
[databases]
* = host=$data port=$port user=growth
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = any
pool_mode = transaction
$more
END
	my $pid = spawn([@as, '/usr/sbin/pgbouncer', '-q', $file], err => "$home/pooler.log",
		out => "$home/pooler.log");
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$pooler_port") } 'PgBouncer';
	return $pid;
}
for my $setting ('', 'ignore_startup_parameters = options') {
	my $pid = pooler($setting);
	my $pooled = database();
	local @ENV{qw(PGHOST PGPORT)} = ('127.0.0.1', $pooler_port);
	takes("PgBouncer $setting, a cohort", [of_cohort('add_members', '"a"', '{}')], $to,
		"dbname=$pooled");
	is sql($pooled, 'DELETE FROM users', 'SELECT campaign, distinct_id FROM cohort_members'),
	    "default|a\n", '... the campaign is in the roster';
	takes("PgBouncer $setting", [users()], $to, "dbname=$pooled");
	is sql($pooled, 'SELECT DISTINCT campaign FROM users'), "default\n",
	    '... the campaign is in each row';
	refuses('... a bad user', [$bad[0]], [user('a')], $to, "dbname=$pooled");
	stop($pid, 'INT');
	waits('PgBouncer stopped', $to, "dbname=$pooled");
}

{
	local $ENV{HOME} = $home;
	spew("$home/.psqlrc", "\\set AUTOCOMMIT off\n\\set ON_ERROR_STOP 0\n\\echo x\n");
	takes('the user\'s .psqlrc', [users()], $to, "dbname=$users");
	is sql($users, 'SELECT count(*) FROM users'), "6\n", '... does not count';
	local $ENV{PGOPTIONS} = '-c statement_timeout=60000';
	takes('PGOPTIONS', [users()], $to, "dbname=$users");
	local $ENV{PGCLIENTENCODING} = 'LATIN1';
	takes('PGCLIENTENCODING', ["{\"\$distinct_id\":\"\xd0\x98\",\"\$properties\":{}}"], $to,
		"dbname=$users");
	is sql($users, 'SET client_encoding = UTF8',
		"SELECT count(*) FROM users WHERE $id = U&'\\0418'"), "1\n",
	    '... changes no character';
}

takes_in_cron([users()], $to, "dbname=$users");

# A COMMIT that waits for a standby and is cancelled succeeds with a warning: no other
# warning counts, and no setting hides it.
my $warns = database('CREATE FUNCTION warn() RETURNS trigger AS \'BEGIN RAISE WARNING $$w$$; RETURN NEW; END\''
	. ' LANGUAGE plpgsql', 'CREATE TRIGGER warn BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION warn()');
takes('a table that warns', [users()], $to, "dbname=$warns");

sub standby {
	my $name = shift;
	sql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$name'", 'SELECT pg_reload_conf()');
	wait_until { sql('postgres', 'SHOW synchronous_standby_names') eq "$name\n" } 'the setting';
	return;
}
for my $connection ("dbname=$warns", "dbname=$warns options='-c client_min_messages=error'") {
	standby('nobody');
	put_batch($spool, 'default', user('a'));
	my $log = new_file('');
	my $drain = spawn([program('mixspool'), 'drain', $spool, '--', $to, $connection], err => $log);
	my $waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
	wait_until { sql('postgres', "SELECT count(*) $waits") eq "1\n" } 'a COMMIT that waits';
	sql('postgres', "SELECT pg_cancel_backend(pid) $waits");
	is exit_of(reap($drain)), 75, "$connection: a COMMIT that no standby has confirmed: exit 75";
	like slurp($log), qr/^to-postgres: no standby has confirmed the commit$/m, '... with the reason';
	is scalar(batches_in($spool)), 1, '... and the batch stays';
	standby('');
	unlink batches_in($spool);
}
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on';
	waits('a server that is read-only', $to, "dbname=$users");
	local $ENV{TMPDIR} = '/nonexistent';
	waits('TMPDIR that is not there', $to, "dbname=$users");
	local $ENV{TMPDIR} = "$home/tmp";
	mkdir "$home/tmp";
	waits('... another one', $to, 'postgresql://growth:secret@127.0.0.1:1/nope');
	is_deeply [glob "$home/tmp/*"], [], '... in which nothing is left';
	local $ENV{PATH} = path_of(qw(cat mktemp rm wc));
	waits('psql that is missing', '/bin/sh', $to, "dbname=$users");
}

stop($server, 'INT');
waits('PostgreSQL stopped', $to, "dbname=$users");

done_testing;

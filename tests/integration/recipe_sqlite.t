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
		split /\n/, `sqlite3 -init /dev/null $path 'SELECT hex($what) FROM users'`];
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
	takes('a user twice', [user('u'), user('v'), user('u') . ' '], $to, $unique);
	is_deeply column($unique, 'profile'), [user('u') . ' ', user('v')],
	    '... leaves the last of each';
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
refuses('no user', ['no JSON of a@example.com', '[]', '{}', '7', "\"\xff\""],
	[user('a')], $to, database());

waits('a table without the columns', $to, database('CREATE TABLE users (x)'));
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

{
	local $ENV{HOME} = $home;
	spew("$home/.sqliterc", "PRAGMA busy_timeout=5000;\n.mode box\n");
	takes('the user\'s .sqliterc', [users()], $to, database());
	local $ENV{PYTHONPATH} = $home;
	spew("$home/json.py", "raise SystemExit(0)\n");
	takes('the user\'s PYTHONPATH', [users()], $to, database());
}

done_testing;

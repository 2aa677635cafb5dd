#!/usr/bin/env perl
# mixspool once with its state in PostgreSQL, when something is not there or fails: exit
# 75, nothing is changed, no lock is left, and no password is shown.

use strict;
use warnings;
use IO::Socket::INET;
use States;
use Test::More;
use SharedRuns;
use Testbed;

$ENV{TEST_STATE} = 'postgresql';
my $base = folder();
my $state = state_is(new_state());
my ($port, $data) = state_server();

# What is not there, or not ours. Never 65: drain would take the lines for bad ones.
my $closed = free_port();
state_sql('postgres', 'CREATE DATABASE empty');
state_sql('postgres', q(CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'));
for my $case (
	['no server', "postgresql://runner:secret\@127.0.0.1:$closed/state", qr/Connection refused/],
	['no server, and a password behind it', "postgres://127.0.0.1:$closed/state?user=runner&password=secret", qr/Connection refused/],
	['a password with an @', "postgresql://runner:sec\@ret\@127.0.0.1:$closed/state", qr/: \S/],
	['a password with a /', "postgresql://runner:secret/x\@127.0.0.1:$closed/state", qr/%2F/],
	['a password with a / behind digits', "postgresql://runner:1/secret\@127.0.0.1:$closed/state", qr/%2F/],
	['no database', 'postgresql:///none', qr/database "none" does not exist/],
	['no tables', 'postgresql:///empty', qr/it has no tables of mixspool once: --init makes them/],
	['a URL that is none', 'postgresql://[', qr/: \S/],
) {
	my ($what, $url, $why) = @$case;
	for my $users ('', 1) {
		my ($status, $run) = once(add(12, 'a'), ['cat'], state => $url, env => { MIXSPOOL_USERS => $users });
		is $status, 75, "$what: exit 75";
		like err($run), qr/\Amixspool once: post\S+: .*; nothing is changed\n\z/, '... a line of its own';
		like err($run), $why, '... and why';
		unlike err($run), qr/secret|sec\@|ret\@/, '... without a password';
		is out($run), '', '... the command is not run';
	}
}
is_deeply [tool('members', 'postgresql:///empty')], [65, '',
	"mixspool members: postgresql:///empty: it has no tables of mixspool once: --init makes them\n"], 'members without tables';

# --init.
is_deeply [tool('once', '--init', $state)], [0, '', ''], '--init of what is there: exit 0';
like +(tool('once', '--init', 'postgresql:///empty'))[2], qr/permission denied/, '... needs the right to create';
{
	local $ENV{PGUSER} = 'owner';
	like +(tool('once', '--init', 'postgresql:///latin'))[2], qr/encoding of the database is not UTF8/, '... and UTF8';
	# The second one waits for the first, and sees its rows whatever the isolation is.
	local $ENV{PGOPTIONS} = '-c default_transaction_isolation=serializable';
	my $waits = "FROM pg_stat_activity WHERE datname = 'empty' AND wait_event";
	my $holder = spawn([qw(psql -qX -d empty -c), 'SELECT pg_advisory_lock(1835628655), pg_sleep(600)'], out => "$base/holder", err => "$base/holder");
	wait_until { state_sql('postgres', "SELECT count(*) $waits = 'PgSleep'") eq "1\n" } 'the lock';
	my @both = map { spawn([program('mixspool'), 'once', '--init', 'postgresql:///empty'], err => "$base/init.$_") } 1, 2;
	wait_until { state_sql('postgres', "SELECT count(*) $waits = 'advisory'") eq "2\n" } 'both to wait';
	state_sql('postgres', "SELECT pg_terminate_backend(pid) $waits = 'PgSleep'");
	reap($holder);
	is join(' ', map { exit_of(reap($_)) } @both), '0 0', 'two at once';
	is slurp("$base/init.1") . slurp("$base/init.2"), '', '... in silence';
	for my $made ('UPDATE format SET number = 99', 'TRUNCATE format', 'INSERT INTO format VALUES (1), (2)') {
		state_sql('empty', $made);
		is_deeply [tool('once', '--init', 'postgresql:///empty')], [65, '',
			"mixspool once: postgresql:///empty: it is of another version of mixspool\n"], "--init of another version, $made: exit 65";
	}
	my ($status, $run) = once(add(12, 'a'), ['cat'], state => 'postgresql:///empty');
	is $status, 75, '... and a run: exit 75';
	like err($run), qr/it is of another version of mixspool; nothing is changed$/, '... and why';
}
is_deeply [tool('once', '--init', $state, '--', 'cat')], [64, '', "mixspool once: --init takes no command, see -h\n"], '--init and a command';

unlike `ldd ${\program('mixspool-once')}`, qr/libpq/, 'a run with a file does not load libpq';

# Least rights: once as the manual grants them, members with SELECT alone.
is state_sql($state, q(SELECT has_schema_privilege('runner', 'mixspool', 'CREATE'), has_database_privilege('runner', 'state', 'CREATE'))),
    "f|f\n", 'the role that runs may create nothing';
is +(once(add(12, 'a', 'b'), ['cat']))[0], 0, '... and runs';
state_sql($state, 'CREATE ROLE reader LOGIN', 'GRANT USAGE ON SCHEMA mixspool TO reader', 'GRANT SELECT ON ALL TABLES IN SCHEMA mixspool TO reader');
{
	local $ENV{PGUSER} = 'reader';
	is roster(), 'a b', 'a role that may read sees who is in';
	my ($status, $run) = once(add(12, 'c'), ['cat']);
	is $status, 75, '... and may not change it';
	like err($run), qr/permission denied for table/, '... which is reported';
}

# Passwords: from a file, and never shown.
state_sql($state, q(ALTER ROLE runner PASSWORD 'secret'));
my $hba = "$base/postgres/db/pg_hba.conf";
my $trust = slurp($hba);
spew($hba, "host all runner 127.0.0.1/32 scram-sha-256\n$trust");
state_sql($state, 'SELECT pg_reload_conf()');
{
	my ($status, $run);
	wait_until { ($status, $run) = once(add(12, 'a'), ['cat']); $status } 'the server to want a password';
	is $status, 75, 'no password: exit 75';
	like err($run), qr/no password supplied/, '... and why';
	chmod 0600, spew("$base/pass", "127.0.0.1:$port:*:runner:secret\n");
	local $ENV{PGPASSFILE} = "$base/pass";
	is +(once(add(12, 'a'), ['cat']))[0], 0, 'a password file';
	is roster(), 'a b', '... for members, too';
}
my $hidden = start(add(12, 'x'), holds('hidden'), state => "postgresql://runner:secret\@127.0.0.1:$port/state?password=secret");
runs('hidden');
unlike slurp("/proc/$hidden->{pid}/cmdline"), qr/secret/, 'a password in the URL is not in the list of processes';
go('hidden');
is end($hidden), 0, '... and counts';
spew($hba, $trust);
state_sql($state, 'SELECT pg_reload_conf()');
wait_until { (once(add(12, 'a'), ['cat']))[0] == 0 } 'the server to want no password';

# The connection is lost.
my $first = start(add(12, 'g'), holds('lost'));
runs('lost');
state_sql($state, q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'runner'));
wait_until { backends() == 0 } 'the end of the connection';
go('lost');
is end($first), 75, 'the connection is lost: exit 75';
like err($first), qr/\Amixspool once: $state: .*; nothing is changed\n\z/, '... and why';
is roster(), 'a b x', '... and nothing is changed';
$first = start(add(12, 'g'), holds('crash'));
runs('crash');
stop_server('QUIT');
go('crash');
is end($first), 75, 'the server crashes: exit 75';
my ($status, $run) = once(add(12, 'g'), ['cat']);
is $status . out($run), '75', '... and so it is without a server';
start_server();
is roster(), 'a b x', 'after a restart: as before';
is +(once(add(12, 'g'), ['cat']))[0] . roster(), '0a b g x', '... and it goes on';

# The connection is lost at the commit: what became of it, the next run finds out. Before
# that it is known.
my $cut_port = free_port();
my $cut = $state =~ s{:///}{://127.0.0.1:$cut_port/}r;
for my $case (
	['behind the commit', 'COMMIT', 'after', 'whether it is changed is not known', ''],
	['in front of the commit', 'COMMIT', 'before', 'whether it is changed is not known', 'entered'],
	['before it', 'DEALLOCATE ALL', 'after', 'nothing is changed', 'entered'],
	['at the beginning', 'READ WRITE', 'before', 'nothing is changed', 'entered'],
) {
	my ($what, $word, $when, $said, $again) = @$case;
	my $proxy = spawn([top() . '/tests/lib/cut', $cut_port, $port, $word, $when]);
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$cut_port") } 'the proxy';
	once(line_of('entered', 'remove_members'), ['cat']);
	($status, $run) = once(add(12, 'entered'), ['cat'], state => $cut);
	stop($proxy, 'KILL');
	is $status, 75, "the connection is lost $what: exit 75";
	like err($run), qr/\Amixspool once: \Q$cut\E: .*; $said\n\z/, '... and what is known of it';
	wait_until { backends() == 0 } 'the end of the connection';
	($status, $run) = once(add(12, 'entered'), ['cat']);
	is $status . out($run), "0$again", '... and the next run hands over what was not stored';
	is roster(), 'a b entered g x', '... and all are in';
}

# A COMMIT that waits for a synchronous standby and is cancelled succeeds with a warning,
# which no setting hides: the lines come again, also while there is no standby.
sub standby {
	my ($name) = @_;
	state_sql($state, "ALTER SYSTEM SET synchronous_standby_names = '$name'", 'SELECT pg_reload_conf()');
	wait_until { state_sql($state, 'SHOW synchronous_standby_names') eq "$name\n" } 'the setting';
	# From the checkpointer the others know it.
	state_sql($state, 'CHECKPOINT');
	return;
}
my $synced = "FROM pg_stat_activity WHERE usename = 'runner' AND wait_event = 'SyncRep'";
for my $case (['a cohort', '', add(15, 's')], ['a key', '?options=-c%20client_min_messages%3Derror', qq({"k":"s"}\n)]) {
	my ($what, $options, $lines) = @$case;
	my @run = ($lines, ['cat'], state => "$state$options", options => ['--key', 'k']);
	standby('nobody');
	for my $passes ($lines, '') {
		my $waits = start(@run);
		wait_until { state_sql($state, "SELECT count(*) $synced") eq "1\n" } 'a COMMIT that waits';
		state_sql($state, "SELECT pg_cancel_backend(pid) $synced");
		is end($waits), 75, "$what: a COMMIT that no standby has confirmed: exit 75";
		like err($waits), qr/\Amixspool once: \Q$state\E\S*: no standby has confirmed the commit; whether it is changed is not known\n\z/, '... and why';
		is slurp("$base/out.$waits->{n}"), $passes, '... what was stored does not pass again';
	}
	standby('');
	($status, $run) = once(@run);
	is $status . slurp("$base/out.$run->{n}"), '0', '... nor in the next run, which succeeds';
}

# A standby can be read.
my ($standby_port, @as) = (free_port(), as_postgres());
is system(join ' ', @as, postgres_bin() . '/pg_basebackup', '-U owner -c fast -R --no-sync -D', "$data/standby >>$data.log 2>&1"), 0, 'a standby';
spawn([@as, postgres_bin() . '/postgres', '-D', "$data/standby", '-k', $data, '-p', $standby_port, '-c', 'listen_addresses=127.0.0.1'],
	err => "$data.log", out => "$data.log");
wait_until { !system "psql -U owner -p $standby_port -d postgres -c '' >/dev/null 2>&1" } 'the standby';
{
	local $ENV{PGPORT} = $standby_port;
	wait_until { roster() eq 'a b entered g x' } 'the standby to follow';
	($status, $run) = once(add(12, 'h'), ['cat']);
	is $status, 75, '... takes no run: exit 75';
	like err($run), qr/session is read-only|is in recovery|hot standby/, '... and why';
	is out($run), '', '... and the command is not run';
}
{
	local @ENV{qw(PGHOST PGPORT)} = ('127.0.0.1,127.0.0.1', "$standby_port,$port");
	is +(once(add(12, 'h'), ['cat']))[0], 0, 'the one of two servers that can be written is found';
}
is roster(), 'a b entered g h x', '... and changed';

# PgBouncer, which gives each transaction any of its connections.
for my $mode (qw(session transaction)) {
	my $pool = free_port();
	my $file = spew("$base/pgbouncer.$mode", <<"END");
[databases]
state = host=127.0.0.1 port=$port dbname=state
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pool
unix_socket_dir =
auth_type = trust
auth_file = $base/users
pool_mode = $mode
default_pool_size = 2
END
	spew("$base/users", qq("runner" ""\n));
	my $pooler = spawn([@as, '/usr/sbin/pgbouncer', '-q', $file], err => "$base/pooler.log", out => "$base/pooler.log");
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$pool") } 'PgBouncer';
	my $pooled = $state =~ s{:///}{://127.0.0.1:$pool/}r;
	my @pair = map { start(add(50, "$mode$_") . add("5$_", 'x') . qq({"k":"$mode$_"}\n), ['cat'], state => $pooled, options => ['--key', 'k']) } 1 .. 4;
	is join(' ', map { end($_) } @pair), '0 0 0 0', "PgBouncer by $mode: runs at a time" or diag map { err($_) } @pair;
	is +(once(add(50, "${mode}5"), ['false'], state => $pooled))[0], 1, '... one whose command fails';
	is_deeply [(once(add(50, "${mode}5"), ['cat'], state => $pooled))[0], roster(50) =~ /\b$mode\d/g], [0, map {"$mode$_"} 1 .. 5], '... and all are in';
	stop($pooler, 'INT');
}
done_testing();

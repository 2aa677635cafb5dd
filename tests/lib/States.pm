package States;

# Where the tests of mixspool once keep who is in: in files, or, with
# TEST_STATE=postgresql, in a PostgreSQL of their own, as a role that may do
# no more than the manual says. TEST_FSYNC=on makes what is committed durable.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(is_file new_state age_state state_sql state_server start_server stop_server as_postgres
    postgres_bin);

my $states = 0;
my ($server, $data, $port, @as, $bin);

sub is_file { return ($ENV{TEST_STATE} // 'file') eq 'file' }

# PostgreSQL does not run as root.
sub start_server {
	my $first = !defined $data;
	if ($first) {
		@as = $> == 0 ? ('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--') : ();
		($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';
		chmod 0755, folder();
		$data = folder() . '/postgres';
		mkdir $data;
		system 'chown', 'postgres:', $data if $> == 0;
		$port = free_port();
		system(join ' ', @as, "$bin/initdb", '-D', "$data/db",
			'-A trust -U owner -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null') == 0 or die 'initdb';
	}
	$server = spawn([@as, "$bin/postgres", '-D', "$data/db", '-k', $data, '-p', $port,
			'-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=' . ($ENV{TEST_FSYNC} // 'off')], err => "$data.log", out => "$data.log");
	@ENV{qw(PGHOST PGPORT PGUSER)} = ('127.0.0.1', $port, 'runner');
	wait_until { !system 'psql -U owner -d postgres -c "" >/dev/null 2>&1' } 'PostgreSQL';
	return if !$first;
	my ($grants) = slurp(top() . '/man/mixspool-once.1') =~ /^(CREATE ROLE runner.*?)^\.Ed/ms or die 'no grants';
	state_sql('postgres', 'CREATE DATABASE state');
	make_tables('state');
	state_sql('state', $grants);
	return;
}

sub stop_server {
	my ($signal) = @_;
	kill $signal, $server;
	return reap($server);
}

# The port of the server, and its folder.
sub state_server { return ($port, $data) }

# What runs a program as the server runs, and where its programs are.
sub as_postgres { return @as }
sub postgres_bin { return $bin }

sub make_tables {
	my ($database) = @_;
	local $ENV{PGUSER} = 'owner';
	my ($status, undef, $err) = tool('once', '--init', "postgresql:///$database");
	die "--init: $err" if $status;
	return;
}

# One that has nobody; the one before is gone.
sub new_state {
	return folder() . '/state' . ++$states if is_file();
	start_server() if !defined $data;
	state_sql('state', 'TRUNCATE roster, pack, member, profile, snapshot, page, event') if $states++;
	return 'postgresql:///state';
}

# As if all who are in had entered so many seconds before.
sub age_state {
	my ($state, $seconds) = @_;
	return state_sql($state, is_file()
		? "UPDATE member SET since = since - $seconds, people = ("
		    . 'SELECT json_group_object(key, CASE type WHEN "integer" THEN value ELSE json_array('
		    . "json_extract(value, '\$[0]') - $seconds, json_extract(value, '\$[1]')) END) FROM json_each(people))"
		: "UPDATE member SET since = since - $seconds, people = ("
		    . q[SELECT '{' || string_agg(to_json(key) || ':' || CASE json_typeof(value) WHEN 'number' THEN '0' ]
		    . "ELSE '[' || ((value ->> 0)::bigint - $seconds) || ',' || (value ->> 1) || ']' END, ',') || '}' "
		    . 'FROM json_each(people::json))');
}

# What the statements print, a line a row with | between the columns.
sub state_sql {
	my ($state, @statements) = @_;
	local $ENV{PGOPTIONS} = '-c search_path=mixspool';
	open my $program, '-|', is_file() ? ('sqlite3', $state, @statements)
	    : ('psql', '-qAtX', '-U', 'owner', '-v', 'ON_ERROR_STOP=1', '-d', $state =~ s{.*/}{}r,
		map { ('-c', $_) } @statements) or die "$state: $!";
	my $text = join '', <$program>;
	close $program or die "$state: $statements[0]";
	return $text;
}

1;

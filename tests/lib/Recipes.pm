package Recipes;

# What the recipes' tests share: users that are hard to carry, and checks of what a
# recipe makes of them.

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Testbed;

our @EXPORT = qw(example run_recipe takes refuses waits spooled users hard_users
    nobodies big_user of_cohort cohort_runs full_sync path_of
    takes_in_cron);

my $spool = make_spool(qw(default));

sub spooled { return $spool }

sub example { return top() . "/examples/to-$_[0]" }

# Quotes, tabs between tokens, digits, any Unicode.
sub users {
	return (
		'{"$distinct_id":"a","$properties":{"$email":"a@example.com","x":"q\"\\\\,\'"}}',
		"{\"\$distinct_id\":7,\t\"\$properties\":{\"n\":0.10,\"y\":\"\xd0\x98\"}}",
		'{"$distinct_id":"b c","$properties":{"$city":"X, Y","z":[1,{"k":null}]}}',
	);
}

# Lines without an id: an empty page of a cohort, a real alert, events of a stream.
sub nobodies {
	my $ids = '"mixpanel_project_id":"1","mixpanel_cohort_id":"2","mixpanel_cohort_name":"Ünï"';
	return (
		"{\"\$cohort\":{\"action\":\"members\",$ids,\"page_info\":{\"total_pages\":1,\"page_count\":1}}}",
		'{"event_type":"custom_alert_triggered","alert":{"name":"[TEST] a\"b"},"links":[]}',
		"{\"event\":\"Sign up\",\"properties\":{\"distinct_id\":\"u\",\"n\":1E2}}",
		'{"event":"a","event":"\ttwice"}',
		'{}',
		map { "{\"event\":\"x\",\"\$distinct_id\":$_}" } 'null', '""', 'true', '[]', '{"a":1}',
	);
}

# [line, id, its JSON text]: names with escapes, ids of every kind, numbers of every
# size, a character at the edge of a 4 KB buffer, the deepest nesting, 1 MB.
sub hard_users {
	my $properties = '"$properties":{}';
	my @users = (
		["{\"\\u0024distinct_id\":12345678901234567890,$properties}",
			('12345678901234567890') x 2],
		['{"$properties":{"$distinct_id":5},"$distinct_id":12345678901234567892}',
			('12345678901234567892') x 2],
		['{"\u0024distinct_id":"x","\u0024properties":{"\u0024email":"x@example.com"}}',
			'x', '"x"'],
		["{\"\$distinct_id\":\"nul\\u0000id\",$properties}", "nul\0id",
			'"nul\u0000id"'],
		["{\"\$distinct_id\":\"t\\tb\\\"\\\\\",$properties}", "t\tb\"\\",
			'"t\tb\"\\\\"'],
		["{\"\$distinct_id\":\"\\u00e9\\ud83d\\ude00\",$properties}",
			("\xc3\xa9\xf0\x9f\x98\x80") x 1, "\"\xc3\xa9\xf0\x9f\x98\x80\""],
		['{"$distinct_id":"split","$properties":{"a":"' . ('x' x 4051)
			    . ("\xc3\xa9" x 3000) . '"}}', 'split', '"split"'],
		['{"$distinct_id":"deep","$properties":{"d":' . ('[' x 126)
			    . (']' x 126) . '}}', 'deep', '"deep"'],
		['{"$distinct_id":"twice","$properties":{"n":1,"n":2}}', 'twice', '"twice"'],
		big_user('big', 900_000),
	);
	push @users, map { ["{\"\$distinct_id\": $_ ,$properties}", $_, $_] }
	    1, -7, 9007199254740992, 9007199254740993, '1' . '0' x 40, '9' x 4301;
	push @users, ["{\"\$distinct_id\":\"1\",$properties}", '1', '"1"'];
	push @users, map { ["{\"\$distinct_id\":\"n$_\",\"\$properties\":{\"n\":$_}}",
			"n$_", "\"n$_\""] } qw(0.10 -0 -0.0 1E2 1e400 1e131071 1e131072
	    1e-16384 1234567890123456789012345678901234567890);
	return @users;
}

# A line of a cohort, from the JSON texts of an id and its properties.
sub of_cohort {
	my ($action, $id, $properties, $parameters) = @_;
	$parameters //= '"mixpanel_project_id":"1","mixpanel_cohort_id":"2","mixpanel_cohort_name":"A"';
	my $person = defined $id ? "\"\$distinct_id\":$id,\"\$properties\":$properties," : '';
	return "{$person\"\$cohort\":{\"action\":\"$action\",$parameters}}";
}

# The lines of a full sync in pages of two, from the JSON texts of the ids.
sub full_sync {
	my ($session, @ids) = @_;
	my $total = int((@ids + 1) / 2) || 1;
	return map {
		my $parameters = '"mixpanel_project_id":"1","mixpanel_cohort_id":"2","mixpanel_cohort_name":"A",'
		    . qq("mixpanel_session_id":"$session","page_info":{"total_pages":$total,"page_count":$_});
		my @page = splice @ids, 0, 2;
		@page ? map({ of_cohort('members', $_, '{"n":1}', $parameters) } @page)
		    : of_cohort('members', undef, undef, $parameters);
	} 1 .. $total;
}

# Runs on one roster: [name, MIXSPOOL_FIRST's day, lines, the members then: project,
# cohort, id, name, properties, the day of since].
sub cohort_runs {
	my $ids = '"mixpanel_project_id":"1","mixpanel_cohort_id":"2"';
	my $e = '{"email":"a@example.com"}';
	my $hard = '{"a":1.50, "\u0041":[1E2,null],"a":"|"}';
	return (
		['a first sync, with an empty page', 1,
			[of_cohort('members', '"a"', $e), of_cohort('members', '7', $hard),
				of_cohort('members', '"b c"', '{}'), of_cohort('members')],
			"1,2,7,A,$hard,1", "1,2,a,A,$e,1", '1,2,b c,A,{},1'],
		['"7" for 7, and the ids of the cohort as numbers', 2,
			[of_cohort('add_members', '"7"', '{"n":2}',
				'"mixpanel_project_id":1,"mixpanel_cohort_id":2,"mixpanel_cohort_name":"A"')],
			'1,2,7,A,{"n":2},1', "1,2,a,A,$e,1", '1,2,b c,A,{},1'],
		['a remove, and one of nobody', 3,
			[of_cohort('remove_members', '"a"', $e), of_cohort('remove_members', '"z"', '{}')],
			'1,2,7,A,{"n":2},1', '1,2,b c,A,{},1'],
		['an add and a remove, a remove and an add, in one run', 4,
			[of_cohort('add_members', '"in out"', '{}'), of_cohort('remove_members', '"in out"', '{}'),
				of_cohort('remove_members', '7', '{}'), of_cohort('add_members', '"7"', '{"n":4}'),
				of_cohort('add_members', '"c"', '{"n":1}'), of_cohort('remove_members', '"c"', '{}'),
				of_cohort('add_members', '"c"', '{"n":3}'), of_cohort('remove_members', '"b c"', '{}'),
				of_cohort('add_members', '"b c"', '{}'), of_cohort('remove_members', '"b c"', '{}')],
			'1,2,7,A,{"n":4},4', '1,2,c,A,{"n":3},4'],
		['a new name, twice, which all members get', 5,
			[of_cohort('add_members', '"d"', '{}', "$ids,\"mixpanel_cohort_name\":\"B\""),
				of_cohort('add_members', '"e"', '{}', "\"mixpanel_cohort_name\":\"C,'\\\"\\u00e9\",$ids")],
			map { s/NAME/C,'"\xc3\xa9/r } '1,2,7,NAME,{"n":4},4', '1,2,c,NAME,{"n":3},4',
			'1,2,d,NAME,{},5', '1,2,e,NAME,{},5'],
		['no name, which changes none, and then an empty page with one', 6,
			[of_cohort('add_members', '"d"', '{"n":6}', $ids),
				of_cohort('members', undef, undef, "$ids,\"mixpanel_cohort_name\":\"D\"")],
			'1,2,7,D,{"n":4},4', '1,2,c,D,{"n":3},4', '1,2,d,D,{"n":6},5', '1,2,e,D,{},5'],
		['the same name and people, in other cohorts', 7,
			[map { of_cohort('add_members', '"c"', '{}', "$_,\"mixpanel_cohort_name\":\"D\"") }
				    '"mixpanel_project_id":"1","mixpanel_cohort_id":"3"',
				'"mixpanel_project_id":"3","mixpanel_cohort_id":"2"', '"page_info":null'],
			',,c,D,{},7', '1,2,7,D,{"n":4},4', '1,2,c,D,{"n":3},4', '1,2,d,D,{"n":6},5',
			'1,2,e,D,{},5', '1,3,c,D,{},7', '3,2,c,D,{},7'],
		['the lines of mixspool once for members who left by a full sync', 8,
			[map { my $id = $_; map { of_cohort('remove_members', $id, '{}',
					"\"mixpanel_project_id\":\"1\",\"mixpanel_cohort_id\":\"$_\",\"inferred\":true") } 2, 3 }
				    '"c"', '"d"', '"e"'],
			',,c,D,{},7', '1,2,7,D,{"n":4},4', '3,2,c,D,{},7'],
		['lines of no cohort', 9,
			[users(), nobodies(), map { user('x') =~ s/\}$/,"\$cohort":$_}/r } '"x"', 'null', '[]', '{}',
				'{"action":[]}', '{"action":"paint"}', '{"action":{"members":1}}'],
			',,c,D,{},7', '1,2,7,' . "\xc3\x9cn\xc3\xaf" . ',{"n":4},4', '3,2,c,D,{},7'],
	);
}

sub big_user {
	my ($id, $size) = @_;
	return ["{\"\$distinct_id\":\"$id\",\"\$properties\":{\"x\":\""
		    . 'x' x $size . '"}}', $id, "\"$id\""];
}

# A PATH with these programs alone.
my $paths = 0;

sub path_of {
	my $path = folder() . '/path' . $paths++;
	mkdir $path;
	symlink "/usr/bin/$_", "$path/$_" for @_;
	return $path;
}

# One run, as drain would make it: exit status and messages.
sub run_recipe {
	my ($lines, @command) = @_;
	my $name = '20261121T010203.000000Z-9f3a1c22-000001.jsonl';
	my $environment = ref $command[0] ? shift @command : {};
	my $base = folder() . '/run';
	spew("$base.$_", '') for qw(out err);
	my $status = reap(spawn(\@command, in => new_file(map {"$_\n"} @$lines),
			out => "$base.out", err => "$base.err",
			env => { MIXSPOOL_CAMPAIGN => 'default',
				MIXSPOOL_FIRST => $name, MIXSPOOL_LAST => $name,
				MIXSPOOL_USERS => scalar @$lines,
				%$environment }), 120);
	return (exit_of($status), slurp("$base.out") . slurp("$base.err"));
}

sub takes {
	my ($name, $lines, @command) = @_;
	put_batch($spool, 'default', @$lines);
	my ($status, undef, $err) = tool('drain', $spool, '--', @command);
	is "$status$err", '0', "$name: drain exits 0, silent";
	is scalar(batches_in($spool)) + batches_in($spool, 'default', 'failed'), 0,
	    '... and nothing is left';
	unlink batches_in($spool), batches_in($spool, 'default', 'failed');
	return;
}

# The environment that cron gives, in two locales, and what a user may have set for
# Python.
sub takes_in_cron {
	my ($lines, @command) = @_;
	my $folder = folder() . '/python';
	mkdir $folder;
	spew("$folder/$_.py", "raise SystemExit('$_ of the user')\n")
	    for qw(json os subprocess sitecustomize usercustomize pika sqlite3);
	for my $locale (qw(C C.UTF-8)) {
		local %ENV = (%ENV, PATH => '/usr/bin:/bin', LC_ALL => $locale,
			PYTHONPATH => $folder, PYTHONHOME => $folder,
			PYTHONIOENCODING => 'utf-16', PYTHONWARNINGS => 'always');
		delete @ENV{qw(HOME USER LOGNAME SHELL TERM)};
		takes("cron, LC_ALL=$locale", $lines, @command);
	}
	return;
}

# A run with bad lines takes none of them; drain then finds the bad ones in their batch.
sub refuses {
	my ($name, $bad, $good, @command) = @_;
	my ($status, $said) = run_recipe([@$good, @$bad], @command);
	is $status, 65, "$name: exit 65" or diag $said;
	isnt $said, '', '... with a reason';
	unlike $said, qr/\@example\.com|Traceback/, '... and no personal data';
	my ($first, @others) = @$good;
	put_batch($spool, 'default', $first, @$bad, @others);
	my ($drained, undef, $err) = tool('drain', $spool, '--', @command);
	is $drained, 65, '... and that of drain' or diag $err;
	unlike $err, qr/\@example\.com|secret|Traceback/, '... which shows no personal data';
	is_deeply [lines_in($spool, 'default', 'failed')], [map {"$_\n"} @$bad],
	    '... and the lines are in failed/';
	is scalar(batches_in($spool)), 0, '... and hold up nothing';
	unlink batches_in($spool), batches_in($spool, 'default', 'failed');
	return;
}

sub waits {
	my ($name, @command) = @_;
	put_batch($spool, 'default', (users())[0]);
	my ($status, undef, $err) = tool('drain', $spool, '--', @command);
	is $status, 75, "$name: exit 75" or diag $err;
	is scalar(batches_in($spool)), 1, '... and the batch stays';
	like $err, qr/\n.*\n/, '... and both say why';
	unlike $err, qr/\@example\.com|secret|Traceback/, '... without personal data';
	unlink batches_in($spool), batches_in($spool, 'default', 'failed');
	return;
}

1;

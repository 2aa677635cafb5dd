package Recipes;

# What the recipes' tests share: users that are hard to carry, and checks of what a
# recipe makes of them.

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Testbed;

our @EXPORT = qw(example run_recipe takes refuses waits spooled users hard_users
    nobodies big_user path_of takes_in_cron);

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

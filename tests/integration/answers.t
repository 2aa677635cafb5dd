#!/usr/bin/env perl
# Every row of the answers table, by CGI and by FastCGI: the status, one line
# that says why, and exactly the promised lines in the spool.

use strict;
use warnings;
use IO::Handle;
use IO::Select;
use Test::More;
use Testbed;

my $user = user('anna');
my $properties = '"$properties":{}';

sub with {
	my $value = shift;
	return qq({"\$distinct_id":"a","\$properties":{"x":$value}});
}

sub nested {
	my $levels = shift;
	return '{"a":' x $levels . '1' . '}' x $levels;
}

# name, JSON, lines
my @good = (
	['one user', "[$user]", $user],
	['two users', "[$user,$user]", $user, $user],
	['an empty list', '[]'],
	['a 40-digit integer', '[' . with('1' x 40) . ']', with('1' x 40)],
	['1e400', '[' . with('1e400') . ']', with('1e400')],
	['0.1', '[' . with('0.1') . ']', with('0.1')],
	['\u0000', '[' . with('"\u0000"') . ']', with('"\u0000"')],
	['an unpaired surrogate', '[' . with('"\ud800"') . ']',
		with('"\ufffd"')],
	['U+2028', '[' . with("\"\xe2\x80\xa8\"") . ']',
		with("\"\xe2\x80\xa8\"")],
	['names with spaces and any script',
		"[{\"\$distinct_id\":\"\xd0\x98\",\"\$properties\":"
		    . "{\"Last Seen\":1,\"\xe5\x90\x8d\":2}}]",
		"{\"\$distinct_id\":\"\xd0\x98\",\"\$properties\":"
		    . "{\"Last Seen\":1,\"\xe5\x90\x8d\":2}}"],
	['a pretty-printed list',
		"[\n  {\n    \"\$distinct_id\": \"a\",\n    $properties\r\n  }\n]\n",
		"{     \"\$distinct_id\": \"a\",     $properties    }"],
	['an integer id', "[{\"\$distinct_id\":1,$properties}]",
		"{\"\$distinct_id\":1,$properties}"],
	['further members', "[{\"\$distinct_id\":1,$properties,\"x\":[]}]",
		"{\"\$distinct_id\":1,$properties,\"x\":[]}"],
	['128 levels of nesting', '[' . with(nested(126)) . ']',
		with(nested(126))],
	['1000 users', '[' . join(',', ($user) x 1000) . ']', ($user) x 1000],
);

# name, body, status, text
my @bad_bodies = (
	['an empty body', '', 400, 'no field users'],
	['no users field', 'a=b&c=d', 400, 'no field users'],
	['users twice', 'users=[]&users=[]', 400, 'more than once'],
	['users empty', 'a=b&users=&c=d', 400, 'not a JSON list'],
	['%', 'users=[%]', 400, '% without two .* at byte 8 of the body'],
	['%4', 'users=%4', 400, '% without two .* at byte 7 of the body'],
	['%zz', 'users=%zz', 400, '% without two'],
	['%00', 'users=%00', 400, 'not a JSON list'],
	['%00 in a string', form("[{\"a\0\":1}]"), 400, 'not JSON, a NUL'],
	['trailing garbage', form('[]x'), 400, 'expected the end at byte 3'],
	['a comment', form("[/* */$user]"), 400, 'users\[0\]: not JSON'],
	['NaN', form('[' . with('NaN') . ']'), 400, 'not JSON'],
	['5,000 levels of [', form('[' x 5000), 400, 'users\[0\]: not JSON'],
	['5,000 levels', form('[' x 5000 . ']' x 5000), 400, 'users\[0\]: not an object'],
	['5,000 levels in a property',
		form('[' . with('[' x 5000 . ']' x 5000) . ']'), 400,
		'nested deeper than 128'],
	(   map {
			["a NUL behind $_->[0]", form($_->[1]), 400,
				'not JSON, a NUL, near byte \d+']
		}['a number', "[{\"\$distinct_id\":1\0,$properties}]"],
		['true', '[' . with("true\0") . ']'],
		['null', '[' . with("null\0") . ']']
	),
	['a BOM', form("\xef\xbb\xbf[$user]"), 400, 'not a JSON list'],
	['UTF-16', form(join '', map {"\0$_"} split //, "[$user]"), 400,
		'not a JSON list'],
	['overlong UTF-8', form('[' . with("\"\xc0\xaf\"") . ']'), 400,
		'not UTF-8'],
	['a raw newline in a string', form('[' . with("\"\n\"") . ']'), 400,
		'not JSON'],
	['an object', form($user), 400, 'not a JSON list'],
	(   map {
			["nothing but $_->[0]", form("[$_->[0],null]"), 400,
				"users\\[0\\]$_->[1]"]
		}[null => ': not an object'],
		['[]' => ': not an object'],
		['{}' => ': no \$distinct_id'],
		["{\"\$distinct_id\":\"\",$properties}" => ': .*_id is empty'],
		["{\"\$distinct_id\":true,$properties}" => ': .*_id is neither'],
		['{"$distinct_id":"a"}' => ': no \$properties'],
		['{"$distinct_id":"a","$properties":[1]}' =>
			': \$properties is not an object']
	),
	['a member name twice',
		form("[{\"\$distinct_id\":\"a\",\"\$distinct_id\":\"b\",$properties}]"),
		400, 'a member twice'],
	['10001 users', form('[' . join(',', ($user) x 10001) . ']'), 413,
		'more than 10000 users'],
	['a body over the limit', 'users=' . ' ' x 33554432, 413,
		'over 33554432 bytes'],
);

# name, variables, status, text
my @bad_requests = (
	(   map {
			["method $_", { REQUEST_METHOD => $_ }, 405,
				'it takes POST requests']
		} qw(GET PUT post)
	),
	(   map {
			["campaign $_->[0]", { PATH_INFO => $_->[1] }, 404,
				$_->[2]]
		}['..', '/..', 'names no campaign'],
		['.', '/.', 'names no campaign'],
		['a/b', '/a/b', 'names no campaign'],
		['of 65 characters', '/' . 'x' x 65, 'names no campaign'],
		['tmp', '/tmp', 'there is no campaign tmp'],
		['none', '/none', 'there is no campaign none'],
		['that is a link', '/link', 'there is no campaign link'],
		['that is a file', '/file', 'there is no campaign file'],
		['default/tmp', '/default/tmp', 'names no campaign'],
		['//', '//', 'names no campaign'],
		['with two slashes behind it', '/reactivation//', 'names no campaign'],
		['with two slashes before it', '//reactivation', 'names no campaign'],
		['of 65 characters and a slash', '/' . 'x' x 65 . '/', 'names no campaign'],
		['that is not there, and a slash', '/none/', 'there is no campaign none:']
	),
	(   map {
			["type " . ($_ // 'missing'), { CONTENT_TYPE => $_ },
				415, 'Content-Type must be']
		} 'text/json', 'application/jsonx', 'application/x-json', 'application/json-seq',
		'application/x-www-form-urlencodedx', 'multipart/form-data',
		'', undef
	),
	['gzip', { HTTP_CONTENT_ENCODING => 'gzip' }, 415,
		'without a Content-Encoding'],
	(   map {
			["length " . ($_->[0] // 'missing'),
				{ CONTENT_LENGTH => $_->[0] }, 400, $_->[1]]
		}['-2', 'not a whole number'],
		['1e3', 'not a whole number'],
		['0x10', 'not a whole number'],
		[' 12', 'not a whole number'],
		['9999', 'the body has \d+ bytes, its Content-Length says 9999'],
		['20', 'longer than its Content-Length, 20 bytes'],
		['0', 'longer than its Content-Length, 0 bytes']
	),
	['length over the limit', { CONTENT_LENGTH => 33554433 }, 413,
		'over 33554432 bytes'],
	['length of 30 digits', { CONTENT_LENGTH => '9' x 30 }, 413,
		'over 33554432 bytes'],
);

sub make_campaigns {
	my $spool = make_spool(qw(default reactivation));
	symlink '/tmp', "$spool/link";
	spew("$spool/file", '');
	return $spool;
}

my $spool = make_campaigns();
my $receiver = receiver(spool => $spool);
my $cgi_spool = make_campaigns();

my %gateways = (
	FastCGI => [$spool, sub { fastcgi($receiver->{socket}, @_) }],
	CGI => [$cgi_spool,
		sub { cgi({ MIXSPOOL_DIR => $cgi_spool }, @_) }],
);

sub is_refused {
	my ($gateway, $name, $body, $variables, $status, $text) = @_;
	my ($folder, $request) = @{ $gateways{$gateway} };
	my $answer = $request->($body, $variables);
	subtest "$gateway: $name is refused" => sub {
		is $answer->{status}, $status, 'status';
		like $answer->{text}, qr/\A[^\n]*$text[^\n]*\n\z/,
		    'one line says why';
		is $answer->{exit}, 0, 'the end' if $gateway eq 'CGI';
		like $answer->{log}, qr/\Amixspool: $status, [^\n]*$text/,
		    'so does the log';
		unlike $answer->{text} . $answer->{log}, qr/anna|\@example/,
		    'nothing of the body is repeated';
		is scalar(lines_in($folder)), 0, 'nothing in new/';
		is scalar(batches_in($folder, 'default', 'tmp')), 0,
		    'nothing in tmp/';
	};
	return $answer;
}

for my $gateway (sort keys %gateways) {
	my ($folder, $request) = @{ $gateways{$gateway} };
	is_refused($gateway, $_->[0], $_->[1], {}, @$_[2, 3]) for @bad_bodies;
	is_refused($gateway, $_->[0], form("[$user]"), @$_[1 .. 3])
	    for @bad_requests;

	my $answer = $request->('', { REQUEST_METHOD => 'GET' });
	like $answer->{head}, qr/^Allow: POST\r?$/m, "$gateway: 405 says Allow";

	# HEAD gets the header alone: HAProxy takes a body for a broken answer.
	for my $variables ({}, { PATH_INFO => '/none' }, { CONTENT_LENGTH => undef },
		{ CONTENT_LENGTH => 5 }, { CONTENT_TYPE => undef }) {
		$answer = $request->('', { REQUEST_METHOD => 'HEAD', %$variables });
		is "$answer->{status}:$answer->{text}", '405:',
		    "$gateway: HEAD, " . (join(' ', keys %$variables) || 'plain');
		like $answer->{head}, qr/^Allow: POST\r?$/m, '... with its header';
		like $answer->{log}, qr/^mixspool: 405, .*: mixspool listens here/,
		    '... and the log has it';
	}

	for my $case (@good) {
		my ($name, $json, @lines) = @$case;
		my $count = @lines == 1 ? '1 user' : @lines . ' users';
		$answer = $request->(form($json), {});
		subtest "$gateway: $name" => sub {
			is $answer->{status}, 200, 'status';
			is $answer->{text}, "spooled $count\n", 'text';
			is $answer->{log}, '', 'nothing logged';
			is $answer->{exit}, 0, 'the end' if $gateway eq 'CGI';
			is_deeply [lines_in($folder)],
			    [map {"$_\n"} @lines], 'the lines';
			is scalar(batches_in($folder, 'default', 'tmp')), 0,
			    'nothing in tmp/';
			unlink batches_in($folder);
		};
	}

	# Variants that cost nothing to accept.
	my @variants = (
		['charset', form("[$user]"), { CONTENT_TYPE =>
			    'application/x-www-form-urlencoded; charset=UTF-8' }],
		['another case', form("[$user]"),
			{ CONTENT_TYPE => 'Application/X-WWW-Form-URLencoded' }],
		['identity', form("[$user]"),
			{ HTTP_CONTENT_ENCODING => 'identity' }],
		['lower-case hex', lc(form("[$user]")), {}],
		['nothing encoded', "users=[$user]", {}],
		['other fields around it', "a=b&users=[$user]&c", {}],
		['+ and %20 for spaces', 'users=[+' . $user . '%20]', {}],
		['PATH_INFO of /', form("[$user]"), { PATH_INFO => '/' }],
		['no PATH_INFO', form("[$user]"), { PATH_INFO => undef }],
	);
	for my $variant (@variants) {
		my ($name, @request) = @$variant;
		is $request->(@request)->{status}, 200, "$gateway: $name";
		is_deeply [lines_in($folder)], ["$user\n"], '... the line';
		unlink batches_in($folder);
	}

	$answer = $request->(form("[$user]"), { PATH_INFO => '/reactivation' });
	is $answer->{status}, 200, "$gateway: another campaign";
	is_deeply [lines_in($folder, 'reactivation')], ["$user\n"],
	    '... its line';
	is scalar(lines_in($folder)), 0, '... and no other';
	unlink batches_in($folder, 'reactivation');
	$answer = $request->(form("[$user]"), { PATH_INFO => '/reactivation/' });
	is $answer->{status}, 200, "$gateway: ... with a slash behind it";
	is_deeply [lines_in($folder, 'reactivation')], ["$user\n"],
	    '... its line';
	is scalar(lines_in($folder)), 0, '... and no other';
	mkdir "$folder/later";
	$answer = $request->(form("[$user]"), { PATH_INFO => '/later' });
	is $answer->{status}, 200, "$gateway: a campaign made later";
}

# A 404 shows the path that came, and nothing that a terminal would obey.
for my $case (['/mixpanel', '"/mixpanel"', 'there is no campaign mixpanel'],
	['/mixpanel/reactivation', '"/mixpanel/reactivation"', 'names no campaign'],
	['//none', '"//none"', 'names no campaign'], ['/none/', '"/none/"', 'there is no campaign none'],
	["/a\e[31m\r\n\x7f", '"/a\x1b[31m\x0d\x0a\x7f"', 'names no campaign'],
	["/\xc3\xa9\xff\x9b", '"/\xc3\xa9\xff\x9b"', 'names no campaign'],
	['/a"b\\c', '"/a\\"b\\\\c"', 'names no campaign'], ['/<b>', '"/<b>"', 'names no campaign'],
	['/' . 'x' x 5000, '"/' . 'x' x 117 . '"...', 'names no campaign'],
	["/\e" . "\xff" x 5000, '"/\x1b' . '\xff' x 29 . '"...', 'names no campaign']) {
	my ($path, $shown, $what) = @$case;
	my $answer = fastcgi($receiver->{socket}, form("[$user]"), { PATH_INFO => $path, QUERY_STRING => 'a=hidden' });
	is $answer->{status}, 404, "the path $shown: 404";
	like $answer->{text}, qr/\A[ -~]*\Q$what\E[ -~]*\n\z/, '... one line of printable characters';
	my ($in_text) = $answer->{text} =~ /(".*"(?:\.\.\.)?)/;
	is $in_text, $shown, '... with the path';
	like $answer->{log}, qr/\A[ -~]+\n\z/, '... so is the log';
	unlike $answer->{text} . $answer->{log}, qr/hidden/, '... without the query';
}

# The parsers of consumers can read the deepest user that is accepted.
is `printf '%s' '@{[with(nested(126))]}' | jq -c .`, with(nested(126)) . "\n",
    'jq reads the deepest user that is accepted';

# A lack of memory is not the request's fault. The number makes the user one that
# jansson has to read: a plain one needs next to no memory.
my $hungry = '[' . with('[1e300,' . join(',', ('{}') x 80000) . ']') . ']';
my $limited = sub {
	my $limit = shift;
	my $path = spew(folder() . '/limited', "#!/bin/sh\nulimit -v $limit\n"
		. "exec '@{[program()]}'\n");
	chmod 0755, $path;
	return cgi({ MIXSPOOL_DIR => $cgi_spool, command => $path }, "users=$hungry", {});
};
SKIP: {
	# The sanitizer itself needs far more.
	skip 'a sanitizer cannot be given so little memory', 3
	    if $ENV{SANITIZED};
	my $answer = $limited->(12000);
	is $answer->{status}, 503, 'no memory for a user is 503';
	like $answer->{text}, qr/^no memory/, '... and says so';
	is scalar(lines_in($cgi_spool)), 0, '... and nothing is spooled';
}
is $limited->('unlimited')->{status}, 200, '... and with enough memory it is 200';
unlink batches_in($cgi_spool);

# The limits are settings.
my $small = { MIXSPOOL_DIR => $cgi_spool, MIXSPOOL_MAX_BODY => '1K',
	MIXSPOOL_MAX_USERS => 2 };
my $answer = cgi($small, form("[$user,$user]"), {});
is $answer->{status}, 200, 'two users of two';
is $answer->{exit}, 0, '... and the process ends as it should';
unlink batches_in($cgi_spool);
is cgi($small, form("[$user,$user,$user]"), {})->{status}, 413,
    'MIXSPOOL_MAX_USERS';
is cgi($small, 'x' x 1025, {})->{status}, 413, 'MIXSPOOL_MAX_BODY';

is cgi({ MIXSPOOL_MAX_BODY => 'x' }, '', { REQUEST_METHOD => 'HEAD' })->{text}, '',
    'HEAD with a wrong setting';

# A fault of ours is a 503, and a wrong setting is one.
sub is_unavailable {
	my ($name, $environment, $text) = @_;
	my $answer = cgi($environment, form("[$user]"), {});
	is $answer->{status}, 503, "$name is 503";
	is $answer->{exit}, 0, '... and exit 0';
	like $answer->{head}, qr/^Retry-After: 60\r?$/m, '... with Retry-After';
	like $answer->{text}, qr/$text/, '... and a reason';
	return;
}
is_unavailable('no spool set', {}, 'MIXSPOOL_DIR is not set');
is_unavailable('a spool that is not there', { MIXSPOOL_DIR => '/nonexistent' },
	'cannot use the spool /nonexistent, which MIXSPOOL_DIR names: No such file');
is_unavailable('a setting that does not parse',
	{ MIXSPOOL_DIR => $cgi_spool, MIXSPOOL_MAX_USERS => '1e3' },
	q(MIXSPOOL_MAX_USERS is '1e3'));
is_unavailable('too little free space',
	{ MIXSPOOL_DIR => $cgi_spool, MIXSPOOL_MIN_FREE => '1073741824G' },
	'less than \d+ bytes free');
mkdir "$cgi_spool/crooked";
symlink '/tmp', "$cgi_spool/crooked/new";
$answer = cgi({ MIXSPOOL_DIR => $cgi_spool }, form("[$user]"),
	{ PATH_INFO => '/crooked' });
is $answer->{status}, 503, 'a new/ that leads elsewhere is 503';
is scalar(lines_in($cgi_spool)), 0, 'none of it is in the spool';

# A body in pieces, from a non-blocking standard input.
my $piecemeal = form('[' . user('p' x 2000) . ']');
pipe my $from, my $to or die $!;
$from->blocking(0);
$to->autoflush(1);
my %environment = Testbed::request_variables($piecemeal, { MIXSPOOL_DIR => $cgi_spool });
my $pid = spawn([program()], socket => $from, out => folder() . '/pieces',
	env => \%environment);
my $status;
for my $piece (unpack '(a100)*', $piecemeal) {
	wait_until { !IO::Select->new($from)->can_read(0) || defined($status = ended($pid)) }
		'the piece before to be read';
	last if defined $status || !print {$to} $piece;
}
close $to;
$status //= reap($pid);
is exit_of($status), 0, 'a body in pieces, from a non-blocking standard input';
like slurp(folder() . '/pieces'), qr/^Status: 200 /, '... is waited for';

# A body that cannot be read is not the client's fault.
is reap(spawn([program()], in => folder(), out => folder() . '/unread',
		err => folder() . '/unread.log', env => \%environment)), 0,
    'a standard input that is a folder';
like slurp(folder() . '/unread'), qr/^Status: 503 .*^cannot read the body: Is a directory$/ms,
    '... is 503';

done_testing;

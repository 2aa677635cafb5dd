#!/usr/bin/env perl
# What Mixpanel POSTs as JSON: pages of cohorts, alerts, event streams. The lines are
# what was sent, the answers are JSON, and nothing that may pass ever pauses a sync.

use strict;
use warnings;
use JSON::PP;
use Test::More;
use Testbed;

my $json = JSON::PP->new->canonical->allow_nonref;
my $receiver = receiver(spool => make_spool(qw(default vip)));
my $cgi_spool = make_spool('default');
my %gateways = (
	FastCGI => [$receiver->{spool}, sub { fastcgi($receiver->{socket}, @_) }],
	CGI => [$cgi_spool, sub { cgi({ MIXSPOOL_DIR => $cgi_spool }, @_) }],
);

my %as_json = (CONTENT_TYPE => 'application/json');

sub take {
	my ($spool, $folder) = @_;
	my @batches = batches_in($spool, 'default', $folder // 'new');
	my @lines = map { split /^/, slurp($_) } @batches;
	unlink @batches;
	return @lines;
}

my $info = '"page_info":{"total_pages":3,"page_count":1}';
my $ids = '"mixpanel_project_id":"1234567","mixpanel_cohort_id":"7654321",'
    . '"mixpanel_cohort_name":"Lapsed","mixpanel_session_id":"6a8b0c6e-1111"';
my $ana = '{"mixpanel_distinct_id":"u-1","email":"ana@example.com"}';
my $bert = '{"mixpanel_distinct_id":"u-2","email":"bert@example.com","Größe":1.50}';

sub page {
	my ($action, $members, $parameters) = @_;
	return qq({"action":"$action","parameters":{) . ($parameters // "$ids,$info")
	    . qq(,"members":[$members]}});
}

sub cohort {
	my ($action, $parameters) = @_;
	return qq("\$cohort":{"action":"$action",) . ($parameters // "$ids,$info") . '}';
}

sub line {
	my ($id, $member, $action, $parameters) = @_;
	return qq({"\$distinct_id":$id,"\$properties":$member,)
	    . cohort($action, $parameters) . "}\n";
}

sub success {
	my $action = shift;
	return defined $action ? qq({"action": $action, "status": "success"}\n) : qq({"status": "success"}\n);
}

my @good = (
	(   map { ["two of $_", page($_, "$ana,$bert"), qq("$_"),
			line('"u-1"', $ana, $_), line('"u-2"', $bert, $_)] }
		qw(members add_members remove_members)
	),
	['an empty page of members', page('members', ''), '"members"', '{' . cohort('members') . "}\n"],
	['an empty page of add_members', page('add_members', ''), '"add_members"'],
	['an empty page of remove_members', page('remove_members', ' '), '"remove_members"'],
	['the id as a number', page('members', '{"mixpanel_distinct_id":42}'), '"members"',
		line('42', '{"mixpanel_distinct_id":42}', 'members')],
	['$distinct_id in its place', page('members', '{"$distinct_id":"u"}'), '"members"',
		line('"u"', '{"$distinct_id":"u"}', 'members')],
	['both ids', page('members', '{"$distinct_id":"u","mixpanel_distinct_id":"v"}'), '"members"',
		line('"v"', '{"$distinct_id":"u","mixpanel_distinct_id":"v"}', 'members')],
	['an empty first id', page('members', '{"mixpanel_distinct_id":"","$distinct_id":"u"}'), '"members"',
		line('"u"', '{"mixpanel_distinct_id":"","$distinct_id":"u"}', 'members')],
	['a name of the id with escapes', page('members', '{"mixpanel_distinct\u005fid":"u"}'), '"members"',
		line('"u"', '{"mixpanel_distinct\u005fid":"u"}', 'members')],
	['a property twice', page('members', '{"mixpanel_distinct_id":"u","a":1,"a":2}'), '"members"',
		line('"u"', '{"mixpanel_distinct_id":"u","a":1,"a":2}', 'members')],
	['a member of 300 properties',
		map { (page('members', $_), '"members"', line('"u"', $_, 'members')) }
		    '{"mixpanel_distinct_id":"u",' . join(',', map { qq("p$_":"") } 1 .. 300) . '}'],
	['the action behind the members', qq({"parameters":{"members":[$ana],$ids},"action":"members"}),
		'"members"', line('"u-1"', $ana, 'members', $ids)],
	['names and an action with escapes',
		qq({"\\u0061ction":"add\\u005fmembers","par\\u0061meters":{"memb\\u0065rs":[$ana],$ids}}),
		'"add\u005fmembers"', line('"u-1"', $ana, 'add\u005fmembers', $ids)],
	['unknown fields everywhere',
		qq({"x":[{}],"action":"members","y":null,"parameters":{"a":{"b":[1]},$ids,"members":[$ana],"c":"d"},"z":1}),
		'"members"', line('"u-1"', $ana, 'members', qq("a":{"b":[1]},$ids,"c":"d"))],
	['a description, which is left out',
		page('members', $ana, qq($ids,"mixpanel_cohort_description":"free\\ntext")),
		'"members"', line('"u-1"', $ana, 'members', $ids)],
	['a parameter that is called action', page('members', $ana, qq($ids,"action":"x")),
		'"members"', line('"u-1"', $ana, 'members', $ids)],
	['spread over lines', qq(\n{\n "action" : "members" ,\r\n "parameters":{"page_info":{\n"page_count":1\n},"members":[\n{"mixpanel_distinct_id":\n"u"}\n]\n}}\n),
		'"members"', line('"u"', '{"mixpanel_distinct_id": "u"}', 'members', '"page_info":{ "page_count":1 }')],
	['unpaired surrogates', page('members', '{"mixpanel_distinct_id":"\ud800","a":"\udfff"}', '"n":"\ud800"'),
		'"members"', line('"\ufffd"', '{"mixpanel_distinct_id":"\ufffd","a":"\ufffd"}', 'members', '"n":"\ufffd"')],
	['a byte order mark', "\xef\xbb\xbf" . page('members', $ana), '"members"', line('"u-1"', $ana, 'members')],
	(   map { ["page_info $_", page('members', $ana, qq("page_info":$_)), '"members"',
			line('"u-1"', $ana, 'members', qq("page_info":$_))] }
		'null', '"x"', '{"total_pages":1,"page_count":0}', '{"total_pages":1,"page_count":2}',
		'{"total_pages":"1","page_count":"1"}'
	),
	['an alert', qq({"event_type":"custom_alert_triggered",\n"alert":{"name":"[TEST] a"},"links":[]}), undef,
		qq({"event_type":"custom_alert_triggered", "alert":{"name":"[TEST] a"},"links":[]}\n)],
	['events', qq([{"event":"a","t":1},\n {"event":"b","event":"c"},{}]), undef,
		qq({"event":"a","t":1}\n), qq({"event":"b","event":"c"}\n), "{}\n"],
	['no events', '[]', undef],
);

for my $gateway (sort keys %gateways) {
	my ($spool, $post) = @{ $gateways{$gateway} };
	for my $case (@good) {
		my ($name, $body, $action, @lines) = @$case;
		my $answer = $post->($body, \%as_json);
		is_deeply [$answer->{status}, $answer->{text}, $answer->{log}, take($spool), take($spool, 'aside')],
		    [200, success($action), '', @lines], "$gateway: $name";
	}
}

# The types.
for my $type ('application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.mixpanel+json',
	"application/json\t;x=y") {
	is fastcgi($receiver->{socket}, page('members', $ana), { CONTENT_TYPE => $type })->{status}, 200, $type;
}
take($receiver->{spool});

# An element that is no member is set aside, and never fails its page.
my @others = (
	(map { ['not an object', $_] } '"u-9"', 'null', '7', '[]', '[{"mixpanel_distinct_id":"u"}]'),
	['no mixpanel_distinct_id', '{}'],
	['no mixpanel_distinct_id', '{"distinct_id":"u"}'],
	['mixpanel_distinct_id is empty', '{"mixpanel_distinct_id":""}'],
	['mixpanel_distinct_id is empty', '{"mixpanel_distinct_id":"","$distinct_id":null}'],
	(map { ['mixpanel_distinct_id is neither a string nor an integer', qq({"mixpanel_distinct_id":$_})] }
		'null', '{"a":1}', '["u"]', '1.5', 'true'),
	['a member twice', '{"mixpanel_distinct_id":"u","mixpanel_distinct_id":"v"}'],
	['nested deeper than 128 levels', '{"mixpanel_distinct_id":"u","a":' . '[' x 127 . ']' x 127 . '}'],
	['an integer of over 4300 digits', '{"mixpanel_distinct_id":"u","a":' . '7' x 4301 . '}'],
);
for my $other (@others) {
	my ($why, $element) = @$other;
	my $short = length $element > 60 ? substr($element, 0, 60) . '...' : $element;
	my $aside = sub { qq({"why":"$why","index":$_[0],"element":$element}\n) };
	my $answer = fastcgi($receiver->{socket}, page('add_members', "$ana,$element,$bert"), \%as_json);
	is_deeply [@$answer{qw(status text)}, take($receiver->{spool}), take($receiver->{spool}, 'aside')],
	    [200, success('"add_members"'), line('"u-1"', $ana, 'add_members'), line('"u-2"', $bert, 'add_members'), $aside->(1)],
	    "$short between two: aside";
	like $answer->{log}, qr/^mixspool: 200, campaign default, \d+ bytes: spooled 2 users, set 1 aside: members\[1\]: \Q$why\E$/,
	    '... which the log has';
	for my $action (qw(add_members remove_members)) {
		$answer = fastcgi($receiver->{socket}, page($action, $element), \%as_json);
		is_deeply [@$answer{qw(status text)}, take($receiver->{spool}), take($receiver->{spool}, 'aside')],
		    [200, success(qq("$action")), $aside->(0)], "... alone in a page of $action";
	}
	$answer = fastcgi($receiver->{socket}, page('members', "$element,$element"), \%as_json);
	is_deeply [@$answer{qw(status text)}, take($receiver->{spool}), take($receiver->{spool}, 'aside')],
	    [200, success('"members"'), '{' . cohort('members') . "}\n", $aside->(0), $aside->(1)],
	    '... and in one of members, which has its place';
}
my $events = fastcgi($receiver->{socket}, '[{"a":1},2]', \%as_json);
is_deeply [$events->{status}, take($receiver->{spool}), take($receiver->{spool}, 'aside')],
    [200, qq({"a":1}\n), qq({"why":"not an object","index":1,"element":2}\n)], 'an event that is none: aside';

# What can never become right: 400, with the reason; the action as soon as it is known.
my $neither = 'neither a page of a cohort (action, parameters), nor an alert (event_type), nor a list of events';
my $none_of = 'the action is none of members, add_members and remove_members';
my @bad = (
	['no parameters', '{"action":"members"}', '"members"', 'no parameters'],
	['parameters a list', '{"action":"members","parameters":[]}', '"members"', 'parameters is not an object'],
	['no members', '{"action":"members","parameters":{}}', '"members"', 'no members in parameters'],
	['members an object', '{"action":"members","parameters":{"members":{}}}', '"members"', 'members is not a list'],
	['members null', '{"action":"members","parameters":{"members":null}}', '"members"', 'members is not a list'],
	['members on the top level', '{"action":"members","members":[]}', '"members"', 'no parameters'],
	['an unknown action', '{"action":"drop","parameters":{"members":[]}}', '"drop"', $none_of],
	['an action in capitals', '{"action":"Members","parameters":{"members":[]}}', '"Members"', $none_of],
	['no action', '{"parameters":{"members":[]}}', undef, 'no action'],
	(map { ["the action $_", qq({"action":$_,"parameters":{"members":[]}}), undef, $none_of] } 7, 'null', '["members"]'),
	['two actions', '{"action":"members","action":"members","parameters":{"members":[]}}', '"members"', 'action twice'],
	['parameters twice', '{"action":"members","parameters":{"members":[]},"parameters":{}}', '"members"', 'parameters twice'],
	['members twice', '{"action":"members","parameters":{"members":[],"members":[]}}', '"members"', 'members twice'],
	['none of the three', '{"users":[]}', undef, $neither],
	['an empty object', '{}', undef, $neither],
	['event_type a number', '{"event_type":1}', undef, $neither],
	['nothing', '', undef, 'the body is neither a JSON object nor a list'],
	['a string', '"members"', undef, 'the body is neither a JSON object nor a list'],
	['a form', form("[$ana]"), undef, 'the body is neither a JSON object nor a list'],
	['events of which none is an object', '[1,"a"]', undef, 'events[0]: not an object'],
	['a list that does not end', '[{"a":1}', undef, q(events is not JSON: it ends after 8 bytes, expected ',' or ']')],
	['an object that does not end', '{"action":"members"', '"members"', q(the body is not JSON: it ends after 19 bytes, expected ',' or '}')],
	['more behind it', '{"action":"members","parameters":{"members":[]}} x', '"members"', 'the body is not JSON: expected the end at byte 50 of the body'],
	['a comma too many', '{"action":"members",}', '"members"', 'the body is not JSON: expected a name at byte 21 of the body'],
	['no colon', '{"action" "members"}', undef, q(the body is not JSON: expected ':' at byte 11 of the body)],
	['no value', '{"action":}', undef, 'the body: not JSON, near byte 11'],
	['a member that is not JSON', page('members', '{"mixpanel_distinct_id":"u",}'), '"members"', 'members[0]: not JSON, near byte 30 of members'],
	['not UTF-8', qq({"action":"members","x":"\xff"}), '"members"', 'the body: not JSON, near byte 25'],
	['a parameter too deep', page('members', $ana, '"x":' . '[' x 127 . ']' x 127), '"members"', 'a parameter is nested too deep'],
	['a parameter of 4,301 digits', page('members', $ana, '"x":' . '7' x 4301), '"members"', 'a parameter has an integer of too many digits'],
	['an alert too deep', '{"event_type":"custom_alert_triggered","x":' . '[' x 128 . ']' x 128 . '}', undef,
		'the alert is nested too deep, or has an integer of too many digits'],
);

sub failure {
	my ($action, $message, $code) = @_;
	return ($code, { status => 'failure', error => { message => $message, code => $code },
		defined $action ? (action => $json->decode($action)) : () });
}

sub is_failure {
	my ($answer, $expected, $name) = @_;
	return subtest $name => sub {
		like $answer->{head}, qr/^Content-Type: application\/json\r?$/m, 'JSON';
		is_deeply [$answer->{status}, $json->decode($answer->{text})], $expected, 'what is answered';
		is_deeply [map { (take($_), take($_, 'aside'), batches_in($_, 'default', 'tmp')) } $receiver->{spool}, $cgi_spool],
		    [], 'nothing is stored';
		unlike $answer->{log}, qr{example\.com|u-1|"[^/,]}, 'the log has nothing of it';
	};
}

for my $gateway (sort keys %gateways) {
	for my $case (@bad) {
		my ($name, $body, $action, $message) = @$case;
		is_failure($gateways{$gateway}[1]->($body, \%as_json), [failure($action, $message, 400)],
			"$gateway: $name");
	}
}
is fastcgi($receiver->{socket}, page('members', $ana), {})->{text}, "the form has no field users\n",
    'a page that says that it is a form';

# 401 and 404 pause a sync, and are right here; all else that goes wrong is 503.
my $members = join ',', ($ana) x 10001;
for my $case (
	['10,001 members', page('members', $members), {}, '"members"', 'more than 10000 members in one request (MIXSPOOL_MAX_USERS)', 503],
	['10,001 events', "[$members]", {}, undef, 'more than 10000 events in one request (MIXSPOOL_MAX_USERS)', 503],
	['parameters of 17 KB', page('members', $ana, '"x":"' . 'y' x 17000 . '"'), {}, '"members"',
		'the parameters are too large: over 16384 bytes', 503],
	['33 MB', ' ' x 33_554_433, {}, undef, 'the body is over 33554432 bytes (MIXSPOOL_MAX_BODY)', 503],
	['a Content-Encoding', '[]', { HTTP_CONTENT_ENCODING => 'gzip' }, undef, 'the body must come without a Content-Encoding', 503],
	['a body cut short', '[{}', { CONTENT_LENGTH => 9 }, undef, 'the body has 3 bytes, its Content-Length says 9', 503],
	['a body too long', '[{}]', { CONTENT_LENGTH => 2 }, undef, 'the body is longer than its Content-Length, 2 bytes', 503],
	['a length that is none', '[]', { CONTENT_LENGTH => 'x' }, undef, 'the Content-Length is not a whole number', 503],
	['an unknown campaign', '[]', { PATH_INFO => '/none' }, undef,
		'there is no campaign none: the path is "/none", and the spool has no folder for it', 404],
	['PUT', '[]', { REQUEST_METHOD => 'PUT' }, undef,
		q(mixspool listens here for Mixpanel's webhooks: it takes POST requests and has nothing to show. Give this URL to Mixpanel.), 503],
) {
	my ($name, $body, $variables, $action, $message, $status) = @$case;
	my $answer = fastcgi($receiver->{socket}, $body, { %as_json, %$variables });
	is_failure($answer, [failure($action, $message, $status)], $name);
	is scalar(() = $answer->{head} =~ /^Retry-After: 60\r?$/gm), $status == 503 ? 1 : 0, '... Retry-After';
}
is fastcgi($receiver->{socket}, '', { %as_json, REQUEST_METHOD => $_ })->{status}, 405, "$_: 405, for a browser"
    for qw(GET HEAD);
is_failure(cgi({ MIXSPOOL_DIR => "$cgi_spool/none" }, '[]', { %as_json }),
	[failure(undef, "cannot use the spool $cgi_spool/none, which MIXSPOOL_DIR names: No such file or directory", 503)], 'no spool');

my $secret = spew(folder() . '/secret', "abc\n");
chmod 0600, $secret;
my %locked = (MIXSPOOL_DIR => $cgi_spool, MIXSPOOL_SECRET_FILE => $secret);
my $answer = cgi(\%locked, page('members', $ana), \%as_json);
is_failure($answer, [failure(undef, 'no Authorization header arrived, and no token (some web servers withhold the header)', 401)],
	'no secret');
like $answer->{head}, qr/^WWW-Authenticate: Basic/m, '... asks for one';

# A page of the largest size, in one batch, in order.
my @large = map { qq({"mixpanel_distinct_id":"u$_","mail":"u$_\@example.com"}) } 1 .. 10000;
is fastcgi($receiver->{socket}, page('members', join(',', @large)), { %as_json, PATH_INFO => '/vip' })->{status}, 200,
    '10,000 members';
is_deeply [map { $json->decode($_)->{'$distinct_id'} } lines_in($receiver->{spool}, 'vip')], [map {"u$_"} 1 .. 10000],
    '... are 10,000 lines, in order';
is scalar(batches_in($receiver->{spool}, 'vip')), 1, '... of one batch';

stop($receiver->{pid});
done_testing;

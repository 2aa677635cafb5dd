#!/usr/bin/env perl
# One bad element of a list does not keep its neighbours out: it goes to aside/ with
# the reason, the others to new/, and all of it or nothing is there after the answer.

use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Testbed;

my $receiver = receiver();
my $cgi_spool = make_spool('default');
my %gateways = (
	FastCGI => [$receiver->{spool}, sub { fastcgi($receiver->{socket}, @_) }],
	CGI => [$cgi_spool, sub { cgi({ MIXSPOOL_DIR => $cgi_spool }, @_) }],
);

sub take {
	my ($spool, $folder) = @_;
	my @batches = batches_in($spool, 'default', $folder);
	my $text = join '', map { slurp($_) } @batches;
	unlink @batches;
	s{.*/}{} for @batches;
	return ($text, @batches);
}

sub user_with { return qq({"\$distinct_id":"$_[0]","\$properties":$_[1]}) }

my @fifty = map { user("u$_") } 1 .. 50;
my $deep = '[' x 127 . ']' x 127;
my $deeper = '[' x 3000 . ']' x 3000;
my $own = '"$distinct_id":"a","$properties":{}';

# why, element
my @others = (
	(map { ['not an object', $_] } 'null', 'true', '0', '-1.5e3', '"text"', '[]', '[{}]', '[[1],2]', $deeper),
	['no $distinct_id', '{}'],
	['no $distinct_id', '{"$properties":{}}'],
	['no $distinct_id', '{"$Distinct_id":"a","$properties":{}}'],
	['$distinct_id is empty', '{"$distinct_id":"","$properties":{}}'],
	(map { ['$distinct_id is neither a string nor an integer',
			"{\"\$distinct_id\":$_,\"\$properties\":{}}"] }
		qw(null true 1.0 1e3 [] {} ["a"])),
	['no $properties', '{"$distinct_id":"a"}'],
	(map { ['$properties is not an object', user_with('a', $_)] }
		qw(null 1 "x" [1] [[]] [{}]), '[ null ]'),
	(map { ['a member twice', "{$own,$_}"] } '"$distinct_id":"b"', '"$properties":[]',
		'"x":1,"x":1', '"x":1,"\u0078":2', '"\ufffd":1,"\ufffd":2'),
	['nested deeper than 128 levels', user_with('a', "{\"x\":$deep}")],
	['nested deeper than 128 levels', user_with('a', "{\"x\":$deeper}")],
	(map { ['an integer of over 4300 digits', $_] }
		user_with('a', '{"x":' . '7' x 4301 . '}'), user_with('a', '{"x":[-1' . '0' x 4300 . ']}'),
		"{\"\$distinct_id\":" . '7' x 4301 . ',"$properties":{}}'),
);

for my $name (sort keys %gateways) {
	my ($spool, $post) = @{ $gateways{$name} };
	for my $index (0, 17, 49) {
		for my $other (@others) {
			my ($why, $element) = @$other;
			my @list = @fifty;
			$list[$index] = $element;
			my $answer = $post->(form('[' . join(',', @list) . ']'), {});
			my ($new, @batch) = take($spool, 'new');
			my ($aside, @aside) = take($spool, 'aside');
			splice @list, $index, 1;
			my $shown = length $element > 40 ? substr($element, 0, 40) . '...' : $element;
			is_deeply [$answer->{status}, $answer->{text}, $new, $aside, "@aside",
				$answer->{log}, batches_in($spool, 'default', 'tmp')],
			    [200, "spooled 49 users, set 1 aside: users[$index]: $why\n",
				join('', map {"$_\n"} @list),
				"{\"why\":\"$why\",\"index\":$index,\"element\":$element}\n", "@batch",
				"mixspool: 200, campaign default, @{[length form('[' . join(',',
						@list[0 .. $index - 1], $element, @list[$index .. 48]) . ']')]}"
				. " bytes: spooled 49 users, set 1 aside: users[$index]: $why\n"],
			    "$name: $shown as users[$index]";
			last if $name eq 'CGI' && $index > 0;
		}
	}

	# Users as PHP and JavaScript send them.
	for my $case (
		['a name twice in the properties', user_with('a', '{"x":1,"x":{"y":1,"y":2},"x":3}')],
		['names that differ in an escape only', user_with('a', '{"\u0041":1,"A":2}')],
		['names of unpaired surrogates', user_with('a', '{"\ud800":1,"\ud801":2}'),
			user_with('a', '{"\ufffd":1,"\ufffd":2}')],
		['an empty list of properties', user_with('a', '[]'), user_with('a', '{}')],
		['an empty list with white space', user_with('a', "[ \n]"), user_with('a', '{  }')],
		['an empty list of properties first', '{"$properties":[],"$distinct_id":1}',
			'{"$properties":{},"$distinct_id":1}'],
		['128 levels', user_with('a', '{"x":' . '[' x 126 . ']' x 126 . '}')],
		['an integer of 4,300 digits', user_with('a', '{"x":-' . '7' x 4300 . '}')],
		['a real of 5,000 digits', user_with('a', '{"x":' . '7' x 5000 . '.5}')],
		['the id inside of the properties, twice',
			user_with('a', '{"$distinct_id":1,"$distinct_id":2}')],
	) {
		my ($what, $sent, $line) = @$case;
		my $answer = $post->(form('[' . join(',', @fifty[0 .. 48], $sent) . ']'), {});
		my ($new) = take($spool, 'new');
		my ($aside) = take($spool, 'aside');
		is_deeply [$answer->{text}, $new, $aside], ["spooled 50 users\n",
			join('', map {"$_\n"} @fifty[0 .. 48], $line // $sent), ''], "$name: $what is a user";
	}

	# Several, in the order of the list; each line is JSON of its own.
	my $answer = $post->(form("[1,\n{\n\"a\":\r\n[\"\\ud800\"]} , $fifty[0] , null]"), {});
	my ($new) = take($spool, 'new');
	my ($aside) = take($spool, 'aside');
	is $answer->{text}, "spooled 1 user, set 3 aside: users[0]: not an object\n",
	    "$name: the first reason, and the number of all";
	is $new, "$fifty[0]\n", '... the user';
	is $aside, qq({"why":"not an object","index":0,"element":1}\n)
	    . qq({"why":"no \$distinct_id","index":1,"element":{ "a":  ["\\ufffd"]}}\n)
	    . qq({"why":"not an object","index":3,"element":null}\n), '... and the others';
	ok eval { JSON::PP->new->allow_nonref->decode($_); 1 }, "... a line of JSON: $_"
	    for split /\n/, $aside;

	# All or nothing.
	for my $case (
		['nothing but others', '[1,{},[]]', 400],
		['no JSON behind an other', "[1,$fifty[0],nul]", 400],
		['no JSON inside an other', "[$fifty[0],[1,{\"a\":}]]", 400],
		['no UTF-8 in an other', "[$fifty[0],\"\xff\"]", 400],
		['a cut list behind an other', "[$fifty[0],1", 400],
		['over the limit with the others', '[' . join(',', (1) x 9951, @fifty) . ']', 413],
	) {
		my ($what, $list, $status) = @$case;
		is_deeply [$post->(form($list), {})->{status}, take($spool, 'new'), take($spool, 'aside'),
			batches_in($spool, 'default', 'tmp')], [$status, '', ''], "$name: $what: nothing is stored";
	}
	is $post->(form('[' . join(',', (1) x 950, @fifty) . ']'), {})->{status}, 200,
	    "$name: at the limit with the others";
	take($spool, $_) for qw(new aside);

	# No list without others makes a file there.
	is $post->(form("[$_]"), {})->{status}, 200, "$name: a list without others" for '', @fifty[0, 1];
	is_deeply [batches_in($spool, 'default', 'aside')], [], '... puts nothing in aside/';
	take($spool, 'new');
}

# The names of a user that is not plain are sorted; the C library sorts many of them in
# another way, with calls of its own, which the sandbox must allow.
for my $names (50, 20_000) {
	my $many = '{"$distinct_id":"a","$properties":{},"\u0078":1'
	    . join('', map { ",\"n$_\":1" } 1 .. $names) . '}';
	is fastcgi($receiver->{socket}, form("[$many,$fifty[0]]"), {})->{text}, "spooled 2 users\n",
	    "a user with $names own names, one of them with an escape";
	take($receiver->{spool}, 'new');
}

# aside/ is made when it is missing, like the campaign. Where it cannot be, the users
# are not taken without their neighbours.
my $spool = $receiver->{spool};
my $mixed = form("[$fifty[0],1]");
mkdir "$spool/group" or die $!;
chmod 02770, "$spool/group";
my %group = (PATH_INFO => '/group');
is fastcgi($receiver->{socket}, $mixed, \%group)->{status}, 200, 'a campaign of a group';
my ($file) = batches_in($spool, 'group', 'aside');
is sprintf('%o %o', map { (stat $_)[2] & 07777 } "$spool/group/aside", $file), '2770 640',
    '... its aside/ and the file there are for the group';
for my $obstacle ('a file', 'a link') {
	unlink batches_in($spool, 'group', $_) for qw(new aside);
	-l "$spool/group/aside" ? unlink "$spool/group/aside" : rmdir "$spool/group/aside";
	unlink "$spool/group/aside";
	$obstacle eq 'a file' ? spew("$spool/group/aside", '') : symlink '/tmp', "$spool/group/aside";
	my $answer = fastcgi($receiver->{socket}, $mixed, \%group);
	is_deeply [$answer->{status}, map { batches_in($spool, 'group', $_) } qw(new tmp)], [503],
	    "$obstacle in place of aside/: nothing is stored";
	is fastcgi($receiver->{socket}, form("[$fifty[0]]"), \%group)->{status}, 200,
	    '... a list without others is';
}
stop($receiver->{pid});

done_testing;

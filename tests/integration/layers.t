#!/usr/bin/env perl
# tests/lib/layers, which is a part of make lint: it accepts the includes as they
# are, and finds each kind of include that breaks a rule of CONTRIBUTING.md.

use strict;
use warnings;
use File::Path qw(make_path);
use Test::More;
use Testbed;

# Exit code and output for a folder.
sub layers {
	my $out = `@{[top()]}/tests/lib/layers @_ 2>&1`;
	return [$? >> 8, $out];
}

is_deeply layers(top()), [0, ''], 'each include keeps to the tables';

# A copy of the rooms, with nothing in them that is wrong.
my $copy = folder() . '/copy';
my @rooms = map { substr $_, length(top()) + 1 } glob top() . '/{cgi,src/*}';
make_path(map {"$copy/$_"} @rooms);
spew("$copy/$_/empty.c", "/* Nothing. */\n") for @rooms;
spew("$copy/CONTRIBUTING.md", slurp(top() . '/CONTRIBUTING.md'));
is_deeply layers($copy), [0, ''], 'a copy without includes';

for my $case (
	['src/spool', '<jansson.h>', 'spool may not include it'],
	['src/spool', '"base/say.h"', 'spool may not include it'],
	['src/spool', '"users/user.h"', 'spool may not include users'],
	['src/users', '<dirent.h>', 'users may not include it'],
	['src/users', '<fcntl.h>', 'users may not include it'],
	['src/users', '"base/say.h"', 'users may not include it'],
	['src/users', '"spool/spool.h"', 'users may not include spool'],
	['src/base', '"spool/spool.h"', 'base may not include spool'],
	['src/tool', '"drain/drain.h"', 'tool may not include drain'],
	['src/tool', '"send/send.h"', 'tool may not include send'],
	['src/drain', '"send/client.h"', 'drain may not include send'],
	['src/send', '"drain/feed.h"', 'send may not include drain'],
	['src/send', '"spool/spool.h"', 'send may not include spool'],
	['src/drain', '"once/state.h"', 'drain may not include once'],
	['src/once', '"drain/feed.h"', 'once may not include drain'],
	['src/drain', '"cgi/reply.h"', 'drain may not include cgi'],
	['cgi', '"tool/tool.h"', 'cgi may not include tool'],
	['cgi', '"drain/feed.h"', 'cgi may not include drain'],
	['cgi', '"send/client.h"', 'cgi may not include send'],
	['cgi', '<fcgiapp.h>', 'only cgi/gateway*.c may include it'],
	['src/tool', '<curl/curl.h>', 'only src/web/* src/send/* src/doctor/* may include it'],
	['src/tool', '<curl/multi.h>', 'only src/web/* src/send/* src/doctor/* may include it'],
	['cgi', '<fcgi_stdio.h>', 'only cgi/gateway*.c may include it'],
	['src/spool', '<base/say.h>', 'spool may not include it'],
	['src/users', '<spool/spool.h>', 'users may not include spool'],
) {
	my ($room, $include, $why) = @$case;
	spew("$copy/$room/planted.c", "#include <errno.h>\n\n#include $include\n");
	my $name = $include =~ tr/"//dr;
	is_deeply layers($copy), [1, "$room/planted.c:3: $name: $why\n"],
	    "$include in $room";
	unlink "$copy/$room/planted.c";
}

# What gcc takes, and what the tables could be passed by with.
for my $line (
	'#include "say.h"',
	'#include "../base/say.h"',
	'#include "base//say.h"',
	'#include "base/./say.h"',
	'#include "spool/../base/say.h"',
	'#include <spool/../base/say.h>',
	' # include <jansson.h>',
	'#include<jansson.h>',
	'%:include <jansson.h>',
	'#/**/include <jansson.h>',
	'#include_next <jansson.h>',
	'#import <jansson.h>',
	'#include JANSSON',
	'#include "base/say.c"',
) {
	my $shown = $line =~ s{/\*\*/}{ }r =~ s/^ //r =~ tr/"//dr;
	$shown =~ s/^#include (?=<)//;
	spew("$copy/src/spool/planted.c", "$line\n");
	is_deeply layers($copy), [1, "src/spool/planted.c:1: $shown: it is not "
		. qq{written as "room/header.h" or <header.h>\n}], $line;
}
spew("$copy/src/spool/planted.c", "#inc\\\nlude <jansson.h>\n");
is_deeply layers($copy),
    [1, "src/spool/planted.c:2: <jansson.h>: spool may not include it\n"],
    'an include on two lines';
unlink "$copy/src/spool/planted.c";

make_path("$copy/src/spool/deep");
spew("$copy/src/spool/deep/planted.c", '');
is_deeply layers($copy), [1, "src/spool/deep/planted.c: is in no room\n"],
    'a folder in a room';
unlink "$copy/src/spool/deep/planted.c";

spew("$copy/cgi/gateway_fastcgi.c", "#include <fcgiapp.h>\n#include <stdio.h>\n"
	. qq{#include "spool/commit.h"\n#include "cgi/gateway.h"\n});
is_deeply layers($copy), [0, ''], 'what the tables allow';

make_path("$copy/src/attic");
spew("$copy/src/attic/old.c", '');
is_deeply layers($copy),
    [1, "src/attic/old.c: CONTRIBUTING.md has no row for attic\n"],
    'a room without a row';
unlink "$copy/src/attic/old.c";
unlink "$copy/src/send/empty.c";
is_deeply layers($copy), [1, "CONTRIBUTING.md: there is no room send\n"],
    'a row without a room';

spew("$copy/CONTRIBUTING.md", "# Contributing\n");
is layers($copy)->[0] != 0, 1, 'no tables';
done_testing;

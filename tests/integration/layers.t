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
	['src/drain', '"send/url.h"', 'drain may not include send'],
	['src/send', '"drain/feed.h"', 'send may not include drain'],
	['src/send', '"spool/spool.h"', 'send may not include spool'],
	['src/drain', '"cgi/reply.h"', 'drain may not include cgi'],
	['cgi', '"tool/tool.h"', 'cgi may not include tool'],
	['cgi', '"drain/feed.h"', 'cgi may not include drain'],
	['cgi', '"send/url.h"', 'cgi may not include send'],
	['cgi', '<fcgiapp.h>', 'only cgi/gateway*.c may include it'],
	['src/tool', '<curl/curl.h>', 'only src/send/* may include it'],
	['cgi', '"reply.h"', 'the include does not name its room'],
) {
	my ($room, $include, $why) = @$case;
	spew("$copy/$room/planted.c", "#include <errno.h>\n\n # include $include\n");
	my $name = $include =~ tr/"//dr;
	is_deeply layers($copy), [1, "$room/planted.c:3: $name: $why\n"],
	    "$include in $room";
	unlink "$copy/$room/planted.c";
}

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

#!/usr/bin/env perl
# mixspool retry --aside: what the receiver set aside, and takes by now, goes to new/;
# all else stays in aside/, byte for byte.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;

# As another receiver may have set it aside.
sub aside {
	my ($index, $element) = @_;
	return qq({"why":"no \$distinct_id","index":$index,"element":$element});
}

sub put_aside {
	my ($spool, $campaign, @lines) = @_;
	my $name = put_batch($spool, $campaign, @lines);
	mkdir "$spool/$campaign/aside";
	rename "$spool/$campaign/new/$name", "$spool/$campaign/aside/$name"
	    or die "$spool: $!";
	return "$spool/$campaign/aside/$name";
}

sub identity { return join ' ', (stat shift)[1, 9] }

my $spool = make_spool(qw(default vip none));
my ($anna, $ben, $cora) = map { user($_) } qw(anna ben cora);
my @stay = (
	aside(0, '17'),
	aside(1, '{"$properties":{}}'),
	aside(2, '{"$distinct_id":"x"}'),
	aside(3, "$anna,$anna"),
	aside(4, ''),
	aside(5, '[' . ('[' x 200) . (']' x 200) . ']'),
	aside(6, '1' x 5000),
	'{"why":"x","index":1}',
	'{"element":' . $anna,
	aside(7, $anna) . ' x',
	$anna,
	'not JSON',
	'',
);
my $mixed = put_aside($spool, 'default', $stay[0], aside(1, $anna), @stay[1 .. 6],
	aside(9, $ben), @stay[7 .. $#stay]);
my $all = put_aside($spool, 'default', aside(0, $cora),
	"  {\"index\" : 1, \"why\":\"mended by hand\", \"element\" : $anna }  ");
my $none = put_aside($spool, 'vip', @stay);
my $before = identity($none);
spew("$spool/default/aside/notes", "mine\n");

# What 0.1.0 would not have taken.
my $php = put_aside($spool, 'default',
	aside(0, '{"$distinct_id":"php","$properties": [ ] }'),
	aside(1, '{"$distinct_id":"twice","$properties":{"a":1,"a":2}}'));
my @now = ($anna, $ben, $cora, $anna, '{"$distinct_id":"php","$properties": { } }',
	'{"$distinct_id":"twice","$properties":{"a":1,"a":2}}');

is_deeply [tool('retry', '--aside', $spool)],
    [0, "default: 6 users of aside/ in new/, " . @stay . " elements left\n"
	. "none: nothing in aside/\n"
	. "vip: 0 users of aside/ in new/, " . @stay . " elements left\n", ''],
    'retry --aside says what it did';
is_deeply [lines_in($spool)], [map {"$_\n"} @now],
    '... the users are in new/, in their order';
is slurp($mixed), join('', map {"$_\n"} @stay), '... the rest stays as it was';
ok !-e $_, '... a batch that has no rest is gone' for $all, $php;
is identity($none), $before, '... one that has no user is not touched';
is slurp("$spool/default/aside/notes"), "mine\n", '... nor is what is not a batch';
is_deeply [glob "$spool/{default,vip}/tmp/*"], [], '... and nothing is left in tmp/';
my ($new) = batches_in($spool);
my $prefix = substr $mixed =~ s{.*/}{}r, 0, 39;
my $users = slurp($new) =~ tr/\n//;
like $new, qr{/\Q$prefix\E\d+-$users\.jsonl\z},
    '... a batch is as old as what it comes from, and its name has its own number of lines';
is sprintf('%04o', (stat $new)[2] & 07777), '0640', '... and its group may read it';
is_deeply [tool('drain', $spool, '--', 'cat')],
    [0, join('', map {"$_\n"} @now), ''], 'drain takes them';
is_deeply [tool('retry', '--aside', "$spool/default")],
    [0, 'default: 0 users of aside/ in new/, ' . @stay . " elements left\n", ''],
    'retry --aside again finds nobody';
is scalar(batches_in($spool)), 0, '... and moves nobody';

is +(tool('retry', $spool))[1], join('', map {"$_: nothing in failed/\n"}
	qw(default none vip)), 'retry without --aside leaves aside/ alone';

# The drain's lock.
my $held = put_aside($spool, 'none', aside(0, $anna));
put_batch($spool, 'none', $ben);
POSIX::mkfifo("$spool/go", 0600) or die $!;
my $drain = spawn([program('mixspool'), 'drain', "$spool/none", '--', 'sh', '-c',
		"cat >/dev/null; echo >$spool/runs; read -r go <$spool/go"]);
wait_until { -e "$spool/runs" } 'a drain that runs';
my ($status, $out, $err) = tool('retry', '--aside', "$spool/none");
is_deeply [$status, $err],
    [75, "mixspool retry: none: a drain or another retry runs\n"],
    'while a drain runs: exit 75';
ok -e $held, '... and nothing is moved';
spew("$spool/go", "on\n");
is exit_of(reap($drain)), 0, '... the drain ends';
is +(tool('retry', '--aside', "$spool/none"))[0], 0, '... and later: exit 0';
ok !-e $held, '... and it is moved';

# One batch that cannot be read does not keep the others.
mkdir "$spool/vip/aside/20261124T000000.000000Z-9f3a1c22-000000.jsonl" or die $!;
put_aside($spool, 'vip', aside(0, $cora));
($status, $out, $err) = tool('retry', '--aside', "$spool/vip");
is $status, 75, 'with a batch that is a folder: exit 75';
is $err, "mixspool retry: vip: cannot move users from aside/ to new/: it is not a "
    . "regular file\n", '... and a message';
is_deeply [lines_in($spool, 'vip')], ["$cora\n"], '... and the others are tried';

done_testing;

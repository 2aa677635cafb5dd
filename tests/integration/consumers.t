#!/usr/bin/env perl
# Programs that people already run, on new/ itself, with the settings of docs/consumers.md:
# when they are killed while batches come, they lose nobody.

use strict;
use warnings;
use Test::More;
use Testbed;
use Nodes qw(kill_node);

my $home = folder();

# Takes whole files. The same file may come twice.
my $import = spew("$home/import", <<'END');
#!/bin/sh
cat >"$OUT/.$$" && mv "$OUT/.$$" "$OUT/$1"
END
chmod 0755, $import;
my $take_all = qq(for f in *.jsonl; do [ ! -e "\$f" ] || { $import "\$f" <"\$f" && rm "\$f"; }; done);
my %consumers = (
	'a loop in the shell' => ['sh', "while :; do $take_all; sleep 0.05; done"],
	rsync => ['rsync', 'while :; do rsync -a --remove-source-files ./ "$OUT/"; sleep 0.05; done'],
	lftp => ['lftp', 'while :; do lftp -c "mirror --Remove-source-files file://$PWD $OUT"; sleep 0.05; done'],
	parallel => ['parallel', "while :; do ls | parallel --will-cite -j 2 '$import {} <{} && rm {}'; sleep 0.05; done"],
	'inotifywait moved_to, and a listing' => ['inotifywait',
		"inotifywait -m -e moved_to --format . . 2>&1 | while read -r _; do $take_all; done"],
);

for my $name (sort keys %consumers) {
	my ($program, $script) = @{ $consumers{$name} };
	subtest $name => sub {
		plan skip_all => "$program is not installed"
		    unless grep { -x "$_/$program" } split /:/, $ENV{PATH};
		my $spool = make_spool(qw(default));
		my $out = "$spool.out";
		mkdir $out;
		my (@ids, $consumer);
		my $put = sub {
			push @ids, map { 'u' . (@ids + $_) } 0, 1;
			put_batch($spool, 'default', map { user($_) } @ids[-2, -1]);
		};
		my $begin = sub {
			$consumer = spawn(['sh', '-c', "cd $spool/default/new && { $script; }"],
				env => { OUT => $out }, out => "$out.log", err => "$out.log");
		};
		$put->() for 1 .. 20; # before it starts
		$begin->();
		wait_until { $put->() if @ids < 80; @ids >= 80 && batches_in($spool) < 20 } 'the consumer';
		$put->() for 1 .. 10;
		kill_node($consumer);
		$put->() for 1 .. 10; # while it does not run
		$begin->();
		wait_until { batches_in($spool) < 5 } 'it, started again';
		$put->() for 1 .. 10;
		wait_until { !batches_in($spool) } 'the rest';
		kill_node($consumer);
		my %there = map { /"\$distinct_id":"(\w+)"/ ? ($1 => 1) : () }
		    map { split /^/m, slurp($_) } glob "$out/*.jsonl";
		is_deeply [grep { !$there{$_} } @ids], [], 'every user is there' or diag slurp("$out.log");
	};
}

# A pattern that is used twice: what comes in between is gone.
{
	my $spool = make_spool(qw(default));
	put_batch($spool, 'default', user('first'));
	my ($out, $read, $go) = map { "$home/twice.$_" } qw(out read go);
	my $query = spawn(['sh', '-c', "cd $spool/default/new && cat *.jsonl >$out && : >$read && "
		. "until [ -e $go ]; do sleep 0.01; done && rm *.jsonl"]);
	wait_until { -e $read } 'the query';
	put_batch($spool, 'default', user('second'));
	spew($go, '');
	is exit_of(reap($query)), 0, 'a query of a pattern, and rm with the pattern: exit 0';
	unlike slurp($out), qr/second/, '... what came in between was not read';
	is scalar(batches_in($spool)), 0, '... and is removed';
}

# Every script that the page names is there.
my @named = slurp(top() . '/docs/consumers.md') =~ m{`((?:findings|tests)/[\w./-]+)`}g;
is_deeply [grep { !-e top() . "/$_" } @named], [], 'docs/consumers.md names what there is';

done_testing;

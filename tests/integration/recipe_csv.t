#!/usr/bin/env perl
# to-csv: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('csv');
my $csv = "$home/csv";
mkdir $csv;
my $header = qq("\$distinct_id","\$email","\$first_name","\$last_name","\$city"\n);

# The only file, which is then removed.
sub rows {
	my @files = glob "$csv/*";
	is scalar(@files), 1, '... in one file';
	my $text = slurp($files[0]);
	is sprintf('%o', (stat $files[0])[2] & 0777), '600', '... for nobody else to read';
	unlink @files;
	return $text =~ s/\A\Q$header\E// ? $text : "no header in $text";
}

sub city {
	my ($city, $id) = @_;
	return sprintf '{"$distinct_id":"%s","$properties":{"$city":%s}}', $id // 'c', $city;
}

takes('users', [users()], $to, $csv);
is rows(), <<'END', 'the rows, below a header';
"a","a@example.com",,,
7,,,,
"b c",,,,"X, Y"
END

# What Python's csv module reads must be the ids.
my @hard = grep { $_->[1] !~ /\0/ } hard_users();
takes('hard users', [map { $_->[0] } @hard], $to, $csv);
my $cells = new_file(rows());
is `/usr/bin/python3 -c 'import csv, sys
for row in csv.reader(open(sys.argv[1], newline="")): print(row[0])' $cells`,
    join('', map {"$_->[1]\n"} @hard), '... keep their ids, byte for byte';
like slurp($cells), qr/^1,,,,\n/m, '... 1 as a number';
like slurp($cells), qr/^"1",,,,\n/m, '... and "1" as a text';
like slurp($cells), qr/^"x","x\@example\.com",/m, '... names with escapes are found';

my @values = (
	['["a",{"b":1E400,"c":[0.10,"\u00e9"]},null,true,[],{}]',
		qq("[""a"",{""b"":1E400,""c"":[0.10,""\xc3\xa9""]},null,true,[],{}]")],
	['""', '""'], ['null', ''], ['false', 'false'], ['-7', '-7'], ['1e400', '1e400'],
	['-0', '-0'], ['0.10', '0.10'],
	['9' x 40, '9' x 40], ['"a\nb\r\n\"c\","', qq("a\nb\r\n""c"",")],
	['"=1+1"', q("'=1+1")], ['"\u003d1"', q("'=1")], ['"+1"', q("'+1")],
	['"-1"', q("'-1")], ['"@a"', q("'@a")], ['"\tx"', qq("'\tx")], ['"\rx"', qq("'\rx")],
	['"\n=1"', qq("'\n=1")], ['[' x 200 . ']' x 200, '"' . '[' x 200 . ']' x 200 . '"'],
	['1E2', '1E2'], ['"1E2"', '"1E2"'], ['1,"$city":2', '2'],
	["\"'x\"", q("''x")], ['"x=1"', '"x=1"'], ["\"\xef\xbc\x9d1\"", "\"'\xef\xbc\x9d1\""],
);
for (@values) {
	my ($value, $cell) = @$_;
	is((run_recipe([city($value)], $to, $csv))[0], 0, "the value $value");
	is rows(), qq("c",,,,$cell\n), '... is its cell';
}
{
	local $ENV{CSV_FORMULAS} = 'keep';
	takes('CSV_FORMULAS=keep', [city('"=1+1"'), city('"\'x"')], $to, $csv);
	is rows(), qq("c",,,,"=1+1"\n"c",,,,"'x"\n), '... keeps the texts';
}

my @bad = (city('"a\u0000b"'), city('"x"', 'i\u0000d'), city('{"a\u0000":1}') =~ s/\{"a/{"\\ud800/r,
	city('"\ud800"'), 'no JSON of a@example.com', '[]', '7', 'null', "\"\xff\"",
	city('[' x 1000 . ']' x 1000));
refuses('what CSV cannot hold', \@bad, [user('a')], $to, $csv);
is rows(), qq("a","a\@example.com",,,\n), '... and the other one is there, once';

# A line about nobody has an empty id, and so has one without properties empty cells.
my (undef, @nobody) = nobodies();
takes('lines about nobody', [@nobody, '{"$distinct_id":"a","$properties":[]}',
	'{"event":"x","$distinct_id":7,"email":"a@example.com"}'], $to, $csv);
is rows(), ",,,,\n" x @nobody . qq("a",,,,\n7,"a\@example.com",,,\n), '... have their rows';

# Who leaves a cohort must not look like one who enters.
my ($added, $removed) = map { '"$cohort":{"action":"' . $_ . '","mixpanel_cohort_id":2}' }
    qw(add_members remove_members);
takes('a cohort', ["{\"\$distinct_id\":\"a\",\"\$properties\":{\"email\":\"a\@example.com\"},$added}",
	"{\"\$distinct_id\":\"b\",\"\$properties\":{\"\$email\":\"\",\"email\":\"x\"},$removed}",
	"{$added}", user('c')], $to, $csv);
is rows() =~ s/\Ano header in //r, <<'END', '... has a column that says what is done';
"$distinct_id","$email","$first_name","$last_name","$city","$cohort"
"a","a@example.com",,,,"{""action"":""add_members"",""mixpanel_cohort_id"":2}"
"b","",,,,"{""action"":""remove_members"",""mixpanel_cohort_id"":2}"
,,,,,"{""action"":""add_members"",""mixpanel_cohort_id"":2}"
"c","c@example.com",,,,
END

waits('a folder that is not there', $to, '/nonexistent');
waits('a file in its place', $to, new_file(''));
my ($status, $said) = run_recipe([city('"' . 'x' x 100_000 . '"')], 'sh', '-c',
	'ulimit -f 20; exec "$0" "$@"', $to, $csv);
is $status, 75, 'a file that cannot be written: exit 75';
is $said, "to-csv: $csv: File too large\n", '... and it says why';
is_deeply [glob "$csv/*"], [], '... and nothing is left there';
is((run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, $csv))[0], 75,
	'a cut input: exit 75');

($status, $said) = run_recipe([user('a'), '[]'], $to, $csv);
is $said, "to-csv: line 2: no user that CSV can have (not an object)\n",
    'a line that is a list: it says why';
my $cut = new_file(user('a'), "\n", '{"$distinct');
is((run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c', 'exec "$0" "$1" <"$2"', $to,
		$csv, $cut))[0], 75, 'a line that is cut: exit 75');

# Nobody may plant a link where the file is written before it has its name.
run_recipe([user('a')], $to, $csv);
my ($file) = glob "$csv/*";
my $victim = new_file('precious');
unlink $file;
symlink $victim, "$file.tmp";
is((run_recipe([user('a')], $to, $csv))[0], 75, 'a link in place of the file: exit 75');
is slurp($victim), 'precious', '... which is not followed';
unlink "$file.tmp";
SKIP: {
	skip 'only root can be another user', 2 if $> != 0;
	chmod 0755, $home, folder();
	copy($to, "$home/to-csv") or die $!;
	chmod 0755, "$home/to-csv";
	is_deeply [run_recipe([user('a')], 'setpriv', '--reuid=65534', '--clear-groups',
		"$home/to-csv", $csv)], [75, "to-csv: $csv: Permission denied\n"],
	    'a folder that may not be written: it says why';
}
mkdir "$home/\xc3\xa9";
takes_in_cron([users()], $to, "$home/\xc3\xa9");
takes('10 MB', ['{"$distinct_id":"vast","$properties":{"$city":"' . 'x' x 10_000_000 . '"}}'],
	$to, $csv);
is length(rows()), 10_000_013, '... are a cell';

# The same run again, and a part of it, as a power loss or a refused user may leave:
# the batches and the number of users are then those of another part.
my @users = users();
for my $some ([@users], [@users], [$users[0]], [$users[1]], [@users[0, 2]]) {
	is((run_recipe($some, $to, $csv))[0], 0, 'a run of ' . @$some);
}
is_deeply [sort map { scalar(() = slurp($_) =~ /\n/g) } glob "$csv/*"], [2, 2, 3, 4],
    'the same run replaces its file, a part of it does not';

done_testing;

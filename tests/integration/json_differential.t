#!/usr/bin/env perl
# Hostile JSON, made from a seed. After a 200 it is in the spool, with the values
# that Python's json reads; after any other answer nothing is. HOSTILE_SEED=N makes
# other JSON. Under valgrind, CGI processes get a part of it.

use strict;
use warnings;
use Test::More;
use Testbed;

my $seed = $ENV{HOSTILE_SEED} // 20261124;
srand $seed;

sub pick { return $_[int rand @_] }

sub integer { return join '', map { int rand 10 } 1 .. 1 + int rand shift }

my @numbers = (
	sub { return pick('0', '-0', '-1', '1e400', '-1E-400', '1E+2',
			'9007199254740993', '9223372036854775808',
			'18446744073709551616', '0.1', '1.50', '-0.0',
			'4.9e-324', '1e-99999999999999999999') },
	sub { return pick('', '-') . pick(1 .. 9) . integer(60) },
	sub { return pick('', '-') . '0.' . integer(40) },
	sub { return pick(1 .. 9) . '.' . integer(9) . pick(qw(e E e+ e- E-))
			. integer(6) },
);

my @pieces = (
	'a' .. 'e', ' ', '{', '}', '[', ']', ',', ':', '+', '%', '&', '=',
	'\"', '\\\\', '\/', '\b', '\f', '\n', '\r', '\t', '\u0000', '\u0041',
	'\u000A', '\u2028', '\uFFFF', '\ufffd', '\ud83d\ude00', '\uD83D',
	'\uDE00', '\ud800\u0041', '\udbff\udbff\udfff', '\ude00\ud83d',
	"\x7f", "\xc3\xa9", "\xe2\x80\xa8", "\xef\xbf\xbd", "\xef\xbb\xbf",
	"\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", 'null', '1e5', '$distinct_id',
);

sub text { return '"' . join('', map { pick(@pieces) } 0 .. rand shift) . '"' }

sub space { return rand() < .8 ? '' : pick(' ', "\n", "\r\n", "\t", "  \r ") }

# The names of members differ: a user's own one twice is one of the faults below.
sub object {
	my ($levels, @members) = @_;
	my $n = 0;
	for (1 .. rand 4) {
		my $name = text(3);
		$name =~ s/"$/'_' . $n++ . '"'/e;
		push @members, $name . space() . ':' . space()
		    . value($levels - 1);
	}
	return '{' . space() . join(space() . ',' . space(), @members)
	    . space() . '}';
}

sub value {
	my $levels = shift;
	my $kind = rand($levels > 0 ? 7 : 5);
	return pick(qw(null true false)) if $kind < 1;
	return pick(@numbers)->() if $kind < 3;
	return text(12) if $kind < 5;
	return object($levels) if $kind < 6;
	return '[' . space() . join(space() . ',', map { value($levels - 1) }
		1 .. rand 5) . space() . ']';
}

sub hostile_user {
	my $id = rand() < .3 ? '-' x (rand() < .3) . pick(1 .. 9) . integer(30)
	    : '"' . pick('a', '\u0000', '\ud800', 'Ann \"A\"') . integer(5)
	    . '"';
	my @members = (
		pick('"$distinct_id"', '"\u0024distinct_id"') . space() . ':'
		    . space() . $id,
		pick('"$properties"', '"$propertie\u0073"') . ':' . object(4));
	@members = reverse @members if rand() < .5;
	return object(3, @members);
}

sub hostile_list {
	return space() . '[' . space() . join(space() . ',' . space(),
		map { hostile_user() } 1 .. 1 + rand 4) . space() . ']'
	    . space();
}

# Each turns a good list into one that may be bad.
my %faults = (
	truncated => sub { return substr $_[0], 0, rand length $_[0] },
	'a byte less' => sub { substr $_[0], rand length $_[0], 1, '';
		return $_[0] },
	'a byte more' => sub { substr $_[0], rand length $_[0], 0,
		    pick(map {chr} 0 .. 255); return $_[0] },
	'another byte' => sub { substr $_[0], rand length $_[0], 1,
		    pick(map {chr} 0 .. 255); return $_[0] },
	'a token more' => sub { substr $_[0], rand length $_[0], 0,
		    pick('"', '\\', '{', '}', '[', ']', ',', ':', '01', '+1',
			'.5', '1.', 'NaN', '-Infinity', 'nul', '\u00', '\x41',
			"\0", "\xff", "\xc0\x80", "\xed\xa0\x80",
			"\xf4\x90\x80\x80", '/**/', "'"); return $_[0] },
	'a name twice' => sub { $_[0] =~ s/\{(\s*)("[^"\\]*")(\s*:)/{$1$2:1,$2$3/;
		return $_[0] },
	'an element that is not a user' => sub {
		my $other = pick('null', '1', '-1.5', '"a"', '[]', "[1,\n2]", '{}',
			'{"$distinct_id":""}', '{"$distinct_id":"a","$properties":[1]}');
		rand() < .5 ? $_[0] =~ s/\[/[$other,/ : $_[0] =~ s/\](\s*)\z/,$other]$1/;
		return $_[0] },
	'a long integer' => sub { my $digits = pick(4300, 4301, 5000);
		$_[0] =~ s/\}(\s*\]\s*)\z/',"long":' . pick('', '-') . '7' x $digits . "}$1"/e;
		return $_[0] },
	'a name twice in the properties' => sub {
		$_[0] =~ s/("\$properties"\s*:\s*\{)/$1"x":1,"x":2,"\\ud800":1,"\\ud801":1,/;
		$_[0] =~ s/,(\s*\})/$1/; return $_[0] },
	'an empty list of properties' => sub {
		$_[0] =~ s/\[/[{"\$distinct_id":"php","\$properties":[ ]},/; return $_[0] },
	'too deep' => sub { my $deep = 120 + int rand 20;
		my $value = '[' x $deep . ']' x $deep;
		$_[0] =~ s/\}(\s*\]\s*)\z/,"deep":$value}$1/; return $_[0] },
	'half of it twice' => sub { my $half = length($_[0]) / 2;
		return substr($_[0], 0, $half) . $_[0] },
);

# The answer to a POST, and the lines that it put into the spool.
my $posts = 0;

sub post {
	my ($receiver, $json) = @_;
	my $spool = $receiver->{spool};
	my $answer = $ENV{MEMCHECK} && $posts++ % 16 == 0
	    ? cgi({ MIXSPOOL_DIR => $spool }, form($json), {})
	    : fastcgi($receiver->{socket}, form($json));
	my ($lines, $aside) = map {
		join '', map { slurp($_) } batches_in($spool, 'default', $_) } qw(new aside);
	my @left = batches_in($spool, 'default', 'tmp');
	unlink batches_in($spool), batches_in($spool, 'default', 'aside');
	return ($answer, $lines, $aside, scalar @left);
}

my $receiver = receiver();
my (@accepted, @refused, %wrong);

sub judge {
	my ($what, $json) = @_;
	my ($answer, $lines, $aside, $left) = post($receiver, $json);
	my $name = "$what: " . unpack 'H*', $json;
	push @{ $wrong{'leaves something in tmp/'} }, $name if $left;
	if ($answer->{status} == 200) {
		push @accepted, [$name, $json, $lines, $aside];
	} elsif ($answer->{status} == 400) {
		push @refused, $what;
		push @{ $wrong{'is refused and spooled'} }, $name if $lines || $aside;
		push @{ $wrong{'is refused in more than a line'} }, $name
		    if $answer->{text} !~ /\A[ -~]+\n\z/;
	} else {
		push @{ $wrong{"is answered $answer->{status}"} }, $name;
	}
	return $answer->{status};
}

for (1 .. 300) {
	my $json = hostile_list();
	judge('good', $json) == 200
	    or push @{ $wrong{'is refused but good'} }, unpack 'H*', $json;
}
for my $fault (sort keys %faults) {
	judge($fault, $faults{$fault}->(hostile_list())) for 1 .. 60;
}
stop($receiver->{pid});

# Python's opinion of all that was accepted.
my $input = spew(folder() . '/accepted', join '', map {
	join("\t", map { unpack 'H*', $_ } @$_[1 .. 3]) . "\n"
} @accepted);
my @opinions = map { chomp; $_ } `@{[top()]}/tests/lib/same-json <$input`;
is scalar @opinions, scalar @accepted, 'Python has an opinion of each';
for my $i (0 .. $#opinions) {
	push @{ $wrong{$opinions[$i]} }, $accepted[$i][0]
	    if $opinions[$i] ne 'same';
}

is_deeply [sort keys %wrong], [], "all is as it should be, seed $seed";
for my $kind (sort keys %wrong) {
	diag scalar @{ $wrong{$kind} }, " $kind, for one $wrong{$kind}[0]";
}
cmp_ok scalar @accepted, '>=', 300, @accepted . ' were accepted';
cmp_ok scalar @refused, '>=', 200, @refused . ' were refused';
my %seen = map { $_ => 1 } @refused;
is $seen{$_}, 1, "some with $_ are refused"
    for 'truncated', 'a byte less', 'a token more', 'a name twice', 'too deep',
    'half of it twice', 'a long integer';
cmp_ok scalar(grep { $_->[3] } @accepted), '>=', 60, 'some set something aside';

done_testing;

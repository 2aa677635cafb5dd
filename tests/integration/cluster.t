#!/usr/bin/env perl
# The table of docs/cluster.md: three machines behind each load balancer of
# examples/cluster/, and what a sender sees of each way in which a machine dies. Then
# machines die at random under load: no user of a 200 is lost, and no answer is another
# one than 200 and 503.

use strict;
use warnings;
use Cluster;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;
use Time::HiRes qw(sleep);
use Upgrade;

plan skip_all => 'a sanitizer cannot work with the preloaded disk' if $ENV{SANITIZED};

# The table: balancer => { row => [cells that may be] }.
my ($table) = slurp(top() . '/docs/cluster.md') =~ /^<!-- measured: cluster -->\n((?:\|.*\n)+)/m or die 'no table';
my ($heading, undef, @rows) = map { [map {s/^\s+|\s+$//gr} split /\|/, s/^\||\|$//gr] } split /\n/, $table;
my @columns = map {/\((.*)\)/ ? $1 =~ s/`//gr : ''} @$heading;
my %documented;
for my $row (@rows) {
	my ($name) = $row->[0] =~ /<!-- (.*) -->/ or die "a row without a name: $row->[0]";
	$documented{ $columns[$_] }{$name} = [split / or /, $row->[$_]] for grep { $columns[$_] } 0 .. $#columns;
}
is_deeply [sort keys %documented], [balancers()], 'the table has all examples';

my %measuring;
for my $example (grep { !missing_balancer($_) } balancers()) {
	my $base = folder() . "/$example";
	$measuring{$example} = { out => spew("$base.out", ''), err => spew("$base.err", ''), pid => spawn(
		[$^X, '-I', top() . '/tests/lib', '-MDeaths', '-MJSON::PP', '-e', 'print encode_json(measure(@ARGV))', $example],
		out => "$base.out", err => "$base.err") };
}
for my $example (balancers()) {
	SKIP: {
		skip missing_balancer($example), 1 if missing_balancer($example);
		my $one = $measuring{$example};
		is exit_of(reap($one->{pid}, 300)), 0, "$example is measured" or diag slurp($one->{err});
		note slurp($one->{err});
		my $measured = eval { decode_json(slurp($one->{out})) } // {};
		is_deeply [sort keys %$measured], [sort keys %{ $documented{$example} }], '... all rows of the page, and no others';
		for my $row (sort keys %$measured) {
			my @allowed = @{ $documented{$example}{$row} // ['no row'] };
			is $measured->{$row}, (grep { $_ eq $measured->{$row} } @allowed)[0] // $allowed[0], "... $row";
		}
	}
}

# Deaths at random moments, of one machine at a time.
my $deaths = ($ENV{PROVE} // '') eq 'full' ? 100 : 4;
my $seed = $ENV{SEED} // 1;
srand $seed;
note "SEED=$seed";
my %death = (
	'mixspool killed' => sub { kill_receiver($_[0]) },
	'web server killed' => sub { kill_web_server($_[0]) },
	'frozen' => sub {
		signal_all($_[0], 'STOP');
		more_answers($_[1], 20);
		signal_all($_[0], 'CONT');
	},
	'full' => sub {
		my $machine = shift;
		stop((delete $machine->{receiver})->{pid});
		start_machine($machine, MIXSPOOL_MIN_FREE => '900000G');
		more_answers($_[0], 20);
		stop((delete $machine->{receiver})->{pid});
	},
);
for my $example (grep { !missing_balancer($_) } 'nginx.conf', 'haproxy.cfg') {
	my @machines = start_machines($example);
	my $balancer = start_balancer($example, 'impatient', @machines);
	my $load = start_load($balancer->{url});
	more_answers($load, 20);
	my @deaths = sort keys %death;
	for my $n (1 .. $deaths) {
		my $machine = $machines[rand @machines];
		sleep rand 0.2;
		$death{ $deaths[$n % @deaths] }->($machine, $load);
		more_answers($load, 20);
		start_machine($machine);
		more_answers($load, 20);
	}
	is ended($load->{pid}), undef, "$example: load until the end of $deaths deaths";
	my $answers = end_load($load);
	my $fate = fates($load, map { lines_in($_->{spool}) } @machines);
	note join(', ', map {"$answers->{$_} answers $_"} sort keys %$answers), "; $fate->{users} users answered 200, ",
	    "$fate->{twice} of all stored twice";
	is_deeply [grep { !/\A(?:200|503)\z/ } keys %$answers], [], '... no answer but 200 and 503';
	cmp_ok $fate->{users}, '>', 100, '... users were answered 200';
	is $fate->{lost}, 0, '... and each of them is stored';
	is $fate->{strange}, 0, '... and nobody who was not sent';
	stop($_) for $balancer->{pid}, map { $_->{pid} } grep {$_} map { @{$_}{qw(nginx receiver)} } @machines;
}

done_testing;

package Builds;

# The scenarios that compare two builds.

use strict;
use warnings;
use Bench;
use Contestants;
use Exporter qw(import);

our @EXPORT_OK = qw(builds);

my $rounds_of = rounds() . ' rounds of ' . seconds() . ' s';

# This build beside another one, as OLD=PATH of its mixspool.fcgi: only by name.
sub builds {
	-x ($ENV{OLD} // '') or die "bench: builds takes OLD=PATH, the mixspool.fcgi "
	    . "to compare with\n";
	my $result = Bench->new('builds', unit => 'POSTs a second',
		title => 'POSTs of 50 users at so many connections, of two builds '
		    . "in turn, $rounds_of; in us: of a POST's CPU");
	my $bench = Contestants->new(names => ['before', 'now']);
	my @connections = split ' ', $ENV{CONNECTIONS} // '1 16 64 256';
	for my $connections (@connections) {
		in_turn(['before', 'now'], sub {
			my (undef, $name) = @_;
			my $got = $bench->load($name, connections => $connections);
			$result->add($name, $connections, $got->{rate});
			$result->add($name, "us at $connections",
				$got->{user} + $got->{system});
		});
	}
	in_turn(['before', 'now'], sub {
		my (undef, $name) = @_;
		my $got = $bench->load($name, connections => 64,
			paths => join ' ', map {"/$name/c$_"} 1 .. 16);
		$result->add($name, '64, 16 campaigns', $got->{rate});
	});
	push @connections, '64, 16 campaigns';
	$result->ratio("throughput at $_ against the build before", 'at least',
		0.97, $_, 'now', 'before') for @connections;
	return $result;
}

1;

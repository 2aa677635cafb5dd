#!/usr/bin/env perl
# The upgrade from 0.1.0 and the way back as docs/upgrading.md has them for systemd, with
# the units of each version, under load: each request waits in the socket and is
# answered 200.

use strict;
use warnings;
use Machine;
use Test::More;
use Testbed;
use Time::HiRes qw(sleep);
use Upgrade;

my $why = why_no_old() // machine();
plan skip_all => $why =~ s/\n\z//r if defined $why;

my $socket = at('/run/mixspool/mixspool.sock');
my $spool = at('/var/spool/mixspool');
inside_ok('mkdir /root/old');
my $new = 'cd ' . top() . ' && make -s install';
my $old = 'cd /root/old && make -s -j2 CFLAGS=-O0 WARNINGS= install';
old_source(at('/root/old'));
my $start = 'systemctl daemon-reload && systemctl restart mixspool';

inside_ok("$old && systemd-sysusers && systemd-tmpfiles --create");
inside_ok('systemctl daemon-reload && systemctl enable --now mixspool.socket');
is fastcgi($socket, form('[' . user('first') . ']'))->{status}, 200, '0.1.0 answers';

# Two clients that post one user after the other, until there is a file.
my $end = folder() . '/end';
my @notes = map { new_file() } 1, 2;
my @clients = map { client($_, $notes[$_]) } 0, 1;
END { kill 'TERM', @clients if @clients }

sub client {
	my ($number, $note) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	alarm 0;
	open my $out, '>>', $note or die $!;
	$out->autoflush;
	for (my $n = 1; !-e $end; $n++) {
		my $answer = fastcgi($socket, form('[' . user("$number-$n") . ']'));
		print $out "$number-$n $answer->{status}\n";
		sleep 0.01; # the pace of the load
	}
	POSIX::_exit(0);
}

sub posted { return map { /^(\S+) (\d+)$/mg } map { slurp($_) } @notes }

sub more_posted {
	my $before = () = posted();
	wait_until { posted() > $before + 100 } 'the clients to post';
	return;
}

# Names with counts say which receiver stores.
sub newest_is_counted {
	my ($name) = (batches_in($spool))[-1] =~ m{([^/]+)\z};
	return $name =~ /\A[^-]+-\w{8}-\d+-\d+\.jsonl\z/ ? 1 : 0;
}

more_posted();
is newest_is_counted(), 0, '... and stores under names of its own';
for my $step (['the upgrade', $new, 1], ['the way back', $old, 0], ['the upgrade once more', $new, 1]) {
	my ($what, $install, $is_counted) = @$step;
	inside_ok($install);
	more_posted();
	inside_ok($start);
	is unit('mixspool.service', 'ActiveState'), 'active', "$what: the service runs";
	more_posted();
	is newest_is_counted(), $is_counted, '... in the other version';
}
spew($end, '');
is waitpid($_, 0), $_, 'a client ends' for splice @clients;
my %status = posted();
my @refused = grep { $status{$_} != 200 } keys %status;
is_deeply \@refused, [], 'each of ' . keys(%status) . ' requests was answered 200';
my ($exit, $out) = inside('mixspool drain -q /var/spool/mixspool -- cat');
is $exit, 0, 'a drain takes what both have written';
my %copies;
$copies{$_}++ for $out =~ /^\{"\$distinct_id":"(\d-\d+)"/mg;
is_deeply \%copies, { map { $_ => 1 } keys %status }, '... each user, once';

done_testing;

#!/usr/bin/env perl
# Every call of mixspool log fails once (tests/lib/Faults.pm): with exit 0 all lines are
# shown, and with another exit there is a message.

use strict;
use warnings;
use Faults;
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $now = time;

# Appends a request of so many users, so many days ago.
sub put_users {
	my ($spool, $days, $users) = @_;
	my $time = $now - 86400 * $days;
	open my $file, '>>', "$spool/.journal/" . strftime('%Y-%m-%d.jsonl', gmtime $time)
	    or die $!;
	print $file strftime('{"at":"%Y-%m-%dT%H:%M:%S.000Z",', gmtime $time),
	    qq("campaign":"default","status":200,"users":$users,"bytes":0,"ms":0}\n);
	close $file or die $!;
	return;
}

sub check {
	my ($status, $err, $out, @users) = @_;
	wrong("exit $status: $err") if $status > 78;
	wrong("exit $status without a message") if $status != 0 && $err eq '';
	my @shown = $out =~ /(\d+) users$/mg;
	wrong("exit 0 and @shown are shown") if $status == 0 && "@shown" ne "@users";
	return;
}

my $spool = make_spool(qw(default .journal));
put_users($spool, 3 - $_, $_ + 10) for 0 .. 3;
for my $options ([], ['--json']) {
	each_fault('mixspool log', "log @$options", sub {
		my ($status, $out, $err) = tool($_[0], 'log', '--since', '30d', @$options, $spool);
		$out =~ s/"users":(\d+).*/$1 users/g;
		check($status, $err, $out, 10 .. 13);
		return;
	});
}

# log -f: what is there, and what comes. It shows all, or ends and says why.
each_fault('mixspool log', 'log -f', sub {
	my ($environment) = @_;
	my $followed = make_spool(qw(default .journal));
	my ($out, $err) = map { new_file('') } 1, 2;
	put_users($followed, 0, 10);
	my $pid = spawn([program('mixspool'), 'log', '-f', $followed],
		env => $environment, out => $out, err => $err);
	my $status;
	my $shows = sub {
		my $count = shift;
		return wait_until { defined($status //= ended($pid))
			|| slurp($out) =~ /(?: users\n.*){$count}/s } "$count lines";
	};
	$shows->(1);
	put_users($followed, 0, 11);
	$shows->(2);
	my $is_up = !defined $status;
	$status //= stop($pid);
	check($is_up ? 0 : exit_of($status), slurp($err), slurp($out), 10, 11);
	wrong('it has ended') if !$is_up && $status == 0;
	return;
});

tell_of_faults();
done_testing;

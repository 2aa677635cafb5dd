#!/usr/bin/env perl
# Each call of mixspool doctor fails once: see tests/lib/Faults.pm. It ends by itself,
# with all its checks or a message, leaves nothing in the spool, and takes nothing that
# it could not look at for well.

use strict;
use warnings;
use Faults;
use File::Temp ();
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my $doctor = program('mixspool-doctor');

# In memory, where the syncs of a check take no time.
my $memory = -w '/dev/shm' ? File::Temp->newdir('mixspool-XXXXXX', DIR => '/dev/shm') : folder();
my $spool = "$memory/doctor";
mkdir $_ for $spool, map {"$spool/$_"} qw(default default/new default/tmp default/aside default/failed default/done);
my $day = user('a');
spew("$spool/default/new/20261124T065034.123456Z-9f3a1c22-000001-1.jsonl", "$day\n");
spew("$spool/default/new/notes", "mine\n");

sub files { return join ' ', sort map { glob "$_/* $_/.[!.]*" } $spool, glob "$spool/default/* $spool/default" }
my $files = files();

# The result of each check; undefined, unless what was printed is whole.
sub results {
	my ($status, $out, $err) = @_;
	my $object = eval { decode_json($out) };
	wrong("it was ended by a signal, $status: $err") if $status > 78;
	if ($status > 2) {
		wrong("exit $status without a message") if $err eq '';
		return;
	}
	# Its words may have failed to be written.
	if (!$object) {
		wrong("exit $status, and no JSON: $err");
		return;
	}
	my %results;
	push @{ $results{ $_->{check} } }, $_->{result} for @{ $object->{findings} };
	my $worst = (grep { $_->{result} eq 'wrong' } @{ $object->{findings} }) ? 2
	    : (grep { $_->{result} eq 'warning' } @{ $object->{findings} })    ? 1 : 0;
	wrong("exit $status, and the worst is $worst") if $status != $worst;
	return \%results;
}

# Which check has nothing to say without which call.
my %needed = (fdatasync => 'sync');

my $checks;
sub look {
	my ($environment) = @_;
	my $results = results(run_to_end($doctor, $environment, '--json', $spool));
	my $left = files();
	wrong("it leaves $left") if $left ne $files && has_failed() !~ /^unlink/m;
	unlink grep { index(" $files ", " $_ ") < 0 } split / /, $left;
	return if !$results;
	$checks //= join ' ', sort keys %$results;
	wrong("its checks are @{[sort keys %$results]}, not $checks")
	    if join(' ', sort keys %$results) ne $checks && ($results->{spool}[0] // '') eq 'ok';
	my ($failed) = has_failed() =~ /^(\w+)$/m;
	my $check = $needed{ $failed // '' } or return;
	wrong("$failed has failed, and $check is ok") if grep { $_ eq 'ok' } @{ $results->{$check} // [] };
	return;
}
each_fault('mixspool doctor DIR', 'a spool', \&look);

# A URL where something else answers 200 to a form: whatever fails, that is not well.
my $recorder = recorder({ RECORDER_EACH_PATH => 1 }, '200');
my $url_checks;

sub visit {
	my ($environment) = @_;
	my $results = results(run_to_end($doctor, $environment, '--json', $recorder->{url})) or return;
	$url_checks //= join ' ', sort keys %$results;
	wrong("its checks are @{[sort keys %$results]}, not $url_checks") if join(' ', sort keys %$results) ne $url_checks;
	for my $check ('form', 'page', 'secret', 'size') {
		wrong("$check is ok") if grep { $_ eq 'ok' } @{ $results->{$check} // [] };
	}
	return;
}
each_fault('mixspool doctor URL', 'a URL', \&visit);

tell_of_faults();
done_testing;

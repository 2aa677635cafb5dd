#!/usr/bin/env perl
# Each call of mixspool send fails once, also those of libcurl and SQLite: see
# tests/lib/Faults.pm. Only delivered users count as delivered, and they are recorded
# before the next POST is sent.

use strict;
use warnings;
use Faults;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

# The endpoint refuses the second POST of each run, once.
my $recorder = recorder({ RECORDER_EACH_PATH => 1 }, '200', '503');
my @ids = map {"u$_"} 1 .. 6;
my $profiles = spew(folder() . '/profiles', join '', map { user($_) . "\n" } @ids);
my $cacert = spew(folder() . '/cacert', "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
my $runs = 0;

# The requests to a path since the last look_from_here.
my $seen = 0;

sub look_from_here {
	$seen = requests($recorder);
	return;
}

sub requests_to {
	my $path = shift;
	my @all = requests($recorder);
	return grep { $_->{path} eq $path } @all[$seen .. $#all];
}

# The ids in POSTs to a path that were answered with 200, a list for each POST.
sub answered {
	return map { [map { $_->{'$distinct_id'} } @{ decode_json($_->{fields}{users}[0]) }] }
	    grep { $_->{complete} && $_->{answer} eq '200' } requests_to(shift);
}

sub recorded {
	my $ledger = shift;
	return if !-s $ledger;
	my $rows = `sqlite3 $ledger 'SELECT user FROM delivered' 2>&1`;
	return $rows =~ /no such table/ ? () : split /\n/, $rows;
}

sub send_to {
	my ($environment, $path, @options) = @_;
	my ($url) = $recorder->{url} =~ m{^(http://[^/]+)};
	# Without mixspool in front, whose own calls tool_one_call_fails.t makes fail.
	# programs.t has the calls of mixspool in front of it.
	return sender($environment, '--json', '--batch', 2, '--backoff', 0,
		'--timeout', 5, @options, "$url$path", $profiles);
}

sub check_send {
	my ($status, $out, $err, @posts) = @_;
	my %got = map { $_ => 1 } map {@$_} @posts;
	wrong("exit $status without a word")
	    if $status != 0 && $err eq '' && $out !~ /"left": *[1-9]/;
	wrong("exit $status: $err") if $status > 78;
	wrong("exit 0, but delivered are only ", sort keys %got)
	    if $status == 0 && keys %got != @ids;
	wrong("it waited for an event that had come: $err")
	    if $err =~ /timed out after/;
	my $told = eval { decode_json($out) };
	wrong("exit $status, but it says $out") if $status == 0
	    && (!$told || grep { !defined $told->{$_} }
		qw(delivered left posts profiles matched answers));
	wrong("$told->{delivered} count as delivered, of ", sort keys %got)
	    if $told && ($told->{delivered} // 0) > keys %got;
	return;
}

# Without a state: the refused POST is sent again.
sub send_once {
	my ($environment) = @_;
	my $path = '/run' . $runs++;
	look_from_here();
	my ($status, $out, $err) = send_to($environment, $path,
		'--retries', 1, '-v', '--where', '."$properties" != null', '--cacert', $cacert);
	check_send($status, $out, $err, answered($path));
	return;
}
each_fault('mixspool send', 'send', \&send_once,
	full() ? () : qw(calloc connect fclose fflush fopen malloc pipe2 open_memstream open poll read recv send setenv socket));

# With a state: the users of a refused POST are left for the next run.
sub send_with_state {
	my ($environment) = @_;
	my $path = '/run' . $runs++;
	my $ledger = folder() . "/ledger$runs";
	my @state = ('--retries', 0, '--campaign', 'c', '--state', $ledger);
	look_from_here();
	my ($status, $out, $err) = send_to($environment, $path, @state, '-v');
	my @posts = answered($path);
	check_send($status, $out, $err, @posts);
	check_ledger($ledger, $err, @posts);
	($status, $out, $err) = send_to({}, $path, @state);
	# The second POST may come only now, and be refused.
	($status, $out, $err) = send_to({}, $path, @state)
	    if $status == 75;
	wrong("the next one ends with $status, $err") if $status != 0;
	my %got = map { $_ => 1 } map {@$_} answered($path);
	wrong('after the next one there are only ', sort keys %got)
	    if keys %got != @ids;
	my @recorded = sort { $a cmp $b } recorded($ledger);
	wrong("and recorded are @recorded") if "@recorded" ne "@ids";
	unlink glob "$ledger*";
	return;
}

# The ids in POSTs for which -v reported WHAT.
sub ids_of {
	my ($err, $what) = @_;
	return map { @ids[2 * $_ - 2, 2 * $_ - 1] }
	    $err =~ /POST (\d+)(?:, attempt \d+)?: $what/g;
}

# Only delivered users are in the ledger. When the answer came back, they all are,
# except those of the last POST after a message that they could not be recorded.
# Without an answer nobody can know.
sub check_ledger {
	my ($ledger, $err, @posts) = @_;
	my %recorded = map { $_ => 1 } recorded($ledger);
	my %got = map { $_ => 1 } map {@$_} @posts;
	my @known = ids_of($err, '200, ');
	my %told = map { $_ => 1 } @known, ids_of($err, 'no answer, ');
	splice @known, -2 if @known && $err =~ /may be sent again/;
	wrong("recorded, but not delivered: $_")
	    for grep { !$got{$_} } sort keys %recorded;
	wrong("delivered, but not recorded: $_ ($err)")
	    for grep { !$recorded{$_} } @known;
	wrong("delivered, and nothing is said of it: $_ ($err)")
	    for grep { !$told{$_} } sort keys %got;
	return;
}
each_fault('mixspool send', 'send --state', \&send_with_state,
	full() ? () : qw(asprintf __asprintf_chk fcntl64 fdatasync ftruncate64 malloc mmap64 open open64
	pread64 pwrite64));

each_breakage('mixspool send', 'send --state, the disk breaks', \&send_with_state);

# A state of 0.1, in which two users were delivered with two filters, is converted
# whole or not at all: they are never sent again.
my $state_of_0_1 = folder() . '/state_of_0_1';
sub make_state_of_0_1 {
	my $url = shift;
	unlink $state_of_0_1;
	open my $sqlite, '|-', 'sqlite3', $state_of_0_1 or die $!;
	print $sqlite <<"END";
PRAGMA application_id = 0x6d697873;
PRAGMA user_version = 1;
CREATE TABLE campaign (id INTEGER PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,
	criterion TEXT NOT NULL, UNIQUE (name, url, criterion));
CREATE TABLE delivered (campaign INTEGER NOT NULL REFERENCES campaign, user TEXT NOT NULL,
	at INTEGER NOT NULL DEFAULT (unixepoch()), PRIMARY KEY (campaign, user)) WITHOUT ROWID;
INSERT INTO campaign VALUES (1, 'c', '$url', '.a'), (2, 'c', '$url', '.b');
INSERT INTO delivered (campaign, user) VALUES (1, 'u1'), (2, 'u4');
END
	close $sqlite or die $!;
	return $state_of_0_1;
}

sub send_from_0_1 {
	my ($environment) = @_;
	my $path = '/run' . $runs++;
	my $ledger = make_state_of_0_1($recorder->{url} =~ s{/hook$}{$path}r);
	my @state = ('--retries', 1, '--campaign', 'c', '--state', $ledger);
	look_from_here();
	my ($status, $out, $err) = send_to($environment, $path, @state);
	wrong("exit $status: $err") if $status > 78;
	($status, $out, $err) = send_to({}, $path, @state);
	wrong("the next one ends with $status, $err") if $status != 0;
	my @got = sort map {@$_} answered($path);
	my %got = map { $_ => 1 } @got;
	wrong('delivered are ', @got)
	    if join(' ', sort keys %got) ne 'u2 u3 u5 u6';
	unlink glob "$ledger*";
	return;
}
each_fault('mixspool send', 'send --state of 0.1', \&send_from_0_1,
	full() ? () : qw(fdatasync malloc open64 pread64 pwrite64));
each_breakage('mixspool send', 'send --state of 0.1, the disk breaks', \&send_from_0_1);

# A cohort: the snapshot is that of a sync of which each page was delivered, or it
# stays as it was, and the next sync mends all.
sub members_in {
	my $state = shift;
	return '' if !-s $state;
	my $rows = `sqlite3 $state 'SELECT user FROM member ORDER BY user' 2>&1`;
	return $rows =~ /no such table/ ? '' : join ' ', split /\n/, $rows;
}

# Who is in by the pages to a path that were answered with 200.
sub roster {
	my $path = shift;
	my %in;
	for my $request (grep { $_->{json} && $_->{answer} eq '200' } requests_to($path)) {
		my $page = $request->{json};
		my @page = map { $_->{mixpanel_distinct_id} } @{ $page->{parameters}{members} };
		delete @in{@page} if $page->{action} eq 'remove_members';
		@in{@page} = () if $page->{action} ne 'remove_members';
	}
	return join ' ', sort keys %in;
}

sub sync_cohort {
	my ($environment) = @_;
	my $path = '/run' . $runs++;
	my $state = folder() . "/cohort$runs";
	my @cohort = ('--retries', 1, '--cohort', 7, '--state', $state);
	look_from_here();
	my ($before) = send_to({}, $path, @cohort, '--where', '."$distinct_id" < "u4"');
	wrong("a first sync ends with $before") if $before != 0;
	my ($status, $out, $err) = send_to($environment, $path, @cohort, '--where', '."$distinct_id" > "u2"');
	wrong("exit $status without a word") if $status != 0 && $err eq '';
	wrong("exit $status: $err") if $status > 78;
	my ($in, $there) = (members_in($state), roster($path));
	wrong("in the state are $in") if $in ne 'u1 u2 u3' && $in ne 'u3 u4 u5 u6';
	wrong("the state has moved, but the endpoint has $there") if $in =~ /u4/ && $there ne $in;
	wrong("exit 0, but in the state are $in") if $status == 0 && $in !~ /u4/;
	($status, $out, $err) = send_to({}, $path, @cohort, '--where', '."$distinct_id" > "u1"');
	wrong("the next one ends with $status, $err") if $status != 0;
	($in, $there) = (members_in($state), roster($path));
	wrong("after the next one $in are in, and $there at the endpoint")
	    if $in ne 'u2 u3 u4 u5 u6' || $there ne $in;
	unlink glob "$state*";
	return;
}
each_fault('mixspool send', 'send --cohort', \&sync_cohort,
	full() ? () : qw(asprintf __asprintf_chk calloc fdatasync open64 pwrite64));
each_breakage('mixspool send', 'send --cohort, the disk breaks', \&sync_cohort);

# libcurl and libjq may end the process for lack of memory. Even then only delivered
# users are in the ledger, and all of them, except those of the last POST and of a
# POST whose answer libcurl could not read; and the next run continues from there.
sub send_and_die {
	my ($library) = @_;
	return sub {
		my ($environment) = @_;
		my $path = '/run' . $runs++;
		my $ledger = folder() . "/ledger$runs";
		my @options = ('-v', '--retries', 0, '--campaign', 'c', '--state',
			$ledger, '--where', '."$properties" != null');
		look_from_here();
		my ($status, $out, $err) = send_to({ %$environment,
				FAULT_OF => $library }, $path, @options);
		my @posts = answered($path);
		my @got = map {@$_} @posts;
		my %recorded = map { $_ => 1 } recorded($ledger);
		my %unknown = map { $_ => 1 } ids_of($err, 'no answer, '),
		    @posts ? @{ $posts[-1] } : ();
		for my $id (@got) {
			wrong("delivered, but not recorded: $id ($err)")
			    if !$recorded{$id} && !$unknown{$id};
			delete $recorded{$id};
		}
		wrong("recorded, but not delivered: $_")
		    for sort keys %recorded;
		wrong("exit 0, but delivered are only @got")
		    if $status == 0 && @got != @ids;
		for (1 .. 3) {
			($status, $out, $err) = send_to({}, $path, @options);
			last if $status != 75;
		}
		wrong("the next one ends with $status, $err") if $status != 0;
		my %times;
		$times{$_}++ for map {@$_} answered($path);
		wrong('after the next one there are only ', sort keys %times)
		    if keys %times != @ids;
		wrong('too many come twice: ', %times)
		    if grep( { $_ > 1 } values %times) > 2;
		unlink glob "$ledger*";
	};
}
each_fault('mixspool send', "send, $_ without memory", send_and_die("$_."),
	full() ? qw(malloc calloc realloc strdup) : 'malloc')
    for $ENV{SANITIZED} ? () : qw(libcurl libjq);

tell_of_faults();
done_testing;

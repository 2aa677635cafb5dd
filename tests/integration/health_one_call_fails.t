#!/usr/bin/env perl
# Every call of a receiver that is asked for its health fails once, see
# tests/lib/Faults.pm: it answers 503, or 200 if a POST could be stored all the same, and
# leaves nothing behind.

use strict;
use warnings;
use Faults;
use Test::More;
use Testbed;

# Calls of the commit: none of them fails unseen.
my $commits = qr/^(?:writev|fdatasync|renameat2|fsync)$/m;

sub ask {
	my ($environment, $call) = @_;
	my $spool = make_spool('default');
	my $answer = cgi({ %$environment, MIXSPOOL_DIR => $spool }, '',
		{ REQUEST_METHOD => 'GET', QUERY_STRING => 'health' });
	my $failed = has_failed();
	wrong("it is answered $answer->{status}, $answer->{text}")
	    if $answer->{status} !~ ($failed eq '' ? qr/^200$/ : qr/^(?:0|200|503)$/);
	wrong('no answer') if !$answer->{status} && $failed !~ /^(?:write|[mc]alloc)$/m && !$answer->{exit};
	# A write may be short or interrupted, and goes on; and a name may be taken.
	wrong('200') if $answer->{status} == 200 && $failed =~ $commits
	    && "$call $environment->{FAULT_ERRNO}" !~ /writev (?:short|4)$|renameat2 17$/;
	# Without memory it is not known what a request asks for.
	wrong("a log line: $answer->{log}") if $answer->{log} ne '' && $answer->{status}
	    && $failed !~ /^[mc]alloc$/m;
	wrong('something is in new/') if batches_in($spool);
	wrong('something stays in tmp/') if $failed !~ /^unlinkat$/m && batches_in($spool, 'default', 'tmp');
	return;
}
each_fault('mixspool.fcgi', 'CGI, its health', \&ask);
each_breakage('mixspool.fcgi', 'CGI, its health, and the disk breaks', \&ask);
tell_of_faults();
done_testing;

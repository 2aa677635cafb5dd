#!/usr/bin/env perl
# mixspool once: what one run leaves for the next ones, of its campaign or of another,
# of the same minute or, by a clock that steps, of another year.

use strict;
use warnings;
use States;
use Test::More;
use Testbed;

my $base = folder();
my $state;

sub line_of {
	my ($id, $action, $session) = @_;
	return qq({"\$distinct_id":"$id","\$properties":{},"\$cohort":{"action":"$action",)
	    . qq("mixpanel_cohort_id":"12","mixpanel_session_id":"$session"}}\n);
}
sub page { my ($session, @ids) = @_; return join '', map { line_of($_, 'members', $session) } @ids }
sub add { return line_of($_[0], 'add_members', 'd') }
sub users { return join '', map {qq({"\$distinct_id":"$_","\$properties":{}}\n)} @_ }
sub events { return join '', map {qq({"k":"$_"}\n)} @_ }

# Lines of a campaign through once. What passed: "+a" enters, "-a" leaves, "=a" is the
# key of an event. The exit status, if it is not 0.
sub once {
	my ($campaign, $lines, %how) = @_;
	my $out = new_file('');
	my $pid = spawn([program('mixspool-once'), $state, @{ $how{options} // [] }, '--',
			@{ $how{command} // ['cat'] }], in => new_file($lines), out => $out,
		env => { MIXSPOOL_CAMPAIGN => $campaign, MIXSPOOL_PART => $how{part} // 0, MIXSPOOL_CUT => $how{cut} // 0 });
	my $status = exit_of(reap($pid));
	return $status if $status != 0;
	return join ' ', sort map {
		/"k":"(\w+)"/ ? "=$1" : /remove_members/ ? '-' . (/_id":"(\w+)/)[0] : '+' . (/_id":"(\w+)/)[0]
	} split /\n/, slurp($out);
}
sub in { return join ' ', split /\n/, (tool('members', $state, $_[0], 12))[1] }
sub begin { return $state = new_state() }

# The last page of a sync came in parts of a batch. Who left by it is told to the command
# of the campaign alone.
begin();
once('shop', page('s1', 'a', 'b'));
once('news', page('s1', 'n', 'o'));
is once('shop', page('s2', 'a'), part => 1), '', 'a whole sync in a part of a batch';
is once('news', add('x')), '+x', 'a run of another campaign hears nothing of it';
is once('news', events('e')), '=e', '... nor does one without a cohort';
is once('sho', users('u')), '+u', '... nor one whose name is a part of it';
is once('news', page('s2', 'n')), '-o -x', '... and ends its own';
is in('shop'), 'a b', '... all that time everybody is in';
is once('shop', users('u'), part => 1), '+u', 'a part: not yet';
is once('shop', users('v'), command => ['false']), 1, 'a run that fails: not yet';
is once('shop', users('v')), '+v -b', 'a run of its campaign';
is once('shop', users('w')), '+w', '... once';
is in('shop'), 'a', '... and who is in';
is in('news'), 'n', '... also of the other campaign';

# A page of several, in parts of a batch: it counts when its end has come, whatever runs
# on other machines come in between.
sub page_of {
	my ($session, $page, @ids) = @_;
	return page($session, @ids) =~ s/(?="mixpanel_session)/"page_info":{"total_pages":2,"page_count":$page},/gr;
}
my @first = (part => 1, cut => 1);
begin();
once('shop', page('s1', 'a', 'b', 'c', 'd'));
is once('shop', page_of('s2', 1, 'a'), @first), '', 'the first part of a page';
is once('shop', page_of('s2', 2, 'c', 'e')), '+e', '... and the other page: nobody leaves';
is once('shop', page('o1', 'o') =~ s/_id":"12"/_id":"13"/r), '+o', '... nor in a run about another cohort';
is once('shop', events('e')), '=e', '... nor in one about none';
is in('shop'), 'a b c d e', '... and who is in';
is once('shop', page_of('s2', 1, 'b', 'f'), part => 1), '+f', 'the other part: who is new enters';
is once('shop', events('e')), '-d =e', '... and the next run ends the sync';
is in('shop'), 'a b c e f', '... and who is in';
is once('shop', page_of('s3', 1, 'a') . page_of('s3', 2, 'b'), @first), '', 'a whole page, and a part of the other one';
is once('shop', events('e')), '=e', '... nobody leaves yet';
is once('shop', page_of('s3', 2, 'c'), part => 1), '', '... the other part';
is once('shop', events('e')), '-e -f =e', '... ends the sync';
once('shop', page_of('s4', 1, 'a'));
is once('shop', page_of('s4', 2, 'b') . users('u'), @first), '+u', 'a part that ends behind a page';
is once('shop', events('e')), '-c =e', '... has all of it';
once('shop', page_of('s5', 1, 'a'), @first);
is once('shop', page_of('s5', 2, 'c'), part => 1), '+c', 'a part that ends between two pages';
is once('shop', events('e')), '=e', '... nobody leaves';
is once('shop', page('s6', 'a')), '-b -c', '... until the next sync';
once('shop', page('s7', 'b', 'c'));
once('shop', page_of('s8', 2, 'b') . page_of('s8', 1, 'c'), @first);
is once('shop', page_of('s9', 1, 'b')), '', 'the next sync begins: the one that lacks a part is void';
is once('shop', page_of('s8', 1, 'd'), part => 1), '', '... its other part is late';
is once('shop', page_of('s9', 2, 'd')), '+d -c', '... and the next one alone counts';

# More lines than are judged together: a page goes on in them.
begin();
my @many = map {"m$_"} 1 .. 20_000;
once('shop', page('s1', @many, 'x'));
is once('shop', page_of('s2', 2, 'm1') . page_of('s2', 1, @many), @first), '', 'a part of many lines';
is once('shop', events('e')), '=e', '... nobody leaves yet';
is once('shop', page_of('s2', 1, 'm1'), part => 1), '', '... the other part';
is once('shop', events('e')), '-x =e', '... ends the sync';

# Several cohorts of a campaign, each with a sync that waits.
begin();
for my $session ('s1', 's2') {
	for my $campaign ('shop', 'news') {
		once($campaign, page($session, "a$_", $session eq 's1' ? "b$_" : ()) =~ s/_id":"12"/_id":"$_"/gr,
			part => $session eq 's2') for 12, 13, 14;
	}
}
is once('news', events('e')), '-b12 -b13 -b14 =e', 'all syncs of a campaign that wait';
is once('shop', events('e')), '-b12 -b13 -b14 =e', '... and then those of the other';

# A sync without a session is one of its run.
begin();
once('shop', page('', 'a', 'b'));
is once('shop', page('', 'a'), part => 1), '', 'no session, in a part of a batch';
is once('shop', events('e')), '=e', '... nobody leaves later, either';
is once('shop', page('', 'a')), '-b', '... until the next sync';

# A newer sync begins in a part before the older one has ended.
begin();
once('shop', page('s1', 'a', 'b', 'c'));
once('shop', page('s2', 'a', 'b'), part => 1);
is once('shop', page('s3', 'a'), part => 1), '', 'a part of the next sync';
is once('shop', events('e')), '-b -c =e', '... which alone counts';

# The command refuses somebody who leaves by a sync. No line of the spool is bad, so
# drain must not look for one.
begin();
my @refuses = (command => ['sh', '-c', "cat >$base/in; if grep -q inferred $base/in; then exit 65; fi; cat $base/in"]);
once('shop', page('s1', 'a', 'b'));
is once('shop', page('s2', 'a', 'c'), @refuses), '+c', 'who leaves by a sync is refused: the others are not';
is in('shop'), 'a b c', '... and stays in';
is once('shop', events('e'), @refuses, options => ['--key', 'k']), '=e', '... in the next run, too';
is once('shop', events('e', 'f'), @refuses, options => ['--key', 'k']), '=f', '... which keeps what it has seen';
is once('shop', users('u'), command => ['sh', '-c', 'exit 65']), 65, '... a line that is refused as well';
is once('shop', users('u'), @refuses, part => 1), '+u', '... may be found by parts';
is once('shop', events('g')), '-b =g', 'a command that takes it';
is in('shop'), 'a c', '... and who is in';
is once('shop', page('s3', 'a'), @refuses), '', 'nobody else passes: the command is not run again';
is in('shop'), 'a c', '... and who is in';
is once('shop', ''), '-c', 'a run without lines';

# Keys are those of their campaign.
begin();
my @key = (options => ['--key', 'k']);
is once('shop', events('e', 'e'), @key), '=e', 'a key';
is once('news', events('e'), @key), '=e', '... of each campaign';
is once('shop', events('e')), '=e', '... and all pass without --key';
is once('shop', events('e'), @key), '', '... which forgets none';
is once('shop', events('f'), @key, command => ['false']), 1, 'a run that fails';
is once('shop', events('f'), @key), '=f', '... keeps no key';

# The clock was a year ahead. Nobody waits for that year.
for my $case (['a user', \&users, '+a'], ['a key', \&events, '=a']) {
	my ($what, $lines, $passed) = @$case;
	my @again = (options => ['--key', 'k', '--again', '30d']);
	begin();
	my $is_ahead = sub {
		return state_sql($state, "UPDATE member SET since = since + $_[0]", "UPDATE event SET at = at + $_[0]");
	};
	once('shop', $lines->('a'), @again);
	$is_ahead->(365 * 86400);
	is once('shop', $lines->('a'), @again), '', "$what of next year has passed";
	$is_ahead->(-31 * 86400);
	is once('shop', $lines->('a'), @again), $passed, '... and passes again a month from now';
	is once('shop', $lines->('a'), @again), '', '... once';
	$is_ahead->(365 * 86400);
	is once('shop', $lines->('a'), @key), '', '... and never without --again';
}

# drain -f goes on when an upgrade moves mixspool-once.
if (!is_file()) {
	done_testing;
	exit;
}
begin();
my ($bin, $libexec) = map {"$base/$_"} qw(bin libexec);
system('mkdir', '-p', $bin, "$libexec/mixspool") == 0 or die $!;
system('cp', (map { program($_) } qw(mixspool mixspool-once)), $bin) == 0 or die $!;
my $spool = make_spool('default');
my ($seen, $log) = map { new_file('') } 1 .. 2;
my $drain = spawn(["$bin/mixspool", 'drain', '-f', $spool, '--', "$bin/mixspool", 'once', $state, '--',
		'sh', '-c', "cat >>$seen"], err => $log);
my $waits_for = sub {
	put_batch($spool, 'default', users(@_) =~ s/\n\z//r);
	wait_until { !batches_in($spool) } "the users @_";
	return join ' ', slurp($seen) =~ /_id":"(\w+)"/g;
};
is $waits_for->('a'), 'a', 'drain -f';
rename "$bin/mixspool-once", "$libexec/mixspool/mixspool-once" or die $!;
is $waits_for->('b'), 'a b', '... after mixspool-once has moved';
is $waits_for->('c'), 'a b c', '... and each time';
stop($drain);
is slurp($log), '', '... without a message';

# The command has the umask of once, though another program does it.
begin();
my $mask = umask 027;
is once('shop', users('u'), command => ['sh', '-c', "cat >$base/kept; umask >$base/umask"]), '', 'a command that keeps lines';
umask $mask;
is slurp("$base/umask"), "0027\n", '... has the umask of the start';
is sprintf('%o', (stat "$base/kept")[2] & 07777), '640', '... and its files have the mode';

done_testing();

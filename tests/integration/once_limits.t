#!/usr/bin/env perl
# mixspool once with too little of something: input that cannot be read, limits of the
# size of files and of memory, a full disk, a STATE that is replaced or cannot be
# written. Each run succeeds, or exits with 75 and a message, and then STATE is as
# before and the next run hands all over.

use strict;
use warnings;
use Disks;
use Test::More;
use Testbed;

my $has_no_mounts = own_mounts();
my $base = folder();
our $state = "$base/state";
our $tmp = "$base/tmp";
mkdir $tmp or die $!;
my $taken = spew("$base/taken", '');

sub users { return join '', map {qq({"\$distinct_id":"$_","\$properties":{"a":"b"}}\n)} @_ }

# Runs once behind a script of bash with "$@", which may set limits. Messages go through
# a pipe, which has none.
my ($status, $err);

sub once {
	my ($script, $input, %how) = @_;
	my $log = new_file('');
	my $pid = spawn(['bash', '-c', "set -o pipefail; { $script; } 2>&1 >/dev/null | cat >>$log", 'bash',
			program('mixspool-once'), $state, @{ $how{options} // [] }, '--',
			@{ $how{command} // ['sh', '-c', "cat >>$taken"] }], %$input, env => { TMPDIR => $tmp });
	$status = exit_of(reap($pid));
	$err = slurp($log);
	return $status;
}
sub of { return { in => new_file(@_) } }
sub members { return join ' ', split /\n/, (tool('members', $state, 'default'))[1] }
sub taken { my @ids = slurp($taken) =~ /_id":"(\w+)"/g; spew($taken, ''); return join ' ', @ids }
sub begin {
	unlink glob "$state*";
	once('"$@"', of(users('a'))) == 0 or die $err;
	taken();
	return;
}

# Standard input.
begin();
for my $case (['closed', '"$@" <&-', 'Bad file descriptor'], ['a folder', '"$@" </', 'Is a directory'],
	['only written to', "\"\$\@\" 0>>$base/other", 'Bad file descriptor']) {
	my ($what, $script, $why) = @$case;
	is once($script, of('')), 75, "standard input is $what: exit 75";
	is $err, "mixspool once: cannot read standard input: $why\n", '... and why';
}
is members(), 'a', '... and nothing has changed';

# A limit of the size of files, which is counted in KiB. What a run without --profiles
# deletes is much larger than its input.
begin();
my $profile = 'x' x 2000;
once('"$@"', of(map { users("p$_") =~ s/"b"/"$profile"/r } 1 .. 200), options => ['--profiles']) == 0 or die $err;
taken();
my $before = members();
my ($failed, @wrong, %why) = (0);
for my $limit (map { (1 << $_, 3 << $_ - 1) } 0 .. 12) {
	if (once("ulimit -f $limit; exec \"\$@\"", of(users('b', 'a'))) == 0) {
		is members(), "a b" . substr($before, 1), "a limit of $limit KiB is enough";
		last;
	}
	$failed++;
	$why{$1}++ if $err =~ /(temporary file|state)\b.*: File too large/;
	push @wrong, "$limit: $status $err" if $status != 75 || $err !~ /\Amixspool once: [^\n]+\n\z/;
	push @wrong, "$limit: " . members() if members() ne $before;
	taken();
}
is_deeply \@wrong, [], "$failed limits of the size of files: exit 75 and a message";
cmp_ok $why{state} // 0, '>', 0, '... of STATE';
begin();
is once('ulimit -f 8; exec "$@"', of(users(1 .. 1000))), 75, 'a limit below the input: exit 75';
is $err, "mixspool once: cannot copy the lines to a temporary file in $tmp: File too large\n", '... and why';
is once('trap "" XFSZ; exec "$@"', of(users('b')), command => ['sh', '-c', 'cat >/dev/null; kill -XFSZ $$; exit 7']),
    153, 'the command is ended by the signal';

# STATE is moved or replaced while the command runs: what was committed would be lost.
for my $case (['removed', "rm $state*"], ['moved', "mv $state $state.old"],
	['replaced', "cp $state $state.new; mv $state.new $state"]) {
	my ($what, $script) = @$case;
	begin();
	is once('"$@"', of(users('b')), command => ['sh', '-c', "cat >>$taken; $script"]), 75,
	    "STATE is $what during a run: exit 75";
	is $err, "mixspool once: $state: it was moved or replaced during the run; nothing is changed\n", '... and why';
	is taken(), 'b', '... the command had the lines';
	is once('"$@"', of(users('b'))), 0, '... and the next run';
	is taken(), 'b', '... hands them over again';
}

done_testing();

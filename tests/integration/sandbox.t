#!/usr/bin/env perl
# What the receiver gives up at the start, and its message where the machine lacks
# it. tests/unit/sandbox.c has what that prevents.

use strict;
use warnings;
use Test::More;
use Testbed;

my $body = form('[' . user('a') . ']');

sub filters {
	my $receiver = shift;
	wait_until { slurp($receiver->{log}) =~ /: ready: / } 'its start';
	my $status = slurp("/proc/$receiver->{pid}/status");
	my ($rights) = $status =~ /^NoNewPrivs:\s+(\d)/m;
	my ($calls) = $status =~ /^Seccomp:\s+(\d)/m;
	return "$rights $calls";
}

my $receiver = receiver();
is filters($receiver), '1 2', 'no new privileges, and a filter of system calls';
unlike slurp($receiver->{log}), qr/goes without/, '... and nothing is missing';
is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
mkdir "$receiver->{spool}/later";
is fastcgi($receiver->{socket}, $body, { PATH_INFO => '/later' })->{status}, 200,
    '... with campaigns that are made later';
is stop($receiver->{pid}), 0, '... to the end';
ok !-e $receiver->{socket}, '... and takes its socket away';

$receiver = receiver(env => { MIXSPOOL_SANDBOX => 'off' });
is filters($receiver), '0 0', 'MIXSPOOL_SANDBOX=off: nothing is given up';
stop($receiver->{pid});

# A process whose requests name their spools enters all but Landlock.
for my $case (['1 2'], ['0 0', MIXSPOOL_SANDBOX => 'off']) {
	my ($given_up, %environment) = @$case;
	my $any = receiver(any => 1, env => \%environment);
	is filters($any), $given_up, "spools by request: $given_up";
	unlike slurp($any->{log}), qr/goes without/, '... and nothing is missing';
	for my $spool (make_spool(), make_spool()) {
		is fastcgi($any->{socket}, $body, { MIXSPOOL_DIR => $spool })->{status}, 200,
		    '... and it works';
	}
	is stop($any->{pid}), 0, '... to the end';
}

# It reports once what the machine lacks, enters the rest, and works.
for my $case (
	['Landlock', '1 2', 'Landlock: Function not implemented'],
	['version 1', '1 2', 'Landlock: its version is 1, before Linux 5.19'],
	['rulesets', '1 2', 'Landlock: Too many open files'],
	['rules', '1 2', 'Landlock: Cannot allocate memory'],
	['restriction', '1 2', 'Landlock: Argument list too long'],
	['dumpable', '1 2', 'no core dumps: Invalid argument'],
	['seccomp', '1 0', 'seccomp: Invalid argument'],
	['memory', '1 0', 'seccomp: Cannot allocate memory'],
	['killing', '1 0', 'seccomp: it cannot end a process, before Linux 4.14'],
	# as a unit of systemd that does not allow the calls
	['permission', '1 0', map {"$_: a filter of system calls forbids it: see "
		. "SystemCallFilter= of systemd, or the container's"} qw(Landlock seccomp)],
) {
	my ($lacks, $given_up, @said) = @$case;
	$receiver = receiver(env => { KERNEL_WITHOUT => $lacks,
			LD_PRELOAD => program('tests/faults/kernel_without.so') });
	is filters($receiver), $given_up, "a machine without $lacks";
	is_deeply [slurp($receiver->{log}) =~ /goes without (.*)/g], \@said,
	    '... which it reports once';
	is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
	is stop($receiver->{pid}), 0, '... to the end';
}

# Each version of Landlock up to the machine's own restricts what it knows.
for my $version (2 .. syscall 444, 0, 0, 1) {
	$receiver = receiver(env => { KERNEL_WITHOUT => "version $version",
			LD_PRELOAD => program('tests/faults/kernel_without.so') });
	is filters($receiver), '1 2', "Landlock's version $version";
	unlike slurp($receiver->{log}), qr/goes without/, '... is used';
	is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
	stop($receiver->{pid});
}

my $err = folder() . '/err';
my $pid = spawn([program(), '-s', folder() . '/x', '-d', make_spool()],
	env => { MIXSPOOL_SANDBOX => 'maybe' }, err => $err);
is exit_of(reap($pid)), 64, 'another value stops the start';
is slurp($err), "mixspool.fcgi: MIXSPOOL_SANDBOX is 'maybe': it takes on or off\n",
    '... and says why';

my $spool = make_spool(qw(default));
my $answer = cgi({ MIXSPOOL_DIR => $spool }, $body, {});
is $answer->{status}, 200, 'as CGI';
is $answer->{log}, '', '... without a message';
is $answer->{exit}, 0, '... to the end';

# A CGI process enters the sandbox before it parses what a client sends: it refuses
# a request without the secret from inside.
my $secret = spew(folder() . '/secret', 's3cret');
chmod 0600, $secret;

sub cgi_calls {
	my (%variables) = @_;
	my $trace = folder() . '/trace';
	my $pid = spawn(['strace', '-f', '-o', $trace, '-e',
			'trace=read,openat,write,seccomp,prctl,?landlock_restrict_self', program()],
		in => spew(folder() . '/body', $body), out => '/dev/null',
		err => '/dev/null',
		env => { MIXSPOOL_DIR => $spool, REQUEST_METHOD => 'POST',
			CONTENT_TYPE => 'application/x-www-form-urlencoded',
			CONTENT_LENGTH => length $body,
			MIXSPOOL_SECRET_FILE => $secret, %variables });
	is exit_of(reap($pid)), 0, 'CGI under strace';
	return slurp($trace);
}

for my $case (['the body is read', qr/ read\(0,/, 'token=s3cret'],
	['a secret is refused', qr/ write\(\d+, "(?:mixspool|Status): 401/, 'token=x']) {
	my ($what, $point, $query) = @$case;
	my ($before, $after) = split $point, cgi_calls(QUERY_STRING => $query), 2;
	ok defined $after, "before $what" or next;
	like $before, qr{openat\([^\n]*/secret"}, '... the secret is loaded';
	SKIP: {
		skip 'no Landlock here', 1 if syscall(444, 0, 0, 1) < 2;
		like $before, qr/ landlock_restrict_self\([^\n]* = 0$/m,
		    '... Landlock is entered';
	}
	like $before, qr/ (?:seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP),[^\n]* = 0$/m,
	    '... and seccomp';
}

done_testing;

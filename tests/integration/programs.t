#!/usr/bin/env perl
# Subcommands that are programs of their own: where mixspool finds them, what they
# get, and what it reports when there is none.

use strict;
use warnings;
use Faults;
use File::Copy qw(copy);
use Test::More;
use Testbed;

my $root = folder() . '/root';
my $tool = "$root/bin/mixspool";
my ($status, $out, $err);

sub put_program {
	my ($path, $script) = @_;
	spew($path, "#!/bin/sh\n$script\n");
	chmod 0755, $path;
	return;
}

sub call {
	($status, $out, $err) = run_to_end($tool, @_);
	return $status;
}
mkdir $_ or die "$_: $!"
    for $root, "$root/bin", "$root/libexec", "$root/libexec/mixspool";
copy(program('mixspool'), $tool) or die $!;
chmod 0755, $tool;

# Without any program.
is call('send', 'http://example.com'), 69, 'send without its program: exit 69';
is "$out$err", "mixspool: mixspool-send, which does this, is not installed\n",
    '... and why';
is call('help', 'send'), 69, '... and so does its help';
call('help');
like $out, qr/^  send    post users/m, '... though it is listed';
is call('hello'), 64, 'an unknown command: exit 64';
is "$out$err", "mixspool: there is no command hello, see mixspool -h\n",
    '... and why';

# PATH is the caller's, and not searched.
my $path = folder() . '/path';
mkdir $path;
put_program("$path/mixspool-hello", 'echo from PATH');
is call({ PATH => "$path:$ENV{PATH}" }, 'hello'), 64, 'PATH is not searched';

# Programs are found in libexec and beside the tool.
put_program("$root/libexec/mixspool/mixspool-hello",
	'echo "libexec: $*"; umask; exit 7');
my $before = umask 027;
is call('hello', 'a b', '-x'), 7, 'a program in libexec: its exit status';
umask $before;
is $out, "libexec: a b -x\n0027\n", '... its arguments, and the umask of the caller';
call('help', 'hello');
like $out, qr/^libexec: -h$/m, '... help asks it';
put_program("$root/bin/mixspool-hello", 'echo "beside: $0"');
is call('hello'), 0, 'a program beside the tool goes first';
is $out, "beside: $root/bin/mixspool-hello\n", '... and knows its own path';
symlink $tool, folder() . '/link';
is_deeply [run_to_end(folder() . '/link', 'hello')], [0, $out, ''],
    '... also when the tool is called by a link';
put_program("$root/bin/mixspool-drain", 'echo not this one');
is call('drain', '-h'), 0, 'a command of mixspool itself';
like $out, qr/^usage: mixspool drain/, '... is not replaced';

# A drain starts such a program itself, and not the tool for it.
my $spool = make_spool('default', 'default/tmp', 'default/new');
put_program("$root/bin/mixspool-parent", 'echo "$(cat)" "$0" "$@" "$(tr "\\0" " " </proc/$PPID/cmdline)"');
for my $command ($tool, folder() . '/link') {
	put_batch($spool, 'default', 'a');
	is call('drain', $spool, '--', $command, 'parent', '-x'), 0, "a drain to $command parent";
	like $out, qr{^a \Q$root\E/bin/mixspool-parent -x \Q$tool\E drain }, '... starts mixspool-parent';
}
is batches_in($spool), 0, '... and nothing is left';

# A name must not lead out of the folder.
put_program("$root/libexec/mixspool/mixspool-$_", 'echo wrong')
    for 'A', '1', '-x', 'a' x 33;
mkdir "$root/bin/mixspool-";
put_program("$root/bin/mixspool-/x", 'echo wrong');
is call($_), 64, "'$_' is not a command" for 'A', '1', '-x', '/x', '', 'a' x 33;

chmod 0644, "$root/bin/mixspool-hello";
is call('hello'), 71, 'a program that cannot be run: exit 71';
is "$out$err", "mixspool: cannot run mixspool-hello: Permission denied\n",
    '... and why';
chmod 0755, "$root/bin/mixspool-hello";

# A call that fails is reported.
sub hello_once {
	my ($environment) = @_;
	call($environment, 'hello');
	wrong("exit $status, $out$err") if $status == 0 ? $out !~ /^beside:/
	    : $status != 71 || $err !~ /^mixspool: cannot run mixspool-hello: \S/;
	return;
}
each_fault('mixspool', 'a program of its own', \&hello_once, qw(readlink execv));

# The libraries of send stay away from the other commands.
SKIP: {
	skip 'a sanitizer has libraries of its own', 2 if $ENV{SANITIZED};
	my @objects = split /\n/, `ldd $tool`;
	cmp_ok scalar(@objects), '<=', 5, 'mixspool loads no more than 5 shared objects';
	is scalar(grep {/curl|libjq|sqlite/} @objects), 0, '... and none that only send needs';
}

done_testing;

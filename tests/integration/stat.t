#!/usr/bin/env perl
# mixspool init and stat, and the shells' completion.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Testbed;

my $base = folder();
my ($status, $out, $err);
sub mode { return sprintf '%04o', (stat shift)[2] & 07777 }

# init
($status, $out, $err) = tool('init', "$base/spool", 'vip');
is "$status$err", '0', 'init';
is $out, join('', map {"made $base/spool$_, mode 0700\n"} '', '/default',
	'/default/tmp', '/default/new', '/vip', '/vip/tmp', '/vip/new'),
    '... says what it did';
is mode("$base/spool$_"), '0700', "... mode of spool$_"
    for '', '/default', '/vip/new';
is_deeply [tool('init', "$base/spool", 'vip')],
    [0, "$base/spool is there already\n", ''], 'again: harmless';
chmod 0755, "$base/spool/vip";
($status, $out) = tool('init', "$base/spool", 'vip');
is $out, "left $base/spool/vip with mode 0755, -r would make it 0700\n"
    . "$base/spool is there already\n", 'a wrong mode is told';
is mode("$base/spool/vip"), '0755', '... and left';
($status, $out) = tool('init', '-r', "$base/spool");
is $out, "changed $base/spool/vip from mode 0755 to 0700\n",
    '-r repairs every campaign';
is mode("$base/spool/vip"), '0700', '... indeed';
my $group = getgrgid((split ' ', $()[0]);
($status, $out, $err) = tool('init', '-g', $group, "$base/shared", 'x');
is mode("$base/shared/x/new"), '2770', '-g: 2770';
is((stat "$base/shared/x/new")[5], getgrnam($group), '... of that group');
is +(tool('init', '-g', 'no-such-group', "$base/y"))[0], 67, 'no such group';
is +(tool('init', "$base/y", '../z'))[0], 64, 'a name against the rule';
ok !-e "$base/y", '... makes nothing';
is +(tool('init'))[0], 64, 'no folder';
is +(tool('init', "$base/none/y"))[0], 73, 'no parent folder';

# A receiver and a consumer of different users, by the group.
my $receiver = receiver(spool => "$base/shared");
is fastcgi($receiver->{socket}, form('[' . user('a') . ']'))->{status}, 200,
    'a receiver uses what init made';
my ($batch) = batches_in("$base/shared");
is mode($batch), '0640', '... and its batches can be read by the group';
unlink $batch;
stop($receiver->{pid});

SKIP: {
	skip 'only root can become others', 2 if $> != 0;
	chmod 0755, $base;
	tool('init', '-g', 'www-data', "$base/theirs", 'x');
	my $socket = "$base/theirs.sock";
	chmod 0777, $base;
	my $pid = spawn(['setpriv', '--reuid=www-data', '--regid=www-data',
		'--clear-groups', program(), '-s', $socket, '-d',
		"$base/theirs"]);
	wait_until { fastcgi_connect($socket) } 'the receiver';
	is fastcgi($socket, form('[' . user('a') . ']'),
		{ PATH_INFO => '/x' })->{status}, 200,
	    'a receiver of that group uses it, with root as the owner';
	is scalar(lines_in("$base/theirs", 'x')), 1, '... and has stored';
	stop($pid);
}

# stat
my $spool = "$base/spool";
put_batch($spool, 'default', '{"a":1}', '{"b":2}');
put_batch($spool, 'default', '{"c":3}');
mkdir "$spool/vip/failed";
spew("$spool/vip/failed/20261124T000000.000000Z-9f3a1c22-000009.jsonl", "x\n");
spew("$spool/vip/tmp/20261124T000000.000000Z-9f3a1c22-000010.jsonl", '');
spew("$spool/vip/new/notes \xff.txt", 'mine');

($status, $out, $err) = tool('stat', $spool);
is "$status$err", '0', 'stat';
like $out, qr/^default +2 +3 +24 +\d+\w +\d+\w +0 +0$/m, '... a row';
like $out, qr/^vip +0 +0 +0 +- +- +1 +1$/m, '... another';
like $out, qr{^vip/new/notes \?\.txt is no batch and is left alone$}m,
    '... and what is foreign is named';
($status, $out) = tool({ MIXSPOOL_DIR => $spool }, 'stat', '--json');
my $json = decode_json($out);
is_deeply [map { $_->{campaign} } @$json], [qw(default vip)],
    '--json, the spool from MIXSPOOL_DIR';
is_deeply [@{ $json->[0] }{qw(batches users bytes failed_batches)}],
    [2, 3, 24, 0], '... numbers';
ok $json->[0]{oldest_age_seconds} >= $json->[0]{newest_age_seconds},
    '... ages';
is $json->[1]{oldest_age_seconds}, undef, '... null without batches';
is_deeply $json->[1]{foreign_files}, ['notes ?.txt'], '... foreign files';

# A clock that was set back makes nothing younger than now.
spew("$base/spool/vip/new/20991231T000000.000000Z-9f3a1c22-000011.jsonl", "x\n");
($status, $out) = tool('stat', '--json', "$spool/vip");
$json = decode_json($out);
is_deeply [@{ $json->[0] }{qw(oldest_age_seconds newest_age_seconds)}], [0, 0],
    '--json: the age of a batch from the future is 0';
unlink "$base/spool/vip/new/20991231T000000.000000Z-9f3a1c22-000011.jsonl";

($status, $out) = tool('stat', '--prometheus', $spool);
like $out, qr/^mixspool_users\{campaign="default"\} 3$/m, '--prometheus';
spew("$base/metrics", $out);
is `promtool check metrics <$base/metrics 2>&1`, '', '... promtool is content';

sub plugin {
	my ($expected, $word, @arguments) = @_;
	($status, $out, $err) = tool('stat', @arguments);
	is $status, $expected, "stat @arguments: exit $expected";
	like $out, qr/\AMIXSPOOL $word - [^\n|]+\| age=\d+s;\d*;\d* batches=\d+ users=\d+ failed=\d+\n\z/,
	    '... one line for Nagios';
	return;
}
plugin(2, 'CRITICAL', '-w', '1s', '-c', '1s', "$spool/default");
plugin(1, 'WARNING', '-w', '1s', '-c', '3650d', "$spool/default");
plugin(0, 'OK', '-w', '3650d', "$spool/default");
plugin(1, 'WARNING', '-w', '3650d', "$spool/vip");
($status, $out) = tool('stat', '-w', '1m', '/nonexistent');
is $status, 3, 'unreadable: UNKNOWN';
like $out, qr/\AMIXSPOOL UNKNOWN - /, '... on standard output';
is +(tool('stat', '/nonexistent'))[0], 66, '... without -w: EX_NOINPUT';
is +(tool('stat', '-w', 'soon', $spool))[0], 3, 'no age: UNKNOWN';
is +(tool('stat', '--frob', $spool))[0], 64, 'no such option';
is +(tool('stat', $spool, $spool))[0], 64, 'two folders';
is_deeply [(tool('stat', '-h'))[0, 2]], [0, ''], 'stat -h';

# What is said is more than one write, of which only the first one fails. A
# sanitizer makes writes of its own, to no such file.
spew("$spool/default/new/" . 'x' x 100 . $_, '') for 1 .. 100;
for my $option ([], ['--json']) {
	my $pid = spawn(['strace', '-qq', '-o', '/dev/null', '-P', "$base/cut",
			'-e', 'inject=write:error=ENOSPC:when=1',
			program('mixspool'), 'stat', @$option, $spool],
		out => "$base/cut", err => "$base/cut.err");
	is exit_of(reap($pid)), 74, 'output that lacks its beginning: exit 74';
	is slurp("$base/cut.err"), "mixspool stat: cannot write the output\n",
	    '... and it is said';
	unlink "$base/cut.err";
}

# Completion.
sub bash_completes {
	my ($words, $expected) = @_;
	my @words = split / /, $words, -1;
	my $script = 'source completion/mixspool.bash; COMP_WORDS=("$@"); '
	    . 'COMP_CWORD=$(($# - 1)); _mixspool; printf "%s\n" "${COMPREPLY[@]}"';
	open my $bash, '-|', 'bash', '-c', "cd @{[top()]}; $script", 'bash',
	    @words or die $!;
	my $got = join ' ', map { chomp; $_ } <$bash>;
	close $bash;
	is $got, $expected, "bash completes '$words'";
	return;
}
bash_completes('mixspool dr', 'drain');
bash_completes('mixspool stat --p', '--prometheus');
bash_completes("mixspool drain $spool/v", "$spool/vip");
bash_completes('mixspool drain x -- sqlite', join ' ', sort { $a cmp $b }
	split /\n/, `bash -c 'compgen -c sqlite'`);
bash_completes('mixspool help st', 'stat');
bash_completes('mixspool send --dro', '--drop-answers');
bash_completes("mixspool send --state $spool/v", "$spool/vip");
# Every option that send knows is completed.
for my $option (tool('send', '-h') =~ /(--[a-z-]+)/g) {
	bash_completes("mixspool send $option", $option)
	    if $option ne '--parallel' && $option ne '--user';
}
is system('zsh', '-n', top() . '/completion/_mixspool'), 0,
    'zsh reads its completion';

done_testing;

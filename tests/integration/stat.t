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
is "$status$err", '0', 'init: exit 0';
is $out, join('', map {"made $base/spool$_, mode 0700\n"} '', '/.journal',
	map { my $one = $_; map {"/$one$_"} '', qw(/tmp /new /failed /done /aside) }
	qw(default vip)),
    '... prints what it did';
is mode("$base/spool$_"), '0700', "... mode of spool$_"
    for '', '/default', '/vip/new';
is_deeply [tool('init', "$base/spool", 'vip')],
    [0, "$base/spool already exists\n", ''], 'init again changes nothing';
chmod 0755, "$base/spool/vip";
($status, $out) = tool('init', "$base/spool", 'vip');
is $out, "left $base/spool/vip with mode 0755, -r would make it 0700\n"
    . "$base/spool already exists\n", 'init names a folder with another mode';
is mode("$base/spool/vip"), '0755', '... and leaves it';
($status, $out) = tool('init', '-r', "$base/spool");
is $out, "changed $base/spool/vip from mode 0755 to 0700\n",
    'init -r repairs every campaign';
is mode("$base/spool/vip"), '0700', '... which now has the mode';
my $group = getgrgid((split ' ', $()[0]);
($status, $out, $err) = tool('init', '-g', $group, "$base/shared", 'x');
is mode("$base/shared/x/new"), '2770', 'init -g: mode 2770';
is((stat "$base/shared/x/new")[5], getgrnam($group), '... and the group');
is +(tool('init', '-g', 'no-such-group', "$base/y"))[0], 67, 'init -g with an unknown group: exit 67';
is +(tool('init', "$base/y", '../z'))[0], 64, 'init with a wrong campaign name: exit 64';
ok !-e "$base/y", '... and no folder is made';
is +(tool('init'))[0], 64, 'init without a folder: exit 64';
is +(tool('init', "$base/none/y"))[0], 73, 'init without the folder above: exit 73';

# A receiver and a consumer of different users share a spool by its group.
my $receiver = receiver(spool => "$base/shared");
is fastcgi($receiver->{socket}, form('[' . user('a') . ']'))->{status}, 200,
    'a receiver can use a spool of init -g';
my ($batch) = batches_in("$base/shared");
is mode($batch), '0640', '... and the group can read its batches';
unlink $batch;
stop($receiver->{pid});

SKIP: {
	skip 'only root can become another user', 2 if $> != 0;
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
	    'a receiver of that group can use a spool that root made';
	is scalar(lines_in("$base/theirs", 'x')), 1, '... and has stored the user';
	stop($pid);
}

# stat
my $spool = "$base/spool";
put_batch($spool, 'default', '{"a":1}', '{"b":2}');
put_batch($spool, 'default', '{"c":3}');
mkdir "$spool/vip/failed";
spew("$spool/vip/failed/20261124T000000.000000Z-9f3a1c22-000009.jsonl", "x\n");
mkdir "$spool/vip/aside";
put_batch($spool, 'vip', '{"why":"no $properties","index":0,"element":1}', '{}', '{}');
rename $_, s{/new/}{/aside/}r or die $! for batches_in($spool, 'vip');
spew("$spool/vip/aside/notes.txt", "mine\n");
spew("$spool/vip/tmp/20261124T000000.000000Z-9f3a1c22-000010.jsonl", '');
spew("$spool/vip/new/notes \xff.txt", 'mine');

($status, $out, $err) = tool('stat', $spool);
is "$status$err", '0', 'stat: exit 0';
like $out, qr/^default +0 +0 +\d+\w +3 +\d+\w +- +0 +0 +0$/m, '... a row for a campaign with batches';
like $out, qr/^vip +0 +0 +\d+\w +0 +- +- +1 +3 +0$/m, '... a row for one without';
like $out, qr{^vip: tmp/ has 1 file: being written, or left by a crash$}m,
    '... and a line for what is in tmp/';
like $out, qr{^vip/new/notes \\xff\.txt is not a batch and is left alone$}m,
    '... and a line for a file that is not a batch';
my $hostile = "\e]0;x\a\n\xc2\x9bm\xe2\x80\xae";
spew("$spool/vip/new/$hostile", '');
like +(tool({}, 'stat', $spool))[1],
    qr{^vip/new/\\x1b\]0;x\\x07\\x0a\\xc2\\x9bm\\xe2\\x80\\xae is not a batch}m,
    '... of which no control character reaches a terminal';
unlink "$spool/vip/new/$hostile";
($status, $out) = tool({ MIXSPOOL_DIR => $spool }, 'stat', '--json');
my $json = decode_json($out);
is_deeply [map { $_->{campaign} } @$json], [qw(default vip)],
    'stat --json of the spool in MIXSPOOL_DIR';
is_deeply [@{ $json->[0] }{qw(batches users bytes failed_batches aside_elements)}],
    [2, 3, 24, 0, 0], '... has the counts';
is_deeply [@{ $json->[1] }{qw(failed_batches aside_elements)}], [1, 3],
    '... also of what did not get through';
ok $json->[0]{oldest_age_seconds} >= $json->[0]{newest_age_seconds},
    '... has the ages';
is $json->[1]{oldest_age_seconds}, undef, '... null for an age without batches';
is_deeply $json->[1]{foreign_files}, ['notes ?.txt'], '... and names foreign files';

# A clock that was set back makes nothing younger than now.
spew("$base/spool/vip/new/20991231T000000.000000Z-9f3a1c22-000011.jsonl", "x\n");
($status, $out) = tool('stat', '--json', "$spool/vip");
$json = decode_json($out);
is_deeply [@{ $json->[0] }{qw(oldest_age_seconds newest_age_seconds)}], [0, 0],
    '--json: the age of a batch from the future is 0';
like +(tool('stat', "$spool/vip"))[1], qr/^vip .* 0s .*^vip: a batch is dated after now: a clock was wrong/ms,
    'the table says that it is from the future';
unlink "$base/spool/vip/new/20991231T000000.000000Z-9f3a1c22-000011.jsonl";

($status, $out) = tool('stat', '--prometheus', $spool);
like $out, qr/^mixspool_users\{campaign="default"\} 3$/m,
    'stat --prometheus';
like $out, qr/^mixspool_aside_elements\{campaign="vip"\} 3$/m,
    '... has what was set aside';
spew("$base/metrics", $out);
is `promtool check metrics <$base/metrics 2>&1`, '', '... passes promtool';

sub plugin {
	my ($expected, $word, @arguments) = @_;
	($status, $out, $err) = tool('stat', @arguments);
	is $status, $expected, "stat @arguments: exit $expected";
	like $out, qr/\AMIXSPOOL $word - [^\n|]+\| age=\d+s;\d*;\d* batches=\d+ users=\d+ failed=\d+ aside=\d+;\d+\n\z/,
	    '... and one line for Nagios';
	return;
}
plugin(2, 'CRITICAL', '-w', '1s', '-c', '1s', "$spool/default");
plugin(1, 'WARNING', '-w', '1s', '-c', '3650d', "$spool/default");
plugin(0, 'OK', '-w', '3650d', "$spool/default");
plugin(1, 'WARNING', '-w', '3650d', "$spool/vip");
unlink glob "$spool/vip/failed/*";
plugin(1, 'WARNING', '-w', '3650d', "$spool/vip");
plugin(1, 'WARNING', '-w', '3650d', '-a', 2, "$spool/vip");
plugin(0, 'OK', '-w', '3650d', '-a', 3, "$spool/vip");
plugin(1, 'WARNING', '-a', 2, $spool);
plugin(2, 'CRITICAL', '-c', '1s', '-a', 3, $spool);
plugin(0, 'OK', '-a', 3, $spool);
is +(tool('stat', '-a', 'few', $spool))[0], 3, 'stat -a with a wrong number: UNKNOWN';
symlink '/etc/passwd', "$spool/vip/aside/20261124T000000.000000Z-9f3a1c22-000010.jsonl";
plugin(0, 'OK', '-a', 3, $spool);
($status, $out) = tool('stat', '-w', '1m', '/nonexistent');
is $status, 3, 'stat -w of a missing spool: UNKNOWN';
like $out, qr/\AMIXSPOOL UNKNOWN - /, '... on standard output';
is +(tool('stat', '/nonexistent'))[0], 66, 'stat of a missing spool: EX_NOINPUT';
is +(tool('stat', '-w', 'soon', $spool))[0], 3, 'stat -w with a wrong age: UNKNOWN';
is +(tool('stat', '--frob', $spool))[0], 64, 'stat with an unknown option: exit 64';
is +(tool('stat', $spool, $spool))[0], 64, 'stat of two folders: exit 64';
is_deeply [(tool('stat', '-h'))[0, 2]], [0, ''], 'stat -h: exit 0';

# The output takes several writes, of which only the first fails. A sanitizer's own
# writes go to other files.
spew("$spool/default/new/" . 'x' x 100 . $_, '') for 1 .. 100;
for my $option ([], ['--json']) {
	my $pid = spawn(['strace', '-qq', '-o', '/dev/null', '-P', "$base/cut",
			'-e', 'inject=write:error=ENOSPC:when=1',
			program('mixspool'), 'stat', @$option, $spool],
		out => "$base/cut", err => "$base/cut.err");
	is exit_of(reap($pid)), 74, 'output without its beginning: exit 74';
	is slurp("$base/cut.err"), "mixspool stat: cannot write the output\n",
	    '... and a message';
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
bash_completes("mixspool stat $_", $_) for qw(--json --silent --refused --socket);
bash_completes("mixspool stat --socket $spool/v", "$spool/vip");
bash_completes('mixspool stat --silent 1', '');
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

{
	my $one = make_spool('default');
	put_batch($one, 'default', '{}');
	like +(tool('stat', '-w', '1000d', $one))[1],
	    qr/ 1 batch with 1 user waits, /, 'one batch is no plural';
}

done_testing;

#!/usr/bin/env perl
# The README and docs/: commands run as they are written there, links lead
# somewhere, settings and messages are those of the programs.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Links;
use Testbed;

my %page = map { $_ => slurp(top() . "/$_") }
    grep { m{^(?:README\.md$|docs/)} } pages(top());

# A block below <!-- test: NAME --> is run here.
my %block;
for my $file (sort keys %page) {
	while ($page{$file} =~ /^<!-- test: (\S+) -->\n(?:```\w+\n(.*?)^```)?/msg) {
		ok !$block{$1}, "$file: there is one block $1";
		$block{$1} = $2;
	}
}
is_deeply [sort keys %block],
    [sort qw(first loop crontab rehearse engage criterion asap cohort heartbeat
	hosted fetch-rsync fetch-lftp)],
    'each block that is marked as tested is tested, and none is missing';

sub recipe {
	my ($name, $spool, $command) = @_;
	my $text = $block{$name} // die "no page has a block $name";
	$text =~ s{/var/spool/mixspool}{$spool}g;
	$text =~ s/\bimport\b/$command/g;
	return $text;
}

my $receiver = receiver();
my $spool = $receiver->{spool};
my $taken = folder() . '/taken';
$ENV{PATH} = program('') . ":$ENV{PATH}";

# The first screen: commands behind a $, and what they print.
my $nginx = nginx($receiver->{socket});
my ($ran, $shown) = ('', '');
$ENV{CURL_CA_BUNDLE} = certificate() . '.pem';
for my $line (split /^/m, recipe('first', $spool, '')) {
	if ($line =~ s/^\$ //) {
		$line =~ s{https://\S+}{$nginx->{url}};
		$ran .= `$line 2>$taken` // '';
	} else {
		$shown .= $line;
	}
}
isnt $shown, '', 'the first screen shows what its commands print';
is $ran, $shown, '... which is exactly this' or diag slurp($taken);
is_deeply [batches_in($spool)], [], '... and they take the batch';

# A page without members, behind nginx: the answer is that of the docs, and nothing is
# stored.
mkdir "$spool/growth";
mkdir "$spool/growth/$_" for qw(new tmp);
my ($curl, $answered) = split /\n/, recipe('heartbeat', $spool, '');
$curl =~ s/^\$ //;
$curl =~ s{https://hooks\.example\.com}{$nginx->{url} =~ s{/mixpanel/?$}{}r}e;
is `$curl 2>$taken`, "$answered\n", 'an empty page of a cohort gets the answer of docs/cohorts.md';
is_deeply [glob "$spool/growth/new/*"], [], '... and makes no line';

sub post {
	my @users = map { user($_) } @_;
	my $answer = fastcgi($receiver->{socket},
		form('[' . join(',', @users) . ']'));
	is $answer->{status}, 200, 'posted';
	return map {"$_\n"} @users;
}

my $crontab = recipe('crontab', $spool, "cat >>$taken");
like $crontab, qr{^\*/5 \* \* \* \*  [^\n%]+\n\z},
    'the crontab line is one line, without a %, which cron would change';
$crontab =~ s/^(\S+\s+){5}//;

for my $case (['loop', recipe('loop', $spool, "cat >>$taken")],
	['crontab', $crontab]) {
	my ($name, $script) = @$case;
	unlink $taken;
	my @lines = (post('a', 'b'), post('c'));
	is system('sh', '-c', $script), 0, "$name: runs";
	is slurp($taken), join('', @lines), '... takes all lines in order';
	is scalar(batches_in($spool)), 0, '... and leaves none';
	system 'sh', '-c', $script;
	is slurp($taken), join('', @lines), '... finds nothing in an empty spool';

	post('d');
	(my $failing = $script) =~ s/cat >>\S+/false/;
	system 'sh', '-c', $failing;
	is scalar(lines_in($spool)), 1, '... keeps what a failing command got';
	unlink batches_in($spool);
}

# mixspool send, in a folder with the profile of somebody who was away.
my $endpoint = recorder();
mkdir folder() . '/rehearsal';
my $away = POSIX::strftime('%FT%T', gmtime(time - 22 * 86400));
my $profiles = spew(folder() . '/rehearsal/profiles.jsonl',
	profile('away', qq("Last login":"$away")) . profile('never'));

sub sending {
	my $text = recipe(shift, '', '');
	$text =~ s/^mixspool/exec mixspool/;
	$text =~ s{https://\S+}{$endpoint->{url}};
	return ['sh', '-c', 'cd ' . folder() . "/rehearsal && $text"];
}
open my $rehearsal, '-|', @{ sending('rehearse') } or die;
my $output = join '', <$rehearsal>;
like $output, qr/^1000 users delivered in 20 POSTs, 0 left$/m, 'the rehearsal';
my ($answers) = $page{'docs/send.md'} =~ /^    (answers: 20 .*)$/m;
like $output, qr/^\Q$answers\E$/m, '... gets exactly the answers of docs/send.md';
spew(folder() . '/rehearsal/page.json', '{"results":[' . profile('of a page') . '],"page":0}');
(my $engage = sending('engage')->[2]) =~ s/exec //;
is exit_of(system 'sh', '-c', "$engage >/dev/null"), 0, 'a page of the Engage API';
is_deeply +(posted_ids($endpoint))[-1], ['of a page'], '... is sent';
open my $criterion, '-|', @{ sending('criterion') } or die;
is join('', <$criterion>), (split /^/m, slurp($profiles))[0],
    'the filter lets the user through who was away, and nobody else';
my $posts = requests($endpoint);
my $watcher = spawn(sending('asap'), out => '/dev/null');
wait_until { requests($endpoint) > $posts } 'the user who was away';
is stop($watcher), 0, 'mixspool send --watch';
is_deeply +(posted_ids($endpoint))[-1], ['away'],
    '... sends that user';
is exit_of(system 'sh', '-c', sending('cohort')->[2] =~ s/exec (.*)/$1 >\/dev\/null/sr), 0, 'a sync of a cohort';
is_deeply [map { $_->{mixpanel_distinct_id} } @{ (requests($endpoint))[-1]{json}{parameters}{members} }],
    ['away'], '... has the user who was away';

# The manual has every setting of -h, and no page has any other.
my $usage = `@{[program()]} -h`;
my $manual = slurp(top() . '/man/mixspool.fcgi.8');
for my $name ($usage =~ /\b(MIXSPOOL_\w+)/g) {
	like $manual, qr/^\.It Ev $name$/m, "mixspool.fcgi(8) has $name";
}
for my $option ($usage =~ /^  -(\w) /mg) {
	like $manual, qr/^\.It Fl $option\b/m, "mixspool.fcgi(8) has -$option";
}
my $known = $usage . `@{[program('mixspool')]} drain -h`;
for my $file (sort keys %page) {
	my %unknown = map { $_ => 1 }
	    grep { $known !~ /\b$_\b/ } $page{$file} =~ /\b(MIXSPOOL_[A-Z_]+)/g;
	is join(' ', sort keys %unknown), '', "$file: has no unknown setting";
}

# The packages to install are those that tests/need has for a build.
my ($needed) = slurp(top() . '/tests/need') =~ /^\tstatic\)(.*?)^\tdemo\)/ms;
my ($installed) = $page{'README.md'} =~ /^sudo apt-get install(.*?)^make /ms;
is_deeply [sort $installed =~ /\blib\S+-dev/g],
    [sort grep { $_ ne 'libc6-dev' } $needed =~ /\blib\S+-dev/g],
    'the README installs what a build needs';

# Each message in the first column of a table is in the source of a program; these
# come from other programs.
my %foreign = map { $_ => 1 } 'Permission denied', 'permission denied', 'mixspool: not found',
    'exited with 127', q(Couldn't connect to server), 'Could not connect to server',
    'timed out after', q(Invalid mode ':2770'),
    'Read-only file system', 'Watchdog timeout', 'Failed to set up mount namespacing',
    'A dependency job for mixspool-mounts.target failed',
    'SSL certificate problem', 'permission denied for table', 'permission denied for schema',
    'connection to server at … failed', 'session is read-only';
my $sources = join '', map { slurp($_) } map { glob top() . "/$_" } 'cgi/*.c',
    'src/*/*.c', 'examples/to-*', 'examples/*.asis', '*.conf';
$sources =~ s/\\"/\x00/g;
$sources =~ s/"\s*(?:PRI\w+\s*)?"//g;
for my $file (grep { $page{$_} =~ /^\| what you see /m } sort keys %page) {
	for my $cell ($page{$file} =~ /^\| (.*?) \|/mg) {
		for my $message (grep { / / && !$foreign{$_} } $cell =~ /`([^`]+)`/g) {
			ok !(grep { index($sources, $_) < 0 } split /\s*…\s*/, $message =~ tr/"/\x00/r),
			    "$file: a program has the message '$message'";
		}
	}
}

is_deeply broken_links(top()), [], 'every link leads somewhere';

done_testing;

#!/usr/bin/env perl
# The README's recipes, run as they are written there; and that its tables agree
# with the program.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;

my $readme = slurp(top() . '/README.md');

sub recipe {
	my ($name, $spool, $command) = @_;
	my ($text) = $readme =~ /^<!-- test: \Q$name\E -->\n```\w+\n(.*?)^```/ms
	    or die "README.md has no recipe $name";
	$text =~ s{/var/spool/mixspool}{$spool}g;
	$text =~ s/\bimport\b/$command/g;
	return $text;
}

my $receiver = receiver();
my $spool = $receiver->{spool};
my $taken = folder() . '/taken';

sub post {
	my @users = map { user($_) } @_;
	my $answer = fastcgi($receiver->{socket},
		form('[' . join(',', @users) . ']'));
	is $answer->{status}, 200, 'posted';
	return map {"$_\n"} @users;
}

my $crontab = recipe('crontab', $spool, "cat >>$taken");
like $crontab, qr{^\*/5 \* \* \* \*  [^\n%]+\n\z},
    'the crontab line is one, without the % that cron takes for itself';
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
	is slurp($taken), join('', @lines), '... an empty spool changes nothing';

	post('d');
	(my $failing = $script) =~ s/cat >>\S+/false/;
	system 'sh', '-c', $failing;
	is scalar(lines_in($spool)), 1, '... a command that fails loses nothing';
	unlink batches_in($spool);
}

# The chapter on rehearsing, in a folder with somebody who was away.
my $endpoint = recorder();
mkdir folder() . '/rehearsal';
my $away = POSIX::strftime('%FT%T', gmtime(time - 22 * 86400));
my $profiles = spew(folder() . '/rehearsal/profiles.jsonl',
	profile('away', qq("Last login":"$away")) . profile('never'));

sub sending {
	my $text = recipe(shift, '', '');
	my $tool = program('mixspool');
	$text =~ s/^mixspool/exec $tool/;
	$text =~ s{https://\S+}{$endpoint->{url}};
	return ['sh', '-c', 'cd ' . folder() . "/rehearsal && $text"];
}
open my $rehearsal, '-|', @{ sending('rehearse') } or die;
my $said = join '', <$rehearsal>;
like $said, qr/^1000 users delivered in 20 POSTs, 0 left$/m, 'the rehearsal';
my ($answers) = $readme =~ /^    (answers: 20 .*)$/m;
like $said, qr/^\Q$answers\E$/m, '... with just these answers';
open my $criterion, '-|', @{ sending('criterion') } or die;
is join('', <$criterion>), (split /^/m, slurp($profiles))[0], 'the criterion';
my $posts = requests($endpoint);
my $watcher = spawn(sending('asap'), out => '/dev/null');
wait_until { requests($endpoint) > $posts } 'who was away';
is stop($watcher), 0, 'as soon as possible';
is_deeply +(posted_ids($endpoint))[-1], ['away'], '... who was away is sent';

my $usage = `@{[program()]} -h`;
for my $name ($readme =~ /`(MIXSPOOL_\w+)`/g) {
	like $usage, qr/$name/, "-h knows $name";
}
for my $option ($readme =~ /^\| `(-\w) /mg) {
	like $usage, qr/^  $option /m, "-h knows $option";
}

done_testing;

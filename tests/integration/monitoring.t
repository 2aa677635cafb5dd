#!/usr/bin/env perl
# docs/monitoring.md: its examples behind the real servers.

use strict;
use warnings;
use Servers;
use Test::More;
use Testbed;

my $page = slurp(top() . '/docs/monitoring.md');

sub block {
	my $name = shift;
	my ($text) = $page =~ /^<!-- \Q$name\E -->\n```\w+\n(.*?)^```/ms or die "no block $name";
	return $text;
}

my @receivers = map { receiver(args => ['-m', '0666'], spool => make_spool('default')) } 1 .. 2;

# A folder whose tmp/ is a file: POSTs are answered 503.
sub break_spool {
	my $tmp = "$_[0]{spool}/default/tmp";
	rename $tmp, "$tmp.away" or die $!;
	spew($tmp, '');
	return;
}

sub mend_spool {
	my $tmp = "$_[0]{spool}/default/tmp";
	unlink $tmp;
	rename "$tmp.away", $tmp or die $!;
	return;
}

SKIP: {
	my $why = missing_server('haproxy');
	skip $why, 1 if $why;
	my $haproxy = start_server('haproxy', $receivers[0]{socket}, sub {
		my $text = shift;
		my $backend = block('health: haproxy') =~ s/192\.0\.2\.2:9000/$receivers[1]{socket}/r
		    =~ s/inter 10s/inter 100ms/r;
		$text =~ s/^backend mixspool\n.*?\n\n/$backend\n/ms or die 'no backend';
		return $text;
	});
	my $post = sub { return curl($haproxy->{url}, '-d', form('[' . user('a') . ']'))->{status} };
	my $stored = sub { return scalar lines_in($receivers[shift]{spool}) };
	wait_until { $post->() == 200 } 'the first POST';
	is $stored->(1), 0, 'HAProxy: POSTs go to the first server';
	break_spool($receivers[0]);
	wait_until { slurp($haproxy->{log}) =~ /is DOWN/ } 'the probe';
	like slurp($haproxy->{log}), qr{mixspool/mixspool is DOWN, reason: Layer7 wrong status, code: 503},
	    '... which says that it cannot store';
	is $post->(), 200, '... to the other one then';
	is $stored->(1), 1, '... which stores them';
	mend_spool($receivers[0]);
	wait_until { slurp($haproxy->{log}) =~ m{mixspool/mixspool is UP} } 'the first server';
	my $before = $stored->(0);
	is $post->(), 200, '... and to the first one again';
	is $stored->(0) - $before, 1, '... which stores them';
	stop($haproxy->{pid});
}

unlink map { batches_in($_->{spool}) } @receivers;
{
	my $nginx = nginx($receivers[0]{socket}, edit => sub {
		my $text = shift;
		my ($upstream, $location, $pass) = map { block("health: $_") } qw(nginx location pass);
		$upstream =~ s{/run/mixspool/mixspool\.sock}{$receivers[0]{socket}} or die;
		$upstream =~ s{192\.0\.2\.2:9000}{unix:$receivers[1]{socket}} or die;
		$text =~ s{^\t\tfastcgi_pass .*\n}{$pass}m or die 'no fastcgi_pass';
		$text =~ s{^\tlocation / \{}{$location\n\tlocation / \{}m or die 'no location';
		return "$upstream$text";
	});
	my $probe = $nginx->{url} . '-health';
	is curl($probe)->{text}, "a POST to campaign default can be stored\n", 'nginx: a probe';
	is curl($probe, '-I')->{status}, 200, '... by HEAD';
	is curl($probe, '-d', form('[' . user('a') . ']'))->{status}, 403, '... is no place to POST';
	is curl($nginx->{url} . '?health')->{status}, 200, '... and at the URL itself';
	for my $receiver (@receivers) {
		stop($receiver->{pid});
		my @statuses = map { curl($nginx->{url}, '-d', form('[' . user('a') . ']'))->{status} } 1 .. 4;
		is_deeply \@statuses, [($receiver == $receivers[0] ? 200 : 503) x 4],
		    $receiver == $receivers[0] ? '... one that is dead is passed over' : '... both are: 503';
	}
	isnt curl($probe)->{status}, 200, '... and the probe shows it';
	stop($nginx->{pid});
}

# A kubelet's request, by the numbers of the example.
{
	my $receiver = receiver(args => ['-m', '0666']);
	my $nginx = nginx($receiver->{socket});
	my %probe = block('health: kubernetes') =~ /^ +(\w+): (\S+)$/mg;
	my $url = $nginx->{url} =~ s{/mixpanel$}{$probe{path}}r;
	my @kubelet = ('-A', 'kube-probe/1.29', '-H', 'Connection: close', '--max-time', $probe{timeoutSeconds});
	is curl($url, @kubelet)->{status}, 200, "a kubelet's GET $probe{path}";
	break_spool($receiver);
	wait_until { curl($url, @kubelet)->{status} == 503 } 'what it gets of a broken spool';
	cmp_ok $probe{timeoutSeconds}, '>', 5, '... and it waits for longer than a disk may hang';
}

done_testing;

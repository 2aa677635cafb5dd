#!/usr/bin/env perl
# docs/monitoring.md: its examples behind the real servers.

use strict;
use warnings;
use JSON::PP;
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
	my $haproxy = start_server('haproxy', $receivers[0], sub {
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
	cmp_ok $probe{timeoutSeconds}, '>', 6, '... and it waits for longer than a disk may hang';
}

# The plugin and the two lines of crontab.
{
	my $receiver = receiver();
	my $folder = folder() . '/textfile';
	mkdir $folder;
	put_batch($receiver->{spool}, 'default', user('a'));
	local $ENV{PATH} = program('') . ":$ENV{PATH}";
	my $run = sub {
		my $text = block("monitoring: $_[0]") =~ s/^(?:\S+ +){5}(?=\S+=|cd )//r;
		$text =~ s{/run/mixspool/mixspool\.sock}{$receiver->{socket}} or die 'no socket';
		$text =~ s{/var/spool/mixspool}{$receiver->{spool}} or die 'no spool';
		$text =~ s{/var/lib/prometheus/node-exporter}{$folder};
		return $text;
	};
	unlike $_, qr/%/, 'a line of crontab has no %, which cron would change'
	    for map { block("monitoring: $_") } qw(cron textfile);
	my $out = `@{[ $run->('plugin') ]}`;
	like $out, qr/^MIXSPOOL CRITICAL - [^|]*1 batch .* up=1$/, 'the plugin';
	is $? >> 8, 2, '... and its exit status';
	my $age = qr/\d+(?= seconds)|(?<=age=)\d+|(?<=silent=)\d+/;
	is `@{[ $run->('cron') ]}` =~ s/$age/AGE/gr, $out =~ s/$age/AGE/gr, 'cron prints what is wrong';
	unlink batches_in($receiver->{spool});
	is scalar(`@{[ $run->('cron') ]}`), '', '... and nothing when nothing is';
	is system('sh', '-c', $run->('textfile')), 0, 'the textfile';
	my $metrics = slurp("$folder/mixspool.prom");
	is_deeply [glob "$folder/*"], ["$folder/mixspool.prom"], '... alone';

	# What the page, the rules and the dashboard name is there.
	my %known = map { $_ => 1 } $metrics =~ /^# TYPE (mixspool_\w+)/mg;
	my %shown = map { $_ => 1 } map {/`(mixspool_\w+)`/g} $page =~ /^\| (`mixspool_\w+`.*?) \|/mg;
	is_deeply [sort keys %shown], [sort keys %known], 'the page has all metrics, and no others';
	my $board = decode_json(slurp(top() . '/examples/grafana-dashboard.json'));
	my @queries = map { $_->{expr} } map { @{ $_->{targets} } } @{ $board->{panels} };
	cmp_ok scalar(@queries), '>', 10, 'the dashboard asks';
	my $rules = top() . '/examples/prometheus-alerts.yml';
	my %used = map { $_ => 1 } map {/\b(mixspool_\w+)/g} @queries,
	    slurp($rules) =~ /expr: >-\n(.*?)for:/sg;
	is_deeply [grep { !$known{s/_bucket$//r} } sort keys %used], [],
	    '... for metrics that there are, as the rules do';
	my $n = 0;
	my $recorded = new_file("groups:\n- name: queries\n  rules:\n", map {
		my $query = s/\$__rate_interval/5m/gr =~ s/\$campaign/.*/gr;
		sprintf "  - record: query:%d\n    expr: '%s'\n", $n++, $query;
	} @queries);
	SKIP: {
		skip 'promtool is not installed', 2 if system('promtool --version >/dev/null 2>&1') != 0;
		is `promtool check rules $recorded 2>&1` =~ /FAILED|error/i, '', '... in queries that Prometheus reads';
		like `promtool check rules --lint=all --lint-fatal $rules 2>&1`, qr/SUCCESS: 3 rules found/,
		    'promtool has no complaint about the rules';
	}
	my %named = map { $_ => 1 } $page =~ /`(Mixspool\w+)`/g;
	my @alerts = slurp($rules) =~ /- alert: (\w+)$/mg;
	is_deeply [sort keys %named], [sort @alerts], 'the page has each alert';
	my @ids = map { $_->{id} } @{ $board->{panels} };
	is_deeply \@ids, [1 .. @ids], 'the panels have ids of their own';

	# What Grafana's "JSON model" has of each dashboard, panel, query and variable.
	is_deeply [grep { !defined $board->{$_} } qw(title uid tags timezone editable time refresh schemaVersion version
			templating panels)], [], 'the dashboard has the fields of the JSON model';
	is_deeply [sort keys %{ $board->{time} }], [qw(from to)], '... a time';
	my (%taken, @wrong);
	for my $panel (@{ $board->{panels} }) {
		push @wrong, "$panel->{id} has no $_" for grep { !defined $panel->{$_} } qw(type title gridPos datasource targets fieldConfig);
		my ($x, $y, $w, $h) = @{ $panel->{gridPos} }{qw(x y w h)};
		push @wrong, "$panel->{id} is wider than 24 columns" if $x + $w > 24;
		for my $cell (map { my $row = $_; map {"$_,$row"} $x .. $x + $w - 1 } $y .. $y + $h - 1) {
			push @wrong, "$panel->{id} lies on another at $cell" if $taken{$cell}++;
		}
		my %refs;
		push @wrong, "$panel->{id} has a query without a name of its own"
		    for grep { !defined $_->{refId} || $refs{ $_->{refId} }++ } @{ $panel->{targets} };
	}
	is_deeply \@wrong, [], '... panels that Grafana can draw';
	my %variables = map { $_->{name} => $_ } @{ $board->{templating}{list} };
	is_deeply [grep { !$_->{type} || !defined $_->{query} } values %variables], [], '... variables';
	my %asked = map { $_ => 1 } slurp(top() . '/examples/grafana-dashboard.json') =~ /\$\{?([a-z]\w*)/g;
	is_deeply [sort keys %asked], [sort keys %variables], '... and those that it uses, and no others';
	stop($receiver->{pid});
}

done_testing;

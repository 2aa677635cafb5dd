package Measured;

# What a web server does with the requests of a webhook, mixspool behind it: a cell of
# the tables of docs/web-servers.md each.

use strict;
use warnings;
use Doctor;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use Servers;
use Testbed;
use Watched;

our @EXPORT = qw(make_bodies measure);

my $secret = 's3cret';
my $short = 'users=[' . user('a') . ']';
my $bodies;

# The sizes of POSTs: a KiB, of HAProxy's buffer, of a page, of nginx's memory, of
# mixspool's limit and of the examples'.
my %size = (small => 1 << 10, buffer => 60 << 10, page => 900 << 10, four => 4 << 20, limit => 32 << 20,
	over => (32 << 20) + 1, far => 34 << 20);

# Makes forms of all sizes with one user, in a folder.
sub make_bodies {
	my $folder = shift;
	spew("$folder/$_", 'users=[' . user('a') . ' ' x ($size{$_} - length $short) . ']') for keys %size;
	return $folder;
}

sub body { return "$bodies/$_[0]" }

# The servers whose programs they start themselves: mixspool is no service there.
my %starts_program = map { ($_ => 1) } qw(fcgid cgid uwsgi fcgiwrap minihttpd);

# HTTP/2 where the example has it as a comment.
sub with_http2 {
	my $text = shift;
	$text =~ s/^(\s*listen \S+ ssl);/$1 http2;/m;
	$text =~ s/^(\s*)#(Protocols h2)/$1$2/m;
	return $text;
}

# A second in place of a minute.
sub impatient {
	my $text = shift;
	$text =~ s/((?:read_timeout|read-timeout" =>|\stimeout=|FcgidIOTimeout|timeout\.io:|timeout\sserver|(?:http|cgi)-timeout\s=)\s*)60/${1}1/g;
	$text =~ s/^(\s*)(SetEnv MIXSPOOL_DIR)/$1CGIDScriptTimeout 1s\n$1$2/m;
	return $text;
}

# How a POST gets its secret, and whether its header goes first.
sub how {
	my $one = shift;
	return ('-s', '--http1.1', $one->{token} ? () : ('-u', "mixspool:$secret"),
		$one->{in_two} ? ('-H', 'Expect: 100-continue', '--expect100-timeout', '0.5') : ('-H', 'Expect:'));
}

# A POST: what curl says of it. PATH goes behind the URL.
sub post {
	my ($one, $path, @arguments) = @_;
	return curl($one->{server}{url} . $path . ($one->{token} ? "?token=$secret" : ''), how($one), @arguments);
}

# How many users a campaign got since.
sub taken {
	my ($one, $campaign) = @_;
	my @lines = lines_in($one->{receiver}{spool}, $campaign);
	unlink batches_in($one->{receiver}{spool}, $campaign);
	return scalar @lines;
}

# The answer to a POST of a user: 200 and a user are there, or neither.
sub stored {
	my ($one, $path, @arguments) = @_;
	my $answer = post($one, $path, @arguments);
	my $users = taken($one, 'default');
	die "$one->{name}: $answer->{status} and $users users" if ($answer->{status} eq '200') != ($users == 1);
	return words($answer);
}

# An answer in the words of the tables.
sub words {
	my $answer = shift;
	my ($status, $text) = @{$answer}{qw(status text)};
	return 'no answer' if $status !~ /^[1-9]\d\d$/;
	my $json = eval { decode_json($text) };
	return "$status JSON" if $answer->{head} =~ m{^content-type: application/json}im
	    && ref $json eq 'HASH' && ($json->{error}{code} // 0) == $status && $answer->{head} =~ /^retry-after: 60/im;
	return "$status of mixspool" if $text =~ /^the body (?:is over|has)|by CGI this web server/;
	return "$status";
}

# Whether the answer comes, also when the header and the body are sent in one piece; if
# not, they are sent in two from now on.
sub answered {
	my $one = shift;
	my @statuses = map { post($one, '', '--data-binary', $short)->{status} } 1 .. 5;
	my $lost = grep { $_ eq '000' } @statuses;
	$one->{in_two} = $lost > 0;
	taken($one, 'default');
	return $lost ? 'may be lost' : 'arrives';
}

sub authorization {
	my $one = shift;
	my $passed = post($one, '', '--data-binary', $short)->{status} == 200;
	$one->{token} = !$passed;
	my $answer = post($one, '', '--data-binary', $short);
	taken($one, 'default');
	die "$one->{name}: $answer->{status} $answer->{text}" if $answer->{status} != 200;
	return $passed ? 'passed' : 'withheld';
}

sub in_sizes {
	my ($one, @how) = @_;
	my ($fits, $then);
	for my $size (qw(small buffer page)) {
		my $answer = stored($one, '', @how, '--data-binary', '@' . body($size));
		$then = $answer, last if $answer ne '200';
		$fits = $size{$size} >> 10;
	}
	return 'stored' if !$then;
	return $fits ? "to $fits KiB, then $then" : $then;
}

sub http2 {
	my ($one, @how) = @_;
	my (undef, $version) = run_to_end('curl', '-s', '--cacert', certificate() . '.pem', '--http2', '-o', '/dev/null',
		'-w', '%{http_version}', $one->{server}{url});
	return 'no' if $version ne '2';
	return in_sizes($one, '--http2', @how);
}

# Where users posted to some paths land.
sub paths {
	my ($one, %cells) = @_;
	my $land = sub {
		my ($path) = @_;
		my $status = post($one, $path, '--data-binary', $short)->{status};
		my @where = grep { taken($one, $_) } qw(default reactivation);
		return @where ? "@where" : $status;
	};
	for my $right ([''], ['/reactivation', 'reactivation'], ['/reactivation/', 'reactivation'], ['/%72eactivation', 'reactivation'], ['/none', '404']) {
		my ($path, $wanted) = ($right->[0], $right->[1] // 'default');
		my $got = $land->($path);
		$cells{campaigns} .= ", `$path`: $got" if $got ne $wanted;
	}
	$cells{campaigns} = $cells{campaigns} ? substr $cells{campaigns}, 2 : 'all';
	$cells{slashes} = $land->('//reactivation');
	my $site = { %$one, server => { url => $one->{server}{url} =~ s{/mixpanel\z}{}r } };
	my ($others) = map { join ', ', sort keys %$_ } { map { stored($site, "$_", '--data-binary', $short) => 1 } '/mixpane1', '/mixpanelx' };
	$cells{others} = $one->{name} eq 'h2o' ? '-' : $others;
	return %cells;
}

sub early {
	my $one = shift;
	my %before = map { ($_ => 1) } large_files($one->{server}{pid});
	my $query = $one->{token} ? "?token=$secret" : '';
	my $large = begin_post("$one->{server}{url}$query", $secret, slurp(body('four')), $size{four} - 1000);
	my $refused = begin_post("$one->{server}{url}/none$query", $secret, slurp(body('page')), 100 << 10);
	my $head = comes($refused, 3);
	my @files = grep { !$before{$_} } large_files($one->{server}{pid});
	end_post($_) for $large, $refused;
	my %cells = (held => !@files ? 'memory' : (grep { !m{^/dev/shm/} } @files) ? 'a file' : '`/dev/shm`');
	my $lost = 0;
	for my $how ('--http1.1', '--http2') {
		for (1 .. 5) {
			my $status = post($one, '/none', $how, '--data-binary', '@' . body('page'))->{status};
			$lost++ if $status != 404;
		}
	}
	$cells{early} = $lost ? "lost, $lost of 10" : $head && $head =~ m{^HTTP/1\.1 404} ? 'at once' : 'after the body';
	return %cells;
}

sub kept {
	my $one = shift;
	my $url = $one->{server}{url} . ($one->{token} ? "?token=$secret" : '');
	my ($status, $counts) = run_to_end('curl', how($one), '--cacert', certificate() . '.pem', '-d', $short,
		'-o', '/dev/null', '-o', '/dev/null', '-w', '%{num_connects} ', $url, $url);
	die "$one->{name}: curl $status" if $status != 0 || taken($one, 'default') != 2;
	my %cells = (client => $counts eq '1 0 ' ? 'kept' : 'closed');
	# HAProxy closes some of those that it keeps, every 5 seconds.
	my $gone = 1;
	for (1 .. 3) {
		die "$one->{name}: no answer" if stored($one, '', '--data-binary', $short) ne '200';
		$gone &&= eval { wait_until { !connections($one->{receiver}{socket}) && !programs() } 'nothing left', 1 };
	}
	$cells{mixspool} = $starts_program{ $one->{name} } ? ($gone ? 'a process each' : 'a process kept')
	    : ($gone ? 'a connection each' : 'kept');
	return %cells;
}

sub stop_server {
	my $one = shift;
	stop($_) for grep {$_} @{ $one->{server} }{qw(pid behind)};
	return;
}

# mixspool does not answer, and then it is not there.
sub faults {
	my $one = shift;
	my ($receiver, %cells) = $one->{receiver};
	my $path = programs_for_all() . '/mixspool.fcgi';
	stop_server($one);
	if ($receiver->{pid}) {
		kill 'STOP', $receiver->{pid};
	}
	else {
		unlink $path;
		chmod 0755, spew($path, "#!/usr/bin/perl\nsleep 60;\n");
	}
	$one->{server} = start($one, \&impatient);
	$cells{hangs} = words(post($one, '', '--max-time', 5, '--data-binary', $short));
	if ($receiver->{pid}) {
		kill 'CONT', $receiver->{pid};
		stop($receiver->{pid});
	}
	else {
		kill 'KILL', programs();
		unlink $path;
	}
	$cells{away} = words(post($one, '', '--data-binary', $short));
	stop_server($one);
	kill 'KILL', programs();
	return %cells;
}

sub start {
	my ($one, @edits) = @_;
	return broken_server($one->{name}, $one->{receiver}, sub {
		my $text = with_http2(shift);
		$text = $_->($text) for @edits;
		return $text;
	}, same => 1, modules => ['http2']);
}

# A server, in words of the tables; the forms are in a FOLDER.
sub measure {
	(my $name, $bodies) = @_;
	my $receiver = { spool => make_spool(qw(default reactivation)) };
	my $file = new_file("$secret\n");
	chmod 0640, $file;
	chown 0, scalar(getgrnam 'www-data') // 0, $file if $> == 0;
	chmod 0755, folder();
	chmod 0777, $receiver->{spool};
	$receiver = receiver(spool => $receiver->{spool}, args => ['-m', '0666'], env => { MIXSPOOL_SECRET_FILE => $file })
	    if !$starts_program{$name};
	$receiver->{secret} = $file;
	my $one = { name => $name, receiver => $receiver };
	$one->{server} = start($one);
	my %cells = (answered => answered($one), authorization => authorization($one));
	$cells{chunked} = in_sizes($one, '--http1.1', '-H', 'Transfer-Encoding: chunked');
	$cells{http2} = http2($one);
	$cells{lengthless} = $cells{http2} eq 'no' ? '-' : http2($one, '-H', 'Content-Length:');
	%cells = (%cells, paths($one));
	%cells = (%cells, early($one));
	%cells = (%cells, kept($one));
	$cells{large} = stored($one, '', '--data-binary', '@' . body('limit'));
	$cells{over} = stored($one, '', '--data-binary', '@' . body('over'));
	$cells{far} = stored($one, '', '--data-binary', '@' . body('far'));
	%cells = (%cells, faults($one));
	return \%cells;
}

1;

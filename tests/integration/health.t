#!/usr/bin/env perl
# GET of ?health: could a POST be stored now? It says what a POST in that moment would
# get, leaves nothing behind, is in no log, and tries it once a second at most.

use strict;
use warnings;
use Disks;
use IO::Select;
use Test::More;
use Testbed;

my $no_mounts = own_mounts();

my $body = form('[' . user('a') . ']');
my $fine = "a POST to campaign default can be stored\n";

sub asks { return { REQUEST_METHOD => 'GET', QUERY_STRING => 'health', @_ } }

sub health {
	my ($receiver, %variables) = @_;
	return fastcgi($receiver->{socket}, '', asks(%variables));
}

sub files_in {
	my $spool = shift;
	return map { s{^\Q$spool\E/}{}r } grep { !m{/lock\z} } glob "$spool/*/*/* $spool/*/*.*";
}

# The three ways of starting, with a secret that nobody gives.
my $secret = new_file('s3cret');
chmod 0600, $secret;
my %environment = (MIXSPOOL_SECRET_FILE => $secret);
for my $way ('-s', 'mod_fcgid', 'CGI') {
	my $spool = make_spool(qw(default vip));
	my $receiver = $way eq 'CGI' ? { log => new_file() }
	    : receiver(spool => $spool, env => \%environment, any => $way eq 'mod_fcgid');
	my $get = sub {
		my %variables = (%{ asks(@_) }, $way eq 'mod_fcgid'
			? (MIXSPOOL_DIR => $spool, %environment) : ());
		return fastcgi($receiver->{socket}, $body, \%variables) if $way ne 'CGI';
		return cgi({ %environment, MIXSPOOL_DIR => $spool }, $body, \%variables);
	};
	for my $query (qw(health health=1 health= a=b&health health&a=b token=x&health=1&b)) {
		my $answer = $get->(QUERY_STRING => $query);
		is "$answer->{status} $answer->{text}", "200 $fine", "$way: ?$query";
		like $answer->{head}, qr{^Content-Type: text/plain; charset=utf-8\r$}m, '... in plain text';
		is $answer->{log}, '', '... and in no log';
	}
	for my $query ('', qw(healthy xhealth a=health Health)) {
		is $get->(QUERY_STRING => $query)->{status}, 401, "$way: '$query' is another question";
	}
	my $answer = $get->(REQUEST_METHOD => 'HEAD');
	is "$answer->{status} $answer->{text}", '200 ', "$way: HEAD has no body";
	$answer = $get->(PATH_INFO => '/vip/');
	is $answer->{text}, "a POST to campaign vip can be stored\n", "$way: the path's campaign";
	for my $path ('/none', '/a.b') {
		$answer = $get->(PATH_INFO => $path);
		is "$answer->{status} $answer->{log}", '404 ', "$way: $path is no campaign";
		like $answer->{text}, qr/\A[^\n]*\Q$path\E[^\n]*\n\z/, '... which one line says';
	}
	is $get->(REQUEST_METHOD => $_)->{status}, 405, "$way: $_ is not allowed" for qw(PUT DELETE);
	is $get->(REQUEST_METHOD => 'POST')->{status}, 401, "$way: a POST is a POST, without the secret";
	is_deeply [files_in($spool)], [], '... and nothing is in the spool';
	$answer = $get->(REQUEST_METHOD => 'POST', QUERY_STRING => 'health&token=s3cret');
	is $answer->{text}, "spooled 1 user\n", "... and with it";
	is scalar(lines_in($spool)), 1, '... which is stored';
	is stop($receiver->{pid}), 0, "$way: it ends" if $receiver->{pid};
	my $journal = join '', map { slurp($_) } glob "$spool/.journal/*.jsonl";
	like $journal, qr/"status":401/, '... the journal has the POST that was refused';
	unlike $journal, qr/"status":404|can be stored/, '... and no question for health';
	unlike slurp($receiver->{log}), qr/health|can be stored|PATH|campaign none/, '... and its log has no word of it';
}

# A spool that a request does not name, and one that was removed.
{
	my $receiver = receiver(any => 1);
	my $answer = health($receiver);
	is "$answer->{status} $answer->{log}", '503 ', 'without a spool: 503, and no log';
	like $answer->{text}, qr/MIXSPOOL_DIR is not set/, '... which says why';
	stop($receiver->{pid});
	$receiver = receiver();
	is health($receiver)->{status}, 200, 'before its spool is removed: 200';
	remove_folder($receiver->{spool});
	wait_until { $answer = health($receiver); $answer->{status} == 503 } 'a spool that was removed';
	like $answer->{text}, qr/the spool was removed/, '... which says why';
	stop($receiver->{pid});
}

# Whatever is wrong, it gets what a POST gets.
sub same_as_post {
	my ($receiver, $what, $status, $reason) = @_;
	my $answer = health($receiver);
	my $post = fastcgi($receiver->{socket}, $body);
	is $answer->{status}, $status, "$what: $status";
	like $answer->{text}, qr/\A[^\n]*$reason[^\n]*\n\z/, '... and one line says why';
	is $answer->{log}, '', '... in no log';
	is $post->{status}, $status, '... as for a POST';
	return;
}

my @nobody = $> == 0 ? qw(setpriv --reuid=65534 --clear-groups) : ();
for my $case (['nothing', '', 0, 200], ['tmp/ is not writable', 'tmp', 0500, 503, 'Permission denied'],
	['new/ is not writable', 'new', 0500, 503, 'Permission denied'],
	['new/ is closed', 'new', 0, 503, 'Permission denied'],
	['the campaign is closed', '', 0, 503, 'Permission denied'],
	['new/ is a file', 'new', undef, 503, 'Input/output error']) {
	my ($what, $folder, $mode, $status, $reason) = @$case;
	my $spool = make_spool('default', map {"default/$_"} qw(tmp new failed done aside));
	chmod 0755, folder();
	chmod 0777, $spool;
	my $receiver = receiver(spool => $spool, wrapper => \@nobody, socket => "$spool/.socket");
	# It listens before it opens its spool.
	wait_until { slurp($receiver->{log}) =~ /ready:/ } 'the spool to be open';
	my $path = "$spool/default/$folder";
	if (!defined $mode) {
		rmdir $path;
		spew($path, '');
	} elsif ($reason) {
		chmod $mode, $path;
	}
	same_as_post($receiver, $what, $status, $reason // 'can be stored');
	chmod 0777, $path;
	is scalar(batches_in($spool, 'default', 'tmp')), 0, '... and tmp/ is empty';
	stop($receiver->{pid});
}

# Full disks. The result is kept for a second: a new receiver for each.
SKIP: {
	skip $no_mounts, 1 if $no_mounts;
	for my $case (['no room', 'tmpfs', \&fill_bytes, 0, 'No space left on device'],
		['little room', 'tmpfs', sub { fill_bytes(shift, 8192) }, 1 << 20, 'MIXSPOOL_MIN_FREE'],
		['no inodes', 'ext4', \&fill_inodes, 0, 'less than 32 inodes'],
		['read-only', 'tmpfs', sub { failure_of('mount', '-o', 'remount,ro', shift) }, 0, 'Read-only file system'],
		['new/ is another mount', 'tmpfs', sub { failure_of('mount', '--bind', ("$_[0]/spool/default/new") x 2) },
			0, 'Invalid cross-device link']) {
		my ($what, $type, $fill, $min_free, $reason) = @$case;
		my ($place, $why) = new_disk($type, 16);
		skip $why, 1 if $why;
		mkdir "$place/spool";
		my $receiver = receiver(spool => "$place/spool", env => { MIXSPOOL_MIN_FREE => $min_free });
		is health($receiver)->{text}, $fine, "$what: before";
		same_as_post($receiver, '... POST', 200, 'can be stored');
		stop($receiver->{pid});
		my $failed = $fill->($place);
		fail "$what: $failed" if $what =~ /read-only|mount/ && $failed;
		$receiver = receiver(spool => "$place/spool", env => { MIXSPOOL_MIN_FREE => $min_free },
			program => program());
		same_as_post($receiver, $what, 503, $reason);
		stop($receiver->{pid});
		is_deeply [grep { m{/tmp/} } files_in("$place/spool")], [], '... and nothing is left';
	}
}

# A hundred ask, at the same time and one after the other, and it is tried once; and
# again when that is a second ago.
{
	my $spool = make_spool('default');
	my $trace = folder() . '/trace';
	my $receiver = receiver(spool => $spool, env => { MIXSPOOL_SANDBOX => 'off' },
		wrapper => ['strace', '-f', '-qq', '-ttt', '-o', $trace, '-e',
			'trace=openat,fdatasync,renameat2,fsync,unlinkat']);
	my @sockets = map { fastcgi_connect($receiver->{socket}) } 1 .. 50;
	fastcgi_send($_, fastcgi_records('', asks())) for @sockets;
	my @texts = map { fastcgi_answer($_)->{text} } @sockets;
	push @texts, health($receiver)->{text} for 1 .. 50;
	is_deeply [grep { $_ ne $fine } @texts], [], '100 ask, and get an answer';
	my $tries = sub { my @tries = slurp($trace) =~ /^\d+ +([\d.]+) fdatasync/mg; return @tries };
	wait_until { health($receiver); $tries->() >= 3 } 'the third try';
	kill 'TERM', -$receiver->{pid};
	is reap($receiver->{pid}), 0, '... to the end';
	my @times = $tries->();
	my @early = grep { $times[$_] - $times[ $_ - 1 ] < 0.99 } 1 .. $#times;
	is_deeply \@early, [], '... for which it was tried once a second at most';
	my @made = slurp($trace) =~ m{openat\([^\n]*"(\.|[^"]*jsonl)", ([^\n]*(?:O_CREAT|O_TMPFILE)[^\n]*)}g;
	is scalar(grep {/jsonl/} @made), @times, '... each with one file in tmp/';
	my ($spool_calls) = slurp($trace) =~ /(fdatasync.*?unlinkat[^\n]*)/s;
	is join(' ', $spool_calls =~ /(fdatasync|renameat2|fsync|unlinkat)\(/g),
	    'fdatasync renameat2 fsync fsync unlinkat', '... by the calls of a commit';
	my %renames = map { $_ => 1 } slurp($trace) =~ /renameat2\((\d+), "[^"]+", (\d+)/ ? ($1, $2) : ();
	is scalar(keys %renames), 1, '... within one folder';
}

# A disk that hangs: 503 after a bounded time, at once for those who come later; POSTs
# of other campaigns and other requests go on; and it is well when the disk is.
{
	my $shim = folder() . '/shim';
	mkdir $shim;
	my $start = sub {
		unlink glob "$shim/*";
		my $receiver = receiver(spool => make_spool(qw(default vip)), args => ['-j', 2],
			env => { LD_PRELOAD => program('tests/faults/hanging_disk.so'),
				HANGING_DISK => $shim, MIXSPOOL_SANDBOX => 'off' });
		spew("$shim/hang", '');
		my @askers = map { fastcgi_connect($receiver->{socket}) } 1 .. 20;
		fastcgi_send($_, fastcgi_records('', asks())) for @askers;
		wait_until { batches_in($receiver->{spool}, 'default', 'tmp') } 'the try';
		return ($receiver, @askers);
	};
	my ($receiver, @askers) = $start->();
	is fastcgi($receiver->{socket}, '', { PATH_INFO => '/none' })->{status}, 404,
	    'a disk that hangs: other requests are answered';
	my $own = ($ENV{SANITIZED} // '') eq 'thread' ? 1 : 0;    # a thread of the sanitizer's
	my $threads = sub { return scalar(() = glob "/proc/$receiver->{pid}/task/*") };
	my $at_first = $threads->();
	my @answered = IO::Select->new(@askers)->can_read(0);
	is scalar(@answered), 0, '... while those who asked wait';
	spew("$shim/later", '');
	my $hung = "503 a POST cannot be stored: the disk has not answered for 5 seconds\n";
	is_deeply [map { my $answer = fastcgi_answer($_); "$answer->{status} $answer->{text}" } @askers],
	    [($hung) x 20], '... but not without an end';
	for my $path ('/default', '/vip') {
		my $answer = health($receiver, PATH_INFO => $path);
		is "$answer->{status} $answer->{text}", $hung, "... $path: those who come later do not wait";
	}
	is $threads->(), $at_first, '... and no further thread is held';
	cmp_ok $at_first, '<=', 5 + $own, '... than one: beside it there are two, the main one and the journal';
	unlink "$shim/hang";
	wait_until { health($receiver)->{status} == 200 } 'a disk that works again';
	is health($receiver)->{text}, $fine, '... and it is well again';
	is_deeply [batches_in($receiver->{spool}, 'default', 'tmp')], [], '... and nothing is left';
	is stop($receiver->{pid}), 0, '... and it ends';

	($receiver, @askers) = $start->();
	kill 'TERM', $receiver->{pid};
	spew("$shim/later", '');
	is_deeply [map { fastcgi_answer($_)->{status} } @askers], [(503) x 20],
	    'stopped while the disk hangs: all are answered';
	is reap($receiver->{pid}), 0, '... and it ends, with the disk still hanging';

	my $answer = cgi({ MIXSPOOL_DIR => make_spool('default'), HANGING_DISK => $shim,
		LD_PRELOAD => program('tests/faults/hanging_disk.so'), MIXSPOOL_SANDBOX => 'off' }, '', asks());
	is "$answer->{status} $answer->{text}", $hung, 'by CGI, too, in bounded time' if -e "$shim/hang";

	# A commit that hangs is not well, even where a new one would not.
	($receiver, @askers) = $start->();
	unlink "$shim/hang";
	fastcgi_answer($_) for @askers;
	spew("$shim/hang", '');
	my $post = fastcgi_connect($receiver->{socket});
	fastcgi_send($post, fastcgi_records($body, { PATH_INFO => '/vip' }));
	wait_until { batches_in($receiver->{spool}, 'vip', 'tmp') } 'the commit';
	spew("$shim/later", '');
	is health($receiver, PATH_INFO => '/vip')->{status}, 503, 'a commit that hangs: 503';
	unlink "$shim/hang";
	is fastcgi_answer($post)->{status}, 200, '... and its POST is answered at its end';
	stop($receiver->{pid});
}

# Killed at each of its calls: new/ stays empty, nobody minds what is in tmp/, and that
# is swept.
for my $call (qw(openat:1 openat:2 writev:1 fdatasync:1 renameat2:1 fsync:1 fsync:2 unlinkat:1)) {
	my $spool = make_spool('default');
	tool('init', $spool);
	my ($name, $when) = split /:/, $call;
	# In the two folders, those that make a file.
	my @within = $name eq 'openat' ? map { ('-P', "$spool/default/$_") } qw(tmp new) : ();
	my $answer = cgi({ MIXSPOOL_DIR => $spool, command => 'strace', MIXSPOOL_SANDBOX => 'off' }, '', asks(),
		'-f', '-qq', '-o', '/dev/null', @within,
		'-e', "inject=$name:signal=KILL:when=$when", program());
	isnt $answer->{exit}, 0, "killed at $call";
	is_deeply [batches_in($spool)], [], '... new/ is empty';
	my @left = batches_in($spool, 'default', 'tmp');
	cmp_ok scalar(@left), '<=', 1, '... tmp/ has one file at most';
	my ($status, $out) = tool('stat', '-w', '1s', $spool);
	is $status, 0, '... stat does not mind';
	($status, $out) = tool('drain', $spool, '--', 'sh', '-c', "cat >>$spool/.taken");
	is "$status " . (-e "$spool/.taken" ? 'taken' : ''), '0 ', '... nor does drain';
	utime 1, 1, $_ for @left;
	is cgi({ MIXSPOOL_DIR => $spool }, $body, {})->{status}, 200, '... a POST is taken';
	is_deeply [batches_in($spool, 'default', 'tmp')], [], '... and tmp/ is swept';
}

done_testing;

#!/usr/bin/env perl
# Every call of the receiver fails once, see tests/lib/Faults.pm: the promise
# holds, and the receiver goes on or reports that it cannot.

use strict;
use warnings;
use Faults;
use IO::Socket::UNIX;
use Socket qw(MSG_DONTWAIT SOCK_DGRAM);
use Test::More;
use Testbed;

my $slow = program('tests/faults/slow_disk.so');
my $secret = spew(folder() . '/secret', "s3cret\n");
chmod 0600, $secret;

# Files that the receiver must not touch: a batch that waits for a consumer, one
# that another process is writing, and some notes.
sub put_foreign {
	my ($spool, $campaign, @states) = @_;
	for my $state (@states) {
		my $path = "$spool/$campaign/$state";
		mkdir $path;
		spew("$path/20261124T065034.123456Z-9f3a1c22-000042.jsonl",
			user("foreign-$state") . "\n");
		spew("$path/notes", "mine\n");
	}
	return;
}

# A file that a crash left in tmp/ long ago.
sub put_leftover {
	my ($spool, $campaign) = @_;
	my $left = spew("$spool/$campaign/tmp/"
		. '20261124T065034.123456Z-0f3a1c22-000042.jsonl', '');
	utime 1, 1, $left;
	return;
}

sub foreign_of {
	my ($spool, $campaign) = @_;
	return join "\n", map { "$_: " . slurp($_) }
	    grep {m{/(?:notes|[^/]*-9f3a1c22-[^/]*)\z}}
	    map { batches_in($spool, $campaign, $_) } qw(tmp new);
}

# Compares what one POST left in the spool with its answer.
#
# The users of a POST that was refused stay there if fsync of new/ fails, and then
# the removal of the batch: see mixspool(5).
#
# No answer is the limit that README.md names: the 200 is written after the commit,
# and that may fail. Then all users are there, or none.
my $staying = 0;

sub check_post {
	my ($answer, $ids, @stored) = @_;
	my $status = $answer->{status};
	my %wanted = map { (user($_) . "\n" => 1) } @$ids;
	my $there = grep { $wanted{$_} } @stored;
	if ($status == 200) {
		wrong("200 with $there of " . @$ids) if $there != @$ids;
	} elsif ($status != 0) {
		my $stay = has_failed() =~ /^fsync\nunlinkat$/m;
		$staying++ if $there;
		wrong("$status with $there users stored")
		    if $there && !($stay && $there == @$ids);
		wrong("the answer is $status, $answer->{text}")
		    if $status != 503;
	} else {
		wrong("no answer, with $there of " . @$ids)
		    if $there && $there != @$ids;
		# Only where the connection failed, or a process could not start.
		wrong('no answer') if !$answer->{exit} && has_failed()
		    !~ /^(?:recv|read|write|send|poll|fcntl|epoll_ctl|[mc]alloc|realloc)$/m;
	}
	return;
}

# The campaign has only the lines of others and of these ids, each once, and
# nothing new in tmp/.
sub check_campaign {
	my ($spool, $campaign, $foreign, @ids) = @_;
	my %known = map { (user($_) . "\n" => 1) } @ids;
	my %seen;
	for my $line (lines_in($spool, $campaign)) {
		next if $line eq "mine\n" || $line =~ /"foreign-/;
		wrong("a torn line: $line") if !$known{$line};
		wrong("twice: $line") if $seen{$line}++;
	}
	wrong('what others had has changed')
	    if foreign_of($spool, $campaign) ne $foreign;
	wrong('something stays in tmp/')
	    if has_failed() !~ /\nunlinkat$/m && grep { !m{/notes\z|-9f3a1c22-} }
	    batches_in($spool, $campaign, 'tmp');
	return;
}

# One escape, so that jansson is given a copy, and one array.
my $posts = 0;

sub ids { return map { "p$posts-$_" } 1 .. shift }

sub list { return form('[' . join(',', map { user($_) } @_) . ']') }

# Users with an element between them that is none: after a 200 they are all in their
# places, once; after any other answer it is not in aside/, as far as it could be removed.
sub set_aside_once {
	my ($environment, $call) = @_;
	my $spool = make_spool('default');
	$posts++;
	my @ids = ids(2);
	my $answer = cgi({ %$environment, MIXSPOOL_DIR => $spool },
		form('[' . join(',', user($ids[0]), '{"x":1}', user($ids[1])) . ']'), {});
	check_post($answer, \@ids, lines_in($spool));
	check_campaign($spool, 'default', '', @ids);
	my $aside = join '', lines_in($spool, 'default', 'aside');
	my $line = '{"why":"no $distinct_id","index":1,"element":{"x":1}}' . "\n";
	wrong("this is set aside: $aside") if $aside ne $line && $aside ne '';
	wrong("the answer is $answer->{status}, and nothing is set aside")
	    if $answer->{status} == 200 && $aside eq '';
	wrong("the answer is $answer->{status}, and the element stays in aside/")
	    if $answer->{status} == 503 && $aside ne '' && has_failed() !~ /\nunlinkat$/m;
	my @new = lines_in($spool);
	wrong("there are @new in new/, and nothing is set aside") if @new && $aside eq '';
	return;
}
each_fault('mixspool.fcgi', 'CGI, an element is set aside', \&set_aside_once);
each_breakage('mixspool.fcgi', 'CGI, an element is set aside, the disk breaks',
	\&set_aside_once);

# A page of a cohort with an element that is no member: slices of the body, parameters
# and an id that are decoded, one that jansson reads.
my $page = '{"action":"memb\u0065rs","parameters":{"mixpanel_cohort_id":"7","members":['
    . '{"mixpanel_distinct_id":"a","x":1e300},{"x":1},{"mixpanel_distinct\u005fid":"b"}]}}';
my @page = map { qq($_,"\$cohort":{"action":"memb\\u0065rs","mixpanel_cohort_id":"7"}}\n) }
    '{"$distinct_id":"a","$properties":{"mixpanel_distinct_id":"a","x":1e300}',
    '{"$distinct_id":"b","$properties":{"mixpanel_distinct\u005fid":"b"}';

sub page_once {
	my ($environment) = @_;
	my $spool = make_spool('default');
	my $answer = cgi({ %$environment, MIXSPOOL_DIR => $spool }, $page,
		{ CONTENT_TYPE => 'application/json; charset=utf-8' });
	my $stored = join '', lines_in($spool);
	my $aside = join '', lines_in($spool, 'default', 'aside');
	my $stays = has_failed() =~ /\nunlinkat$/m;
	wrong("this is stored: $stored") if $stored ne '' && $stored ne join '', @page;
	wrong("this is set aside: $aside")
	    if $aside !~ /\A(?:\{"why":"no mixpanel_distinct_id","index":1,"element":\{"x":1\}\}\n)?\z/;
	wrong("the answer is $answer->{status}, $answer->{text}")
	    if $answer->{status} !~ /^(?:200|503|0)$/;
	wrong('200, and not all is there') if $answer->{status} == 200 && ($stored eq '' || $aside eq '');
	wrong('503, and something is there')
	    if $answer->{status} == 503 && $stored . $aside ne '' && !$stays;
	wrong('something is in new/ without its neighbour') if $stored ne '' && $aside eq '';
	return;
}
each_fault('mixspool.fcgi', 'CGI, a page of a cohort', \&page_once,
	full() ? () : qw(malloc calloc realloc writev write fdatasync renameat2));

# CGI: a process for each request.
sub cgi_once {
	my ($states) = @_;
	return sub {
		my ($environment, $call) = @_;
		my $spool = make_spool('default');
		put_foreign($spool, 'default', @$states);
		my $foreign = foreign_of($spool, 'default');
		$posts++;
		my @ids = ids(2);
		my $answer = cgi({ %$environment, MIXSPOOL_DIR => $spool },
			list(@ids), {});
		wrong("it ends with $answer->{exit}, answered "
			. $answer->{status})
		    if $answer->{exit} >= 128 || $call ne 'write'
		    && $answer->{exit} != ($answer->{status} == 0 ? 71 : 0);
		check_post($answer, \@ids, lines_in($spool));
		check_campaign($spool, 'default', $foreign, @ids);
		return;
	};
}
each_fault('mixspool.fcgi', 'CGI', cgi_once(['tmp', 'new']));
each_fault('mixspool.fcgi', 'CGI, the first request of a campaign',
	cgi_once(['tmp']), full() ? () : qw(mkdirat openat fsync));

# The FastCGI receiver.
sub sockets { return scalar grep {/^socket:/} descriptors(shift) }

# A receiver whose calls count from now on, unless LATER, and the number of
# descriptors that it may have in the end. With ANY, requests name their spools.
sub faulty_receiver {
	my ($spool, $environment, %how) = @_;
	my %environment = (%$environment, FAULT_FROM => counts_from());
	my $receiver = receiver(spool => $spool, args => ['-j', 8],
		env => \%environment, any => $how{any});
	$receiver->{variables} = { MIXSPOOL_DIR => $spool,
		QUERY_STRING => 'token=s3cret', MIXSPOOL_SECRET_FILE => $secret }
	    if $how{any};
	# The connection that found it listening may still wait to be accepted;
	# when one behind it has its answer, it is.
	fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'GET' });
	my @open;
	wait_until {
		@open = descriptors($receiver->{pid});
		slurp($receiver->{log}) =~ /ready/ && grep( {/^socket:/} @open) == 1
		    && ($how{any} || grep { -s } glob "$spool/.journal/*")
		    && !grep {m{/\.journal\z|/\.journal/.*hours}} @open
	} 'an idle receiver';
	$receiver->{descriptors} = count_lasting(@open);
	# The spool that requests name stays open: one for this one site.
	$receiver->{descriptors}++ if $how{any};
	spew(counts_from(), '') if !$how{later};
	return $receiver;
}

# Of these descriptors, all but those of campaigns' folders and of the journal's file,
# each of which it may keep open, and only once.
sub count_lasting {
	my %kept;
	return scalar grep {
		!m{/spool\d+/(?:\w+(?:/(?:tmp|new))?|\.journal/[\d-]+\.jsonl)\z} || $kept{$_}++
	} @_;
}

# It answers the next request, and no descriptor is lost.
sub check_receiver {
	my ($receiver, $campaign) = @_;
	my @ids = ids(1);
	unlink counts_from();
	my $answer = fastcgi($receiver->{socket}, list("next-$ids[0]"),
		{ PATH_INFO => "/$campaign", %{ $receiver->{variables} // {} } });
	wrong("the next request gets $answer->{status}, $answer->{text}")
	    if $answer->{status} != 200;
	eval {
		wait_until { count_lasting(descriptors($receiver->{pid}))
			    == $receiver->{descriptors} } 'descriptors', 10;
	} or wrong("of $receiver->{descriptors} descriptors it has now:",
		descriptors($receiver->{pid}));
	my $status = eval { stop($receiver->{pid}) } // -1;
	wrong("it ends with $status") if $status != 0;
	unlink $receiver->{socket}, $receiver->{log};
	return "next-$ids[0]";
}

# COUNT requests, all sent before the first answer is read. %how: any, see above;
# env, the receiver's environment.
sub fastcgi_at_once {
	my ($count, $campaign, $states, %how) = @_;
	return sub {
		my ($environment, $call) = @_;
		my $spool = make_spool('default', 'vip');
		put_foreign($spool, $campaign, @$states);
		my $foreign = foreign_of($spool, $campaign);
		put_leftover($spool, $campaign) if $how{any};
		my $receiver = faulty_receiver($spool,
			{ %$environment, %{ $how{env} // {} } }, %how);
		my (@sockets, @all);
		for my $n (1 .. $count) {
			$posts++;
			my @ids = ids($count > 1 ? 1 : 2);
			push @all, \@ids;
			push @sockets, fastcgi_connect($receiver->{socket});
			fastcgi_send($sockets[-1], fastcgi_records(list(@ids),
				{ PATH_INFO => "/$campaign",
					%{ $receiver->{variables} // {} } }));
		}
		my @answers = map { fastcgi_answer($_) } @sockets;
		close $_ for @sockets;
		wrong('no group') if !$environment->{FAULT_NTH} && $count > 1
		    && grep( {/\.jsonl\z/ && !/-9f3a1c22-/}
			batches_in($spool, $campaign)) >= $count;
		my $next = check_receiver($receiver, $campaign);
		# What the first commit left in tmp/ is for the next process.
		push @all, ["sweep-$next"];
		cgi({ MIXSPOOL_DIR => $spool }, list("sweep-$next"), {})
		    if $how{any};
		my @stored = lines_in($spool, $campaign);
		check_post($answers[$_], $all[$_], @stored)
		    for 0 .. $#answers;
		check_campaign($spool, $campaign, $foreign, $next,
			map {@$_} @all);
		return;
	};
}
each_fault('mixspool.fcgi', 'FastCGI',
	fastcgi_at_once(1, 'default', ['tmp', 'new']));
each_fault('mixspool.fcgi', 'FastCGI, the first request of a campaign',
	fastcgi_at_once(1, 'vip', ['tmp']),
	full() ? () : qw(mkdirat openat fsync close));
# Its first request opens the site, and nothing else stays open.
each_fault('mixspool.fcgi', 'FastCGI, a spool of the request',
	fastcgi_at_once(1, 'default', ['tmp', 'new'], any => 1),
	full() ? () : qw(open openat fstat mkdirat read fdopendir readdir
	stat fstatat unlinkat close calloc malloc strdup));
# The first one is committed alone, while the others queue up.
each_fault('mixspool.fcgi', 'FastCGI, a commit of several',
	fastcgi_at_once(4, 'default', ['tmp', 'new'],
		env => { LD_PRELOAD => shim() . " $slow", SLOW_DISK_MS => 50 }),
	full() ? () : qw(openat writev fdatasync close renameat2 fsync calloc));

# A disk that stays broken until the answer is there; then the receiver goes on.
each_breakage('mixspool.fcgi', 'CGI, the disk breaks',
	cgi_once(['tmp', 'new']));
each_breakage('mixspool.fcgi', 'FastCGI, the disk breaks',
	fastcgi_at_once(1, 'default', ['tmp', 'new']));
each_breakage('mixspool.fcgi', 'FastCGI, the disk breaks under several',
	fastcgi_at_once(4, 'default', ['tmp', 'new'],
		env => { LD_PRELOAD => shim() . " $slow", SLOW_DISK_MS => 50 }));
note "$staying POSTs were refused, and their users stayed in new/"
    if $staying;

# The start, with a dead socket in the way and a file that a crash left in tmp/. It
# serves, or ends and says why; then the next start serves on the same socket.
sub dead_socket {
	my $path = shift;
	IO::Socket::UNIX->new(Local => $path, Listen => 1) or die "$path: $!";
	return $path;
}

# Starts a receiver that listens by itself or on descriptor 0. Undefined: it has
# ended as it should.
sub start {
	my ($spool, $socket, $environment, $own) = @_;
	my $log = spew(folder() . '/start.log', '');
	unlink $socket if !$own;
	my $listener = $own ? undef
	    : IO::Socket::UNIX->new(Local => $socket, Listen => 9);
	my $pid = spawn([program(), '-j', 3, '-d', $spool,
			$own ? ('-s', $socket) : ()], err => $log,
		$own ? () : (socket => $listener),
		env => { %$environment, MIXSPOOL_SECRET_FILE => $secret });
	my $status;
	# A message whose write fails is lost.
	eval { wait_until { slurp($log) =~ /: ready: /
		    || $environment->{FAULT_CALL} && has_failed() =~ /^write$/m
		    || defined($status = ended($pid)) } 'a start', 10 }
	    or wrong('it neither starts nor ends');
	return { pid => $pid, socket => $socket } if !defined $status;
	wrong("it ends with wait status $status: ", slurp($log))
	    if $status & 127 || $status >> 8 < 64 || $status >> 8 > 78
	    || slurp($log) !~ /^mixspool\.fcgi: ./m;
	return;
}

# It answers 200 for what it stores, and ends with 0.
sub check_started {
	my ($receiver, $spool, $id) = @_;
	my $answer = fastcgi($receiver->{socket}, list($id),
		{ QUERY_STRING => 'token=s3cret' });
	wrong("it answers $answer->{status}, $answer->{text}")
	    if $answer->{status} != 200
	    || !grep { $_ eq user($id) . "\n" } lines_in($spool);
	my $status = eval { stop($receiver->{pid}) } // -1;
	wrong("it ends with $status") if $status != 0;
	return;
}

sub start_once {
	my ($own) = @_;
	return sub {
		my ($environment) = @_;
		my $spool = make_spool('default', 'vip');
		put_foreign($spool, 'default', 'tmp', 'new');
		my $foreign = foreign_of($spool, 'default');
		put_leftover($spool, 'default');
		my $socket = dead_socket(folder() . '/start' . $posts++);
		spew(counts_from(), '');
		my $receiver = start($spool, $socket, { %$environment,
				FAULT_FROM => counts_from() }, $own);
		unlink counts_from();
		my @ids = map {"start$posts-$_"} 1, 2;
		check_started($receiver, $spool, $ids[0]) if $receiver;
		$receiver = start($spool, $socket, {}, $own);
		$receiver ? check_started($receiver, $spool, $ids[1])
		    : wrong('the next one does not start');
		wrong('the socket stays') if $own && -e $socket;
		check_campaign($spool, 'default', $foreign, @ids);
		unlink $socket;
		return;
	};
}
each_fault('mixspool.fcgi', 'the start', start_once(1));
each_fault('mixspool.fcgi', 'the start with a socket', start_once(0),
	full() ? () : qw(getsockopt fcntl epoll_ctl pthread_create));

# A service manager that cannot be reached costs its messages, and nothing else.
my $manager = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
	Local => folder() . '/manager') or die "$!";

sub start_notifying {
	my ($environment) = @_;
	start_once(1)->({ %$environment, NOTIFY_SOCKET => folder() . '/manager' });
	my $heard = '';
	while (defined recv $manager, my $state, 1000, MSG_DONTWAIT) { $heard .= "$state " }
	wrong("the manager hears '$heard'")
	    if !$environment->{FAULT_NTH} && $heard ne 'READY=1 STOPPING=1 ';
	return;
}
each_fault('mixspool.fcgi', 'the start with a service manager', \&start_notifying,
	full() ? () : qw(socket setsockopt connect));

sub start_tcp {
	my ($environment) = @_;
	my $spool = make_spool('default');
	my $address = '127.0.0.1:' . free_port();
	spew(counts_from(), '');
	my $receiver = start($spool, $address, { %$environment,
			FAULT_FROM => counts_from() }, 1);
	unlink counts_from();
	my @ids = map { "tcp" . $posts++ } 1, 2;
	check_started($receiver, $spool, $ids[0]) if $receiver;
	$receiver = start($spool, $address, {}, 1);
	$receiver ? check_started($receiver, $spool, $ids[1])
	    : wrong('the next one does not start');
	return;
}
each_fault('mixspool.fcgi', 'the start on a port', \&start_tcp,
	full() ? () : qw(socket setsockopt bind listen));

# SIGHUP: the new secret counts, or the old one, and a message says which.
sub reload_once {
	my ($environment) = @_;
	my $spool = make_spool('default');
	my $file = spew(folder() . '/reload', "old\n");
	chmod 0600, $file;
	my $receiver = faulty_receiver($spool, { %$environment,
			MIXSPOOL_SECRET_FILE => $file }, later => 1);
	spew($file, "new\n");
	spew(counts_from(), '');
	kill 'HUP', $receiver->{pid};
	my $said = qr/(the secret was read again)|the one before stays/;
	eval { wait_until { slurp($receiver->{log}) =~ $said } 'its message', 10 }
	    or wrong('no message about the secret');
	unlink counts_from();
	my ($in_force, $other) = slurp($receiver->{log}) =~ $said && $1
	    ? qw(new old) : qw(old new);
	wrong('the secret stays, without a fault')
	    if !$environment->{FAULT_NTH} && $in_force ne 'new';
	my $status = fastcgi($receiver->{socket}, list('x'),
		{ QUERY_STRING => "token=$other" })->{status};
	wrong("the $other secret gets $status") if $status != 401;
	$receiver->{variables} = { QUERY_STRING => "token=$in_force" };
	check_campaign($spool, 'default', '',
		check_receiver($receiver, 'default'));
	return;
}
each_fault('mixspool.fcgi', 'a new secret', \&reload_once,
	full() ? () : qw(open fstat read __read_chk close malloc sigtimedwait));

# A request that is refused while its body comes: the receiver reads on, so that
# the answer gets through, and not for ever.
sub refuse_once {
	my ($environment) = @_;
	my $spool = make_spool('default');
	my $receiver = faulty_receiver($spool, $environment);
	my $records = fastcgi_records(list(map {"refused$_"} 1 .. 500),
		{ PATH_INFO => '/nowhere' });
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, substr $records, 0, -9000, '');
	my $status = fastcgi_answer($socket)->{status};
	fastcgi_send($socket, $records);
	close $socket;
	wrong("the answer is $status") if $environment->{FAULT_NTH}
	    ? $status !~ /^(?:404|503|0)$/ : $status != 404;
	check_campaign($spool, 'default', '',
		check_receiver($receiver, 'default'));
	return;
}
each_fault('mixspool.fcgi', 'a refusal', \&refuse_once,
	full() ? () : qw(shutdown recv epoll_ctl));

# Without memory libfcgi ends the process with all requests in hand. Even so each
# POST is there as a whole or not at all, and the next start serves.
sub dying_once {
	my ($environment, $call) = @_;
	my $spool = make_spool('default');
	put_foreign($spool, 'default', 'tmp', 'new');
	my $foreign = foreign_of($spool, 'default');
	my $receiver = faulty_receiver($spool,
		{ %$environment, FAULT_OF => 'libfcgi.' });
	my (@sockets, @all);
	for (1 .. 3) {
		$posts++;
		push @all, [ids(2)];
		push @sockets, fastcgi_connect($receiver->{socket}) // last;
		fastcgi_send($sockets[-1],
			fastcgi_records(list(@{ $all[-1] }), {}));
	}
	my @answers = map { fastcgi_answer($_) } @sockets;
	close $_ for @sockets;
	unlink counts_from();
	my @stored = lines_in($spool);
	check_post($answers[$_], $all[$_], @stored) for 0 .. $#answers;
	my $died = grep { $_->{status} == 0 } @answers;
	$died &&= eval { wait_until { defined ended($receiver->{pid}) }
		    'its end', 2 };
	my $next = "again$posts";
	if ($died) {
		my $again = start($spool, $receiver->{socket}, {}, 1);
		$again ? check_started($again, $spool, $next)
		    : wrong('the next one does not start');
	} else {
		$next = check_receiver($receiver, 'default');
	}
	# A start removes what a dead process was writing, an hour later.
	unlink grep { !m{/notes\z|-9f3a1c22-} }
	    batches_in($spool, 'default', 'tmp');
	check_campaign($spool, 'default', $foreign, $next, map {@$_} @all);
	return;
}
each_fault('mixspool.fcgi', 'libfcgi without memory', \&dying_once,
	qw(malloc calloc realloc strdup)) if !$ENV{SANITIZED};

# The stop, with two requests of which a part has come, and a connection whose
# request comes as late as possible.
sub stop_once {
	my ($environment, $call) = @_;
	my $spool = make_spool('default');
	put_foreign($spool, 'default', 'tmp', 'new');
	my $foreign = foreign_of($spool, 'default');
	my $receiver = faulty_receiver($spool, $environment, later => 1);
	my $socket = $receiver->{socket};
	my (@sockets, @all, @rest);
	for my $n (1 .. 3) {
		$posts++;
		my @ids = ids(1);
		push @all, \@ids;
		push @rest, fastcgi_records(list(@ids), {});
		push @sockets, fastcgi_connect($socket);
		# A part of the variables, or of the body.
		my $part = $n == 1 ? 100 : length($rest[-1]) - 40;
		fastcgi_send($sockets[-1], substr $rest[-1], 0, $part, '')
		    if $n < 3;
	}
	wait_until { sockets($receiver->{pid}) == 1 + 3 }
	    'the requests in hand';
	spew(counts_from(), '');
	kill 'TERM', $receiver->{pid};
	fastcgi_send($sockets[2], $rest[2]);
	wait_until { !-e $socket || -e folder() . '/fault.log' } 'the stop';
	fastcgi_send($sockets[$_], $rest[$_]) for 0, 1;
	my @answers = map { fastcgi_answer($_) } @sockets;
	my $status = eval { reap($receiver->{pid}, 10) } // -1;
	wrong("it ends with $status") if $status != 0;
	unlink counts_from();
	my @stored = lines_in($spool);
	check_post($answers[$_], $all[$_], @stored) for 0 .. 2;
	wrong("a request in hand gets no answer")
	    if $call !~ /^(?:recv|read|write|send|poll|fcntl)$/
	    && grep { $_->{status} == 0 } @answers[0, 1];
	check_campaign($spool, 'default', $foreign, map {@$_} @all);
	my $next = start($spool, $socket, {}, 1);
	$next ? check_started($next, $spool, "stop$posts")
	    : wrong('the next one does not start');
	unlink $receiver->{log};
	return;
}
each_fault('mixspool.fcgi', 'the stop', \&stop_once,
	full() ? () : qw(lstat unlink epoll_ctl epoll_pwait accept4 shutdown
	openat writev fdatasync renameat2 fsync close));

tell_of_faults();
done_testing;

package Testbed;

# What the integration tests and the demo share: a temporary folder that is
# gone afterwards, receivers and real web servers on free loopback ports, and
# clients. Everything started here is stopped when the program ends.

use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use Encode qw(encode_utf8);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);
use Time::HiRes qw(time sleep);

our @EXPORT = qw(folder top program programs_for_all wait_until free_port spawn stop reap ended sleeps
    exit_of slurp spew new_file make_spool lines_in batches_in form escape
    user profile tool run_to_end sender put_batch put_failed receiver cgi fastcgi fastcgi_connect
    fastcgi_send fastcgi_answer fastcgi_records nginx apache curl certificate recorder requests
    posted_ids remove_folder);

# A test that hangs is a test that failed; what it started is still stopped.
$SIG{ALRM} = sub { croak 'the test took longer than its time' };
alarm($ENV{TEST_SECONDS} // 600);

# A make of a test is not a part of the one that runs the tests.
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my $top = abs_path(dirname(__FILE__) . '/../..');
my $folder;
my %children;    # pid => name
my $owner = $$;

sub top { return $top }

sub program {
	my $name = shift // 'mixspool.fcgi';
	my $build = $ENV{BUILD} // 'build';
	$build = "$top/$build" if $build !~ m{^/};
	return "$build/$name";
}

# A folder with a copy of the receiver for a web server's user, who may not look into
# the home of the one who runs the tests: mode 0700 since Debian 13.
sub programs_for_all {
	my $bin = folder() . '/sbin';
	return $bin if -d $bin;
	mkdir $bin;
	chmod 0755, folder(), $bin;
	copy(program(), "$bin/mixspool.fcgi") or die "$bin: $!";
	chmod 0755, "$bin/mixspool.fcgi";
	return $bin;
}

sub folder {
	$folder //= tempdir('mixspool-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	return $folder;
}

# Waits until CONDITION holds: at first it looks often, since most waits are short.
sub wait_until(&$;$) {
	my ($condition, $what, $seconds) = @_;
	my $end = time + ($seconds // 90);
	for (my $pause = 0.001;; $pause *= 1.2) {
		return 1 if $condition->();
		croak "waited in vain for $what" if time > $end;
		sleep($pause < 0.01 ? $pause : $pause = 0.01);
	}
}

# Removes a folder of a program that runs, which may just be making something in it.
sub remove_folder {
	my $path = shift;
	wait_until { system('rm', '-rf', $path) == 0 } "$path to be gone";
	return;
}

# A port for a server that this program starts. Tests that run beside this one do not
# get it: its name in the abstract namespace is ours until this program ends. Nor does
# the kernel give it to a client, since it is below those that the kernel gives away.
my ($first_port, $ports) = (12000, 20000);
my ($next_port, @ports_taken) = ($$ * 61);

sub free_port {
	for (1 .. $ports) {
		my $port = $first_port + $next_port++ % $ports;
		my $name = IO::Socket::UNIX->new(Local => "\0mixspool-test-$port", Listen => 1) or next;
		IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1) or next;
		push @ports_taken, $name;
		return $port;
	}
	die 'no free port';
}

sub slurp {
	my $path = shift;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar(<$file>) // '';
}

sub spew {
	my ($path, $text) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return $path;
}

# A new file in the temporary folder that holds these texts: its path.
my $files = 0;

sub new_file {
	return spew(folder() . '/file' . $files++, join '', @_);
}

# What a program under a sanitizer needs whatever else its environment is; in
# nothing else does a test's environment leak through. tests/sanitize sets it.
sub of_sanitizers {
	return map { ($_ => $ENV{$_}) } grep { defined $ENV{$_} }
	    $ENV{SANITIZED} ? qw(MIXSPOOL_SANDBOX ASAN_OPTIONS UBSAN_OPTIONS
	    TSAN_OPTIONS) : ();
}

# Under strace the search for leaks cannot work. And only root may look at what a
# process has open that dumps no core: of others it does.
sub under_strace {
	my %environment = @_;
	$environment{$_} .= ',detect_leaks=0'
	    for grep { defined $environment{$_} } 'ASAN_OPTIONS';
	if ($> != 0) {
		$environment{LD_PRELOAD} = join ' ', program('tests/faults/kernel_without.so'),
		    $environment{LD_PRELOAD} // ();
		$environment{KERNEL_WITHOUT} //= 'dumpable';
	}
	return %environment;
}

# Starts a program with %options: env => {}, in, out, err => paths, closed =>
# [descriptors]. Returns its pid.
sub spawn {
	my ($command, %options) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		setpgrp;
		# What runs in the background of a shell ignores them.
		$SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT);
		%ENV = (%ENV, %{ $options{env} // {} });
		%ENV = under_strace(%ENV) if $command->[0] eq 'strace';
		open STDIN, '<', $options{in} // '/dev/null'
		    if ref $options{in} ne 'GLOB' && !$options{socket};
		open STDIN, '<&', $options{socket} if $options{socket};
		open STDOUT, '>>', $options{out} if $options{out};
		open STDERR, '>>', $options{err} if $options{err};
		POSIX::close($_) for @{ $options{closed} // [] };
		exec { $command->[0] } @$command or POSIX::_exit(127);
	}
	$children{$pid} = $command->[0];
	return $pid;
}

# The wait status of a process that has ended, once; else undef.
sub ended {
	my $pid = shift;
	return if waitpid($pid, WNOHANG) == 0;
	delete $children{$pid};
	return $?;
}

# Waits for the end of a process: its wait status.
sub reap {
	my ($pid, $seconds) = @_;
	my $status;
	wait_until { defined($status = ended($pid)) } "the end of process $pid",
	    $seconds;
	return $status;
}

# In a call that waits for something.
sub sleeps {
	my $pid = shift;
	return slurp("/proc/$pid/stat") =~ /\) S /;
}

# As a shell tells it: the exit status, or 128 and the signal that ended it.
sub exit_of {
	my $status = shift;
	return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

sub stop {
	my ($pid, $signal) = @_;
	kill $signal // 'TERM', $pid;
	return reap($pid);
}

END {
	if ($$ == $owner) {
		my $status = $?;
		for my $pid (keys %children) {
			kill 'TERM', -$pid, $pid;
			eval { reap($pid, 10) } or do {
				kill 'KILL', -$pid, $pid;
				waitpid $pid, 0;
			};
		}
		$? = $status;
	}
}

my $spools = 0;

sub make_spool {
	my $spool = folder() . '/spool' . $spools++;
	for my $path ($spool, map {"$spool/$_"} @_) {
		mkdir $path or die "$path: $!";
		# Apache's user may be another one than the test's.
		chmod 0777, $path;
	}
	return $spool;
}

sub batches_in {
	my ($spool, $campaign, $state) = @_;
	my $path = join '/', $spool, $campaign // 'default', $state // 'new';
	my @names;
	if (opendir my $directory, $path) {
		@names = readdir $directory;
	}
	my @paths = map {"$path/$_"} sort grep { !/^\.\.?$/ } @names;
	return @paths;
}

sub lines_in {
	return map { split /^/m, slurp($_) } batches_in(@_);
}

sub escape {
	my $text = shift;
	$text =~ s/([^A-Za-z0-9*\-._])/sprintf '%%%02X', ord $1/ge;
	return $text;
}

sub form { return 'users=' . escape(shift) }

sub user {
	my $id = shift;
	return qq({"\$distinct_id":"$id","\$properties":{"\$email":"$id\@example.com"}});
}

# A line for mixspool send: a profile with what stands between the braces of its
# properties.
sub profile {
	my ($id, $properties) = @_;
	return qq({"\$distinct_id":"$id","\$properties":{) . ($properties // '')
	    . "}}\n";
}

sub answer {
	my $text = shift;
	my ($head, $body) = split /\r\n\r\n/, $text, 2;
	my ($status) = ($head // '') =~ /^Status: (\d+)/m;
	return { status => $status // 0, head => $head // '',
		text => $body // '' };
}

sub request_variables {
	my ($body, $variables) = @_;
	return (REQUEST_METHOD => 'POST',
		CONTENT_TYPE => 'application/x-www-form-urlencoded',
		CONTENT_LENGTH => length $body, PATH_INFO => '', %$variables);
}

# One request to a process of its own. An undefined variable is left out; what
# follows the variables are arguments.
sub cgi {
	my ($environment, $body, $variables, @arguments) = @_;
	my $base = folder() . "/cgi.$$";
	my %variables = (request_variables($body, $variables), %$environment);
	# tests/sanitize names valgrind and its options.
	my @command = (split(' ', $ENV{MEMCHECK} // ''),
		$environment->{command} // program(), @arguments);
	spew("$base.in", $body);
	unlink "$base.out", "$base.err";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		%ENV = (PATH => $ENV{PATH}, of_sanitizers(),
			map { ($_, $variables{$_}) } grep { defined $variables{$_} } keys %variables);
		open STDIN, '<', "$base.in";
		open STDOUT, '>', "$base.out";
		open STDERR, '>', "$base.err";
		exec @command or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return { %{ answer(slurp("$base.out")) },
		log => slurp("$base.err"), exit => exit_of($?) };
}

# Runs a program to its end: exit status, output and errors. A hash reference in
# front of the arguments sets the environment.
sub run_to_end {
	my $program = shift;
	my $environment = ref $_[0] ? shift : {};
	my $base = folder() . "/tool.$$";
	spew("$base.$_", '') for qw(out err);
	my $pid = spawn([$program, @_], env => $environment,
		out => "$base.out", err => "$base.err");
	my $status = reap($pid, 300);
	return (exit_of($status), slurp("$base.out"), slurp("$base.err"));
}

sub tool { return run_to_end(program('mixspool'), @_) }

# What `mixspool send` runs, without mixspool in front.
sub sender { return run_to_end(program('mixspool-send'), @_) }

# Puts a batch with these lines into a campaign, as the receiver would: its
# name, which sorts behind those before it.
my $batches = 0;

sub put_batch {
	my ($spool, $campaign, @lines) = @_;
	my $text = join '', map {"$_\n"} @lines;
	my $name = sprintf '20261124T%06d.000000Z-9f3a1c22-%06d-%d.jsonl',
	    $batches / 1000, $batches, $text =~ tr/\n//;
	$batches++;
	for my $path (map {"$spool/$_"} '', $campaign,
		map {"$campaign/$_"} qw(tmp new)) {
		mkdir $path unless -d $path;
	}
	spew("$spool/$campaign/tmp/$name", $text);
	rename "$spool/$campaign/tmp/$name", "$spool/$campaign/new/$name"
	    or die $!;
	return $name;
}

# One that its command has refused.
sub put_failed {
	my ($spool, $campaign, @lines) = @_;
	my $name = put_batch($spool, $campaign, @lines);
	mkdir "$spool/$campaign/failed";
	rename "$spool/$campaign/new/$name", "$spool/$campaign/failed/$name"
	    or die "$spool: $!";
	return;
}

# A receiver on a Unix socket in the temporary folder. %options: args, env,
# closed, spool, socket => a path for -s, wrapper => [a command before it], any =>
# it is given the socket, as by mod_fcgid, and requests name their spools.
my $receivers = 0;

sub receiver {
	my (%options) = @_;
	my $name = folder() . '/receiver' . $receivers++;
	my %receiver = (
		spool => $options{spool} // make_spool(),
		socket => $options{socket} // "$name.sock",
		log => "$name.log",
	);
	my $listener = $options{any} && IO::Socket::UNIX->new(
		Local => $receiver{socket}, Listen => 9);
	$receiver{pid} = spawn(
		[   @{ $options{wrapper} // [] }, $options{program} // program(),
			$options{any} ? () : ('-s', $receiver{socket}, '-d', $receiver{spool}),
			@{ $options{args} // [] } ],
		env => $options{env}, err => spew($receiver{log}, ''),
		closed => $options{closed}, socket => $listener);
	wait_until { fastcgi_connect($receiver{socket}) }
	    'the receiver to listen';
	return \%receiver;
}

# The FastCGI protocol, from the web server's side, in plain sight.
sub fastcgi_connect {
	my $address = shift;
	return $address =~ m{/}
	    ? IO::Socket::UNIX->new(Peer => $address)
	    : IO::Socket::INET->new(PeerAddr => $address);
}

sub fastcgi_record {
	my ($type, $content) = @_;
	return pack('CCnnCC', 1, $type, 1, length $content, 0, 0) . $content;
}

sub fastcgi_records {
	my ($body, $variables, $keep) = @_;
	my %variables = request_variables($body, $variables);
	my $length = sub { $_[0] < 128 ? chr $_[0] : pack 'N',
		$_[0] | 0x80000000 };
	my $pairs = join '', map {
		$length->(length $_) . $length->(length $variables{$_})
		    . $_ . $variables{$_}
	} grep { defined $variables{$_} } sort keys %variables;
	my $records = fastcgi_record(1, pack 'nCx5', 1, $keep ? 1 : 0);
	$records .= fastcgi_record(4, $pairs) . fastcgi_record(4, '');
	$records .= fastcgi_record(5, $_) for unpack '(a65528)*', $body;
	return $records . fastcgi_record(5, '');
}

sub fastcgi_send {
	my ($socket, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	while (length $bytes) {
		my $sent = syswrite $socket, $bytes or return 0;
		substr $bytes, 0, $sent, '';
	}
	return 1;
}

sub read_exactly {
	my ($socket, $size) = @_;
	my $bytes = '';
	while (length $bytes < $size) {
		sysread $socket, $bytes, $size - length $bytes, length $bytes
		    or return;
	}
	return $bytes;
}

# The answer of one request: up to its end record, or to the connection's end.
sub fastcgi_answer {
	my $socket = shift;
	my %stream = (6 => '', 7 => '');
	my $ended = 0;
	while (!$ended) {
		my $header = read_exactly($socket, 8) // last;
		my (undef, $type, undef, $size, $padding) =
		    unpack 'CCnnC', $header;
		my $content = read_exactly($socket, $size + $padding) // last;
		$ended = $type == 3;
		$stream{$type} .= substr $content, 0, $size;
	}
	return { %{ answer($stream{6}) }, log => $stream{7},
		ended => $ended };
}

sub fastcgi {
	my ($address, $body, $variables) = @_;
	my $socket = fastcgi_connect($address)
	    or return { status => 0, text => "cannot connect: $!" };
	fastcgi_send($socket, fastcgi_records($body, $variables // {}));
	return fastcgi_answer($socket);
}

sub certificate {
	my $base = folder() . '/certificate';
	return $base if -e "$base.key";
	system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 " .
		"-subj /CN=localhost -addext subjectAltName=DNS:localhost " .
		"-keyout $base.key -out $base.pem 2>$base.log") == 0
	    or die 'no certificate: ', slurp("$base.log");
	return $base;
}

# An example configuration with nothing changed but paths, address, port, host
# name and certificate.
sub example {
	my ($name, $port, $paths) = @_;
	my $text = slurp("$top/$name");
	my $certificate = certificate();
	$text =~ s{/etc/letsencrypt\S+/fullchain\.pem}{$certificate.pem}g;
	$text =~ s{/etc/letsencrypt\S+/privkey\.pem}{$certificate.key}g;
	$text =~ s{hooks\.example\.com}{localhost}g;
	$text =~ s{listen 443 ssl}{listen 127.0.0.1:$port ssl};
	$text =~ s{\*:443}{127.0.0.1:$port};
	for my $path (keys %$paths) {
		$text =~ s{\Q$path\E}{$paths->{$path}}g
		    or die "$name does not mention $path";
	}
	return $text;
}

sub wait_for_port {
	my ($port, $pid, $log) = @_;
	wait_until {
		waitpid($pid, WNOHANG) == 0
		    or die "the web server ended: ", -e $log ? slurp($log)
		    : '', "\n";
		IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
	} "port $port";
	return;
}

# The example behind a real nginx. %options: edit => may change the text, port,
# workers (1), example => another one, paths => what is put in place of what in it: by
# default SOCKET in place of mixspool's, or of fcgiwrap's.
sub nginx {
	my ($socket, %options) = @_;
	my $port = $options{port} // free_port();
	my $home = tempdir('nginx-XXXXXX', DIR => folder());
	my $site = example($options{example} // 'nginx-example.conf', $port,
		$options{paths} // { ($options{example} ? '/run/fcgiwrap.socket' : '/run/mixspool/mixspool.sock') => $socket });
	$site = $options{edit}->($site) if $options{edit};
	spew("$home/mixspool.conf", $site);
	my $user = $> == 0 ? 'user root;' : '';
	spew("$home/nginx.conf", <<"END");
$user
daemon off;
worker_processes @{[ $options{workers} // 1 ]};
worker_rlimit_nofile 8192;
pid $home/nginx.pid;
error_log $home/error.log warn;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path $home/body;
	fastcgi_temp_path $home/fastcgi;
	proxy_temp_path $home/proxy;
	scgi_temp_path $home/scgi;
	uwsgi_temp_path $home/uwsgi;
	include $home/mixspool.conf;
}
END
	local $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
	my $pid = spawn(['/usr/sbin/nginx', '-p', $home, '-e',
			"$home/error.log", '-c', "$home/nginx.conf"],
		err => "$home/start.log");
	wait_for_port($port, $pid, "$home/start.log");
	return { pid => $pid, port => $port, log => "$home/error.log",
		url => "https://localhost:$port/mixpanel" };
}

my %apache_modules = (
	proxy => [qw(proxy proxy_fcgi)],
	fcgid => [qw(fcgid)],
	cgi => [qw(cgi)],
	cgid => [qw(cgid)],
);

# The example behind a real Apache, by way of proxy, fcgid, cgi or cgid; or, with
# site => text, another configuration in its place, behind wrapper => [a command before it].
sub apache {
	my ($way, $paths, %options) = @_;
	my $port = free_port();
	my $home = tempdir('apache-XXXXXX', DIR => folder());
	my $site = $options{site}
	    ? $options{site}->($port)
	    : example('apache-example.conf', $port, { %$paths,
			'/usr/local/share/doc/mixspool/examples' => $home });
	spew("$home/apache-busy.asis", slurp("$top/examples/apache-busy.asis"));
	spew("$home/mixspool.conf", $site);
	mkdir "$home/empty";
	chmod 0755, folder();
	chmod 0777, $home;	# for mod_fcgid's sockets
	# Started as root, Apache becomes this user before it serves.
	my $user = $> == 0 ? "User www-data\nGroup www-data" : '';
	my $modules = join '', map {
		"LoadModule ${_}_module /usr/lib/apache2/modules/mod_$_.so\n"
	    } qw(mpm_event authz_core alias asis env setenvif ssl reqtimeout),
	    @{ $options{modules} // [] }, @{ $apache_modules{$way} };
	spew("$home/apache.conf", <<"END");
ServerRoot $home
ServerName localhost
Listen 127.0.0.1:$port
PidFile $home/apache.pid
ErrorLog $home/error.log
DefaultRuntimeDir $home
Mutex pthread
DocumentRoot $home/empty
$modules
<IfModule fcgid_module>
	FcgidIPCDir $home
	FcgidProcessTableFile $home/fcgid.table
</IfModule>
<IfModule cgid_module>
	ScriptSock $home/cgid.sock
</IfModule>
$user
<Directory "/">
	AllowOverride None
	Require all denied
</Directory>
<Directory "$home/empty">
	Require all granted
</Directory>
Include $home/mixspool.conf
END
	my @define = $way eq 'proxy' ? () : ('-D', 'MIXSPOOL_' . uc $way =~ s/\Acgid\z/cgi/r);
	push @define, '-D', 'FOREGROUND';
	my $pid = spawn([@{ $options{wrapper} // [] }, '/usr/sbin/apache2', '-f', "$home/apache.conf",
			@define], err => "$home/start.log");
	wait_for_port($port, $pid, "$home/start.log");
	return { pid => $pid, port => $port, log => "$home/error.log",
		url => "https://localhost:$port/mixpanel" };
}

# An endpoint that is not ours and writes down what it gets: tests/lib/recorder
# tells of the answers. A hash reference in front sets the environment.
my $recorders = 0;

sub recorder {
	my $environment = ref $_[0] ? shift : {};
	my $base = folder() . '/recorder' . $recorders++;
	spew("$base.$_", '') for qw(out log);
	my $pid = spawn(["$top/tests/lib/recorder", "$base.log", @_],
		env => $environment, out => "$base.out", err => "$base.err");
	wait_until { slurp("$base.out") =~ /\n/ } 'the recorder to listen';
	my ($port) = slurp("$base.out") =~ /^(\d+)/;
	my $scheme = $environment->{RECORDER_TLS} ? 'https' : 'http';
	return { pid => $pid, log => "$base.log", port => $port,
		url => "$scheme://localhost:$port/hook" };
}

# What a recorder got so far. Each request is decoded once: tests wait for the next.
sub requests {
	my $recorder = shift;
	open my $log, '<:raw', $recorder->{log} or die "$recorder->{log}: $!";
	seek $log, $recorder->{read} // 0, 0;
	local $/ = "\n";
	while (my $line = <$log>) {
		last if $line !~ /\n\z/;
		push @{ $recorder->{requests} }, decode_json($line);
		$recorder->{read} += length $line;
	}
	return @{ $recorder->{requests} // [] };
}

# The ids in what it got whole, in their order, one list for each request; of
# those that were answered in one way, or of all.
sub posted_ids {
	my ($recorder, $answer) = @_;
	return map { [map { $_->{'$distinct_id'} } @{ $_ }] }
	    map { decode_json(encode_utf8($_->{fields}{users}[0])) }
	    grep { $_->{complete} && $_->{answer} eq ($answer // $_->{answer}) }
	    requests($recorder);
}

# curl, as a person would call it: status, text and headers.
sub curl {
	my ($url, @arguments) = @_;
	my $base = folder() . "/curl.$$";
	unlink "$base.body", "$base.head";
	my $pid = open my $out, '-|', 'curl', '-sS', '--max-time', 20,
	    '--cacert', certificate() . '.pem', '-o', "$base.body", '-D',
	    "$base.head", '-w', '%{http_code}', @arguments, $url
	    or die "curl: $!";
	my $status = <$out>;
	close $out;
	# An answer that does not come to its end is none.
	$status = "$status, cut off" if $? != 0 && $status != 0;
	return { status => $status, exit => exit_of($?),
		text => -e "$base.body" ? slurp("$base.body") : '',
		head => -e "$base.head" ? slurp("$base.head") : '' };
}

1;

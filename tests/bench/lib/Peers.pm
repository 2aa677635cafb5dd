package Peers;

# What people write in mixspool's place, each with a location of nginx.

use strict;
use warnings;
use Bench;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use Testbed;

our @EXPORT_OK = qw(@durable @quick @all location log_location start_build
    start_program);

my $peers = abs_path(dirname(__FILE__) . '/../peers');

# Those that fdatasync before they answer, mixspool first; those that leave it to
# the kernel; and what does not do the same work.
our @durable = ('mixspool', map {"$_, fdatasync"} qw(PHP-FPM gunicorn uWSGI fastify
	    Bun Go Perl), 'Lua in nginx');
our @quick = qw(PHP-FPM gunicorn fastify Go webhook);
our @all = (@durable, @quick, 'nginx log', 'empty responder');

# Each gets OUTPUT, SOCKET or PORT, and FDATASYNC. way: fastcgi, uwsgi or http, how
# nginx talks to it, or direct, if it is a web server that needs none before it; keep:
# whether it keeps connections open.
my $receiver_go = out() . '/receiver-go';
my %programs = (
	# A child of PHP-FPM has one connection at a time, so an open one would
	# keep it from others.
	'PHP-FPM' => { way => 'fastcgi', command => sub {
		my ($fpm) = reverse sort glob '/usr/sbin/php-fpm*';
		return [$fpm // 'php-fpm', '-y', "$peers/php-fpm.conf",
			$> == 0 ? '-R' : ()];
	} },
	'gunicorn' => { way => 'http', keep => 1, command => sub {
		return ['gunicorn', '--config', "$peers/gunicorn.conf.py",
			'--chdir', $peers, 'receiver:app'];
	} },
	'fastify' => { way => 'http', keep => 1, command => sub {
		return ['node', "$peers/receiver.js"];
	} },
	'Go' => { way => 'fastcgi', keep => 1, command => sub {
		return [$receiver_go];
	} },
	'Perl' => { way => 'fastcgi', command => sub {
		return ["$peers/receiver.pl"];
	} },
	'uWSGI' => { way => 'uwsgi', command => sub {
		return ['uwsgi', "$peers/uwsgi.ini"];
	} },
	# Two processes can share a port, and no other socket.
	'Bun' => { way => 'http', keep => 1, tcp => 1, command => sub {
		return [out() . '/node/node_modules/.bin/bun', "$peers/receiver.bun.js"];
	} },
	'Lua in nginx' => { way => 'direct', tcp => 1, command => sub {
		my $home = folder() . '/lua';
		mkdir $home or die "$home: $!";
		my $text = slurp("$peers/nginx-lua.conf") =~ s/PORT/$_[0]/gr =~ s/PEERS/$peers/gr;
		$text = "user root;\n$text" if $> == 0;
		return ['/usr/sbin/nginx', '-p', $home, '-e', 'stderr', '-c',
			spew("$home/nginx.conf", $text)];
	} },
	# It listens on TCP alone.
	'webhook' => { way => 'http', keep => 1, tcp => 1, path => '/hooks/users',
		command => sub {
			my $port = shift;
			return ['webhook', '-hooks', "$peers/webhook.json",
				'-ip', '127.0.0.1', '-port', $port];
		} },
	# Two builds of the receiver behind the same nginx, for the scenario builds.
	'before' => { way => 'fastcgi', receiver => sub { $ENV{OLD} } },
	'now' => { way => 'fastcgi', receiver => sub { program() } },
	'empty responder' => { way => 'fastcgi', command => sub {
		my $socket = shift;
		return [out() . '/transport', $socket];
	} },
);

sub start_program {
	my $name = shift;
	my ($what, $sync) = split /, /, $name;
	my $key = lc $name =~ s/\W+/-/gr;
	my $base = folder() . "/$key";
	my $program = $programs{$what};
	my $address = $program->{tcp} ? '127.0.0.1:' . free_port()
	    : "$base.sock";
	my %contestant = (name => $name, key => $key, program => $program,
		output => "$base.out", address => $address,
		log => "$base.log", fdatasync => $sync ? 1 : 0);
	my $where = $address =~ s/^127\.0\.0\.1://r;
	$contestant{url} = "http://$address/" if $program->{way} eq 'direct';
	$contestant{pid} = spawn($program->{command}->($where),
		env => { OUTPUT => "$base.out", FDATASYNC => $sync ? 1 : 0,
			SOCKET => $where, PORT => $where, PYTHONDONTWRITEBYTECODE => 1,
			NODE_PATH => out() . '/node/node_modules',
			PATH => "$ENV{PATH}:$peers" },
		out => "$base.log", err => "$base.log");
	wait_until {
		die "$name ended: ", slurp("$base.log") if ended($contestant{pid});
		fastcgi_connect($address);
	} "$name to listen";
	return \%contestant;
}

# A receiver of another build, or of this one, as a contestant of its own.
sub start_build {
	my ($name, $env) = @_;
	my $receiver = receiver(program => $programs{$name}{receiver}->(), env => $env,
		spool => make_spool('default', map { ("c$_", "c$_/tmp", "c$_/new") } 1 .. 16),
		args => ['-j', $ENV{THREADS} // 16]);
	return { name => $name, key => $name, program => $programs{$name},
		address => $receiver->{socket}, output => '-', fdatasync => 1,
		%$receiver };
}

sub location {
	my $contestant = shift;
	my ($key, $program) = @{$contestant}{qw(key program)};
	return () if $contestant->{url};
	my $server = $contestant->{address} =~ s{^/}{unix:/}r;
	my $keep = $program->{keep} ? "\tkeepalive 64;\n" : '';
	my $upstream = "upstream $key {\n\tserver $server;\n$keep}\n";
	my $path = $program->{path} // '/';
	my $pass = $program->{way} eq 'uwsgi'
	    ? "rewrite ^ / break;\ninclude /etc/nginx/uwsgi_params;\nuwsgi_pass $key;"
	    : $program->{way} eq 'http'
	    ? "proxy_http_version 1.1;\nproxy_set_header Connection '';\n"
	    . "proxy_pass http://$key$path;"
	    : join "\n", 'include /etc/nginx/fastcgi_params;',
	    "fastcgi_param SCRIPT_FILENAME $peers/receiver.php;",
	    "fastcgi_param OUTPUT $contestant->{output};",
	    "fastcgi_param FDATASYNC $contestant->{fdatasync};",
	    $program->{keep} ? 'fastcgi_keep_conn on;' : (),
	    "fastcgi_pass $key;";
	my $where = $program->{receiver}
	    ? "~ ^/$key(/.*)?\$ {\nfastcgi_param PATH_INFO \$1;" : "= /$key {";
	return ($upstream, "location $where\n$pass\n}\n");
}

# The body as a line of nginx's own log: nginx reads it since the request is
# proxied, here to a server of its own that only says 200.
sub log_location {
	my $contestant = shift;
	my $socket = folder() . '/said.sock';
	return (<<"END", <<"END");
log_format body escape=none '\$request_body';
server {
	listen unix:$socket;
	return 200 "logged\\n";
}
upstream said {
	server unix:$socket;
	keepalive 64;
}
END
location = /nginx-log {
	access_log $contestant->{output} body;
	proxy_http_version 1.1;
	proxy_set_header Connection '';
	proxy_pass_request_body off;
	proxy_set_header Content-Length '';
	proxy_pass http://said;
}
END
}

1;

package Servers;

# The web servers of docs/web-servers.md, from examples/web-servers as they stand;
# nothing is changed but paths, addresses, users, certificates and the line of a secret.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Testbed;

our @EXPORT = qw(missing_server server_example start_server);

my $tls = '/usr/lib/lighttpd/mod_openssl.so';

# Its example, what it needs of this machine, and what runs FILE.
my %servers = (
	caddy => { example => 'Caddyfile', command => [qw(/usr/bin/caddy run --adapter caddyfile --config)] },
	lighttpd => { example => 'lighttpd.conf', command => [qw(/usr/sbin/lighttpd -D -f)], needs => [$tls] },
	haproxy => { example => 'haproxy.cfg', command => [qw(/usr/sbin/haproxy -db -f)] },
	h2o => { example => 'h2o.conf', command => [qw(/usr/bin/h2o -c)] },
	uwsgi => { example => 'uwsgi.ini', command => [qw(/usr/bin/uwsgi-core --die-on-term --ini)],
		needs => ['/usr/lib/uwsgi/plugins/cgi_plugin.so'] },
	fcgiwrap => { example => 'fcgiwrap.conf', needs => ['/usr/sbin/fcgiwrap', '/usr/sbin/nginx'] },
	minihttpd => { example => 'mini-httpd.conf', command => [qw(/usr/sbin/mini_httpd -D -C)] },
);

# Why a server cannot be tested, or undef.
sub missing_server {
	my $server = $servers{ shift() };
	my ($missing) = grep { !-x && !-r } @{ $server->{needs} // [] }, ($server->{command} // [])->[0] // ();
	return $missing && "$missing is not installed";
}

sub server_example {
	my $server = $servers{ shift() };
	return slurp(top() . "/examples/web-servers/$server->{example}");
}

# Puts TO in place of each FROM, which has to be there.
sub put {
	my ($text, @pairs) = @_;
	while (my ($from, $to) = splice @pairs, 0, 2) {
		$text =~ s/$from/$to/g or die "the example has no $from";
	}
	return $text;
}

# How each example becomes a configuration for a port of this machine.
my %ways = (
	caddy => sub {
		my ($text, $home, $port, $certificate) = @_;
		$ENV{XDG_DATA_HOME} = $ENV{XDG_CONFIG_HOME} = $home;
		return "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" . put($text, qr/^hooks\.example\.com \{\n/m,
			"https://localhost:$port {\n\ttls $certificate.pem $certificate.key\n");
	},
	lighttpd => sub {
		my ($text, $home, $port, $certificate) = @_;
		$text = put($text, qr/":443"/, qq("127.0.0.1:$port"), qr{"/etc/letsencrypt/\S+/fullchain\.pem"}, qq("$certificate.pem"),
			qr{"/etc/letsencrypt/\S+/privkey\.pem"}, qq("$certificate.key"));
		$text = put($text, qr{/usr/local/share/doc/mixspool/examples}, top() . '/examples');
		return qq(server.document-root = "$home"\nserver.bind = "127.0.0.1"\n)
		    . 'server.port = ' . free_port() . qq(\nserver.errorlog = "$home/error.log"\n)
		    . qq(server.upload-dirs = ( "$home" )\n$text);
	},
	haproxy => sub {
		my ($text, $home, $port, $certificate) = @_;
		spew("$home/both.pem", slurp("$certificate.pem") . slurp("$certificate.key"));
		$text =~ s/^\t(?:user|group) haproxy\n//mg if $> != 0;
		return put($text, qr{bind :443 ssl crt \S+}, "bind 127.0.0.1:$port ssl crt $home/both.pem",
			qr{log /dev/log daemon}, 'log stderr format raw daemon');
	},
	h2o => sub {
		my ($text, $home, $port, $certificate) = @_;
		$text =~ s/^user: .*\n//m if $> != 0;
		return put($text, qr{mixpanel\.example\.com:443}, "localhost:$port", qr{port: 443}, "host: 127.0.0.1\n      port: $port",
			qr{certificate-file: \S+}, "certificate-file: $certificate.pem", qr{key-file: \S+}, "key-file: $certificate.key",
			qr{/var/log/h2o/error\.log}, "$home/error.log");
	},
	uwsgi => sub {
		my ($text, $home, $port, $certificate) = @_;
		$text =~ s/^[ug]id = .*\n//mg if $> != 0;
		return put($text, qr{:443,\S+,\S+}, "127.0.0.1:$port,$certificate.pem,$certificate.key");
	},
	minihttpd => sub {
		my ($text, $home, $port, $certificate, $receiver) = @_;
		mkdir "$home/www";
		chmod 0755, $home, "$home/www";
		spew("$home/www/mixpanel", of_receiver(slurp(top() . '/examples/web-servers/mini-httpd.cgi'), $receiver));
		chmod 0755, "$home/www/mixpanel";
		$text =~ s/^user=.*\n//m if $> != 0;
		return put($text, qr/^port=8080$/m, "port=$port", qr{^dir=.*$}m, "dir=$home/www", qr{^logfile=.*$}m, "logfile=$home/error.log", qr{^pidfile=.*$}m, "pidfile=$home/pid");
	},
);

# What an example names of mixspool: the socket, or the program and its settings.
sub of_receiver {
	my ($text, $receiver) = @_;
	my $programs = programs_for_all();
	my $named = $text =~ s{/run/mixspool/mixspool\.sock}{$receiver->{socket}}g;
	if ($text =~ s{/usr/local/sbin/mixspool\.fcgi}{$programs/mixspool.fcgi}g) {
		$text =~ s{/var/spool/mixspool}{$receiver->{spool}}g or die 'no spool';
		$text =~ s{^(\s*)[#;](\S.*MIXSPOOL_SECRET_FILE\W)/\S+?(;?)$}{$1$2$receiver->{secret}$3}mg or die 'no secret'
		    if $receiver->{secret};
		$named = 1;
	}
	return $text;
}

# fcgiwrap stands behind nginx.
sub start_fcgiwrap {
	my ($receiver, $edit) = @_;
	my $home = tempdir('fcgiwrap-XXXXXX', DIR => folder());
	chmod 0755, $home;
	my $socket = "$home/fcgiwrap.socket";
	my $listener = IO::Socket::UNIX->new(Local => $socket, Listen => 64) or die "$socket: $!";
	chmod 0666, $socket;
	my $wrapper = spawn(['/usr/sbin/fcgiwrap'], socket => $listener, err => "$home/error.log");
	my $nginx = nginx($socket, example => 'examples/web-servers/fcgiwrap.conf', edit => sub {
		my $text = of_receiver(shift, $receiver);
		return $edit ? $edit->($text) : $text;
	});
	return { %$nginx, behind => $wrapper };
}

# Starts a server in front of a RECEIVER (socket; and where the server starts the
# program itself, spool and secret): pid, url, log; behind is the pid of what stands
# between nginx and the program, and port_80 is lighttpd's. EDIT may change the example.
sub start_server {
	my ($name, $receiver, $edit) = @_;
	return start_fcgiwrap($receiver, $edit) if $name eq 'fcgiwrap';
	my $port = free_port();
	my $home = tempdir("$name-XXXXXX", DIR => folder());
	my $example = server_example($name);
	$example = $edit->($example) if $edit;
	my $text = $ways{$name}->($example, $home, $port, certificate(), $receiver);
	spew("$home/configuration", of_receiver($text, $receiver));
	spew("$home/error.log", '');
	my $pid = spawn([@{ $servers{$name}{command} }, "$home/configuration"],
		out => "$home/out.log", err => "$home/error.log");
	Testbed::wait_for_port($port, $pid, "$home/error.log");
	my ($port_80) = $text =~ /^server\.port = (\d+)/m;
	return { pid => $pid, log => "$home/error.log", port_80 => $port_80,
		url => ($name eq 'minihttpd' ? 'http' : 'https') . "://localhost:$port" . ($name eq 'h2o' ? '' : '/mixpanel') };
}

1;

package Servers;

# The web servers of docs/web-servers.md, from its examples as they stand; nothing is
# changed but paths, addresses and certificates.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Testbed;

our @EXPORT = qw(missing_server server_example start_server);

my %programs = (caddy => '/usr/bin/caddy', lighttpd => '/usr/sbin/lighttpd',
	haproxy => '/usr/sbin/haproxy', h2o => '/usr/bin/h2o');

# Why a server cannot be tested, or undef.
sub missing_server {
	my $name = shift;
	return -x $programs{$name} ? undef : "$programs{$name} is not installed";
}

sub server_example {
	my $name = shift;
	my ($text) = slurp(top() . '/docs/web-servers.md')
	    =~ /^<!-- server: \Q$name\E -->\n```\w+\n(.*?)^```/ms
	    or die "docs/web-servers.md has no example for $name";
	return $text;
}

# How each example becomes a configuration for a port of this machine: its text, and
# the command that runs FILE.
my %ways = (
	caddy => sub {
		my ($text, $home, $port, $certificate) = @_;
		$text =~ s#^hooks\.example\.com \{\n#https://localhost:$port {\n\ttls $certificate.pem $certificate.key\n#m
		    or die 'caddy: no host';
		$ENV{XDG_DATA_HOME} = $ENV{XDG_CONFIG_HOME} = $home;
		return ("{\n\tadmin off\n\tauto_https disable_redirects\n}\n$text",
			'caddy', 'run', '--adapter', 'caddyfile', '--config');
	},
	lighttpd => sub {
		my ($text, $home, $port) = @_;
		return (qq(server.document-root = "$home"\nserver.bind = "127.0.0.1"\n)
			. qq(server.port = $port\nserver.errorlog = "$home/error.log"\n)
			. qq(server.upload-dirs = ( "$home" )\n$text),
			'lighttpd', '-D', '-f');
	},
	haproxy => sub {
		my ($text, $home, $port, $certificate) = @_;
		spew("$home/both.pem", slurp("$certificate.pem") . slurp("$certificate.key"));
		$text =~ s{bind :443 ssl crt \S+}{bind 127.0.0.1:$port ssl crt $home/both.pem} or die 'haproxy: no bind';
		$text =~ s{log /dev/log daemon}{log stderr format raw daemon} or die 'haproxy: no log';
		return ($text, 'haproxy', '-db', '-f');
	},
	h2o => sub {
		my ($text, $home, $port, $certificate) = @_;
		$text =~ s{mixpanel\.example\.com:443}{localhost:$port}g;
		$text =~ s{port: 443}{host: 127.0.0.1\n      port: $port} or die 'h2o: no port';
		$text =~ s{certificate-file: \S+}{certificate-file: $certificate.pem};
		$text =~ s{key-file: \S+}{key-file: $certificate.key};
		$text .= "user: root\n" if $> == 0;
		return ("${text}error-log: $home/error.log\n", 'h2o', '-c');
	},
);

# Starts a server in front of a socket: pid, url, log. EDIT may change the example.
sub start_server {
	my ($name, $socket, $edit) = @_;
	my $port = free_port();
	my $home = tempdir("$name-XXXXXX", DIR => folder());
	my $example = server_example($name);
	$example = $edit->($example) if $edit;
	my ($text, $program, @arguments) =
	    $ways{$name}->($example, $home, $port, certificate());
	$text =~ s{/run/mixspool/mixspool\.sock}{$socket}g or die "$name: no socket";
	spew("$home/configuration", $text);
	spew("$home/error.log", '');
	my $pid = spawn([$programs{$program}, @arguments, "$home/configuration"],
		out => "$home/out.log", err => "$home/error.log");
	Testbed::wait_for_port($port, $pid, "$home/error.log");
	my $scheme = $name eq 'lighttpd' ? 'http' : 'https';
	return { pid => $pid, log => "$home/error.log",
		url => "$scheme://localhost:$port" . ($name eq 'h2o' ? '' : '/mixpanel') };
}

1;

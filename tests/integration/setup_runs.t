#!/usr/bin/env perl
# What `mixspool setup` prints is run, on a machine with systemd, for each web server,
# to a URL that takes a POST; again, which changes nothing; and beside a site that is
# there already.

use strict;
use warnings;
use Machine;
use Test::More;
use Testbed;

my $why = machine();
plan skip_all => $why =~ s/\n\z//r if defined $why;

my $host = 'hooks.example.com';
our $url = "https://$host/mixpanel";
my $all = join ' ', grep { !(inside("command -v $_"))[0] } qw(nginx apache2 lighttpd caddy haproxy h2o);
my $own = "/etc/mixspool/tls/$host.pem";

inside_ok(<<"END");
cd @{[top()]} && make -s BUILD=@{[$ENV{BUILD} // 'build']} install
echo 127.0.0.1 $host >>/etc/hosts
useradd -m ops
END

sub setup {
	my ($server, $piped) = @_;
	return inside("mixspool setup --server $server $host | SUDO_USER= " . ($piped // 'sh'));
}

# The status of a POST, trusting this certificate.
sub post {
	my ($certificate, $secret) = @_;
	my $user = defined $secret ? "-u mixpanel:$secret" : '';
	return inside_ok("curl -s -o /dev/null -w '%{http_code}' --cacert $certificate $user -d 'users=[]' $url");
}

# It takes its time, and has been seen at work; in Debian it is a package of its own.
my $doctor = '/usr/local/libexec/mixspool/mixspool-doctor';
sub hide_doctor { return inside_ok("mv $doctor $doctor.away") }
sub show_doctor { return inside_ok("mv $doctor.away $doctor") }

# All that a run may change.
sub state {
	return inside_ok("find /etc/mixspool /etc/systemd /etc/{nginx,apache2,lighttpd,caddy,haproxy,h2o}"
		. " /var/spool/mixspool ! -type d ! -path '*/.journal/*' | sort"
		. " | xargs -d '\\n' sha256sum 2>/dev/null; stat -c '%a %U %G %n' /etc/mixspool/* /run/mixspool/*");
}

my $secret;

sub check_server {
	my ($server, $shown) = @_;
	inside_ok("systemctl stop $all; systemctl start $server");
	my ($status, $output) = setup($server);
	is $status, 0, "$server: the script" or diag $output;
	like $output, qr/\bsigns itself, so Mixpanel will refuse it\b/, '... says what the certificate is';
	chomp($secret = inside_ok('cat /etc/mixspool/secret'));
	like $secret, qr/\A[0-9a-f]{48}\z/, '... there is a secret';
	unlike $output, qr/$secret/, '... which it does not print';
	is post($own, $secret), 200, '... a POST with the secret is taken';
	is post($own), 401, '... one without it is not';
	isnt +(inside("curl -s -d 'users=[]' http://$host/mixpanel -f"))[0], 0, '... nor one without TLS';
	like $output, qr/^ok +form /m, '... doctor says so, too';
	my $before = state();
	hide_doctor();
	($status, $output) = setup($server);
	is $status, 0, '... once more, without doctor';
	like $output, qr/doctor is not installed/, '... which it says';
	like $output, qr/is there already, and stays/, '... the file is there';
	unlike $output, qr/does not name/, '... for this host';
	is state(), $before, '... and nothing has changed';
	return;
}

subtest 'nginx' => sub {
	check_server('nginx');
	is inside_ok('stat -c "%a %U %G" /etc/mixspool/secret'), "640 root mixspool\n", "the secret's mode";
	is inside_ok("stat -c '%a %U' ${\ ($own =~ s/pem\z/key/r)}"), "600 root\n", "the key's mode";
	is inside_ok('stat -c "%a %U" /run/mixspool/mixspool.sock'), "600 www-data\n", 'the socket';
	my $script = "su ops -c 'mixspool setup --server nginx $host'";
	like inside_ok($script), qr/^usermod -aG mixspool ops$/m, 'who called may take the lines';
	is +(inside("$script | sh"))[0], 0, '... after it has run';
	like inside_ok('id ops'), qr/\bmixspool\b/, '... and may';
};

# A certificate of certbot's comes later: a real one takes the place of the other.
subtest 'a certificate' => sub {
	my $file = '/etc/nginx/conf.d/mixspool.conf';
	inside_ok(<<"END");
sed -i 's|#allow 192.0.2.0/24;|allow 127.0.0.0/8; # ours|' $file
mkdir -p /etc/letsencrypt/live/$host && cd /etc/letsencrypt/live/$host
openssl req -x509 -newkey rsa:2048 -nodes -days 60 -subj /CN=test -addext subjectAltName=DNS:$host \\
	-keyout privkey.pem -out fullchain.pem 2>/dev/null
cat fullchain.pem >>/etc/ssl/certs/ca-certificates.crt
END
	my ($status, $output) = setup('nginx');
	is $status, 0, 'the script' or diag $output;
	unlike $output, qr/signs itself/, '... does not complain any more';
	my $live = "/etc/letsencrypt/live/$host/fullchain.pem";
	is post($live, $secret), 200, '... that certificate is in use';
	like inside_ok("cat $file"), qr/# ours/, '... and what was changed by hand stays';
	inside_ok("rm -r /etc/letsencrypt/live; rm $file");
	is +(setup('nginx'))[0], 0, 'without it';
	is post($own, $secret), 200, '... the other one is in use again';
};

subtest 'another host' => sub {
	my ($status, $output) = inside('mixspool setup --server nginx other.example.com | sh');
	is $status, 0, 'the script' or diag $output;
	like $output, qr{mixspool\.conf is there already, and stays\n.* does not name other\.example\.com: }, '... says what is in the way';
};

show_doctor();
subtest 'Apache' => sub { check_server('apache2') };

# The others, without doctor. Those that are installed and which systemd can start.
for my $server (qw(lighttpd haproxy h2o)) {
	subtest $server => sub {
		plan skip_all => "$server is not installed" if (inside("command -v $server"))[0];
		inside_ok("systemctl stop $all");
		local $url = "https://$host/" if $server eq 'h2o';
		my ($status, $output) = setup($server);
		is $status, 0, 'the script' or diag $output;
		is post($own, $secret), 200, '... a POST with the secret is taken';
		is post($own), 401, '... one without it is not';
		unlike inside_ok("curl -s -o /dev/null -w '%{http_code}' -d 'users=[]' http://$host/mixpanel || true"),
		    qr/200|401/, '... nor one without TLS';
		my $before = state();
		($status, $output) = setup($server);
		is $status, 0, '... once more' or diag $output;
		is state(), $before, '... and nothing has changed';
		return if $server eq 'lighttpd';
		my ($file) = $output =~ m{^setup: (\S+) is there already}m or die $output;
		inside_ok("cp $file.before-mixspool $file && echo '# mine' >>$file");
		($status, $output) = setup($server);
		is $status, 1, '... a file with sections of somebody else: exit 1';
		like $output, qr/\Q$file\E has \w+ of yours/, '... says so';
		is inside_ok("tail -n 1 $file"), "# mine\n", '... and leaves it';
	};
}

# It would fetch a certificate.
subtest 'caddy' => sub {
	plan skip_all => 'Caddy is not installed' if (inside('command -v caddy'))[0];
	inside_ok("systemctl stop $all; sed -i '1i {\\n\\tlocal_certs\\n\\tskip_install_trust\\n}' /etc/caddy/Caddyfile");
	my ($status, $output) = setup('caddy');
	is $status, 0, 'the script' or diag $output;
	wait_until { (inside("curl -sk -o /dev/null $url"))[0] == 0 } 'its certificate';
	is inside_ok("curl -sk -o /dev/null -w '%{http_code}' -u mixpanel:$secret -d 'users=[]' $url"), 200,
	    '... a POST with the secret is taken';
	is inside_ok("curl -sk -o /dev/null -w '%{http_code}' -d 'users=[]' $url"), 401, '... one without it is not';
	my $before = state();
	is +(setup('caddy'))[0], 0, '... once more';
	is state(), $before, '... and nothing has changed';
};

# A server for the same name: the second one would never be asked.
sub check_refused {
	my ($server, $file, $text, $message) = @_;
	inside_ok("systemctl stop $all; rm -f $file /etc/apache2/sites-enabled/mixspool.conf");
	my $site = $file =~ s/mixspool/aaa-mine/r;
	spew(at($site), $text);
	inside_ok("a2ensite -q aaa-mine") if $server eq 'apache2';
	inside_ok("systemctl start $server");
	my ($status, $output) = setup($server);
	is $status, 1, "$server, another site has the name: exit 1";
	like $output, $message, '... says so';
	is +(inside("test -e $file"))[0], 1, '... its file is away';
	is +(inside("test -e $file.refused"))[0], 0, '... aside';
	is +(inside("systemctl restart $server"))[0], 0, '... and the server starts as before';
	inside_ok("rm $site");
	return;
}

my ($certificate, $key) = ($own, $own =~ s/pem\z/key/r);
subtest 'a site that is there' => sub {
	check_refused('nginx', '/etc/nginx/conf.d/mixspool.conf', <<"END", qr/nginx has a server for \Q$host\E already/);
server { listen 443 ssl; server_name $host; ssl_certificate $certificate; ssl_certificate_key $key; }
END
	check_refused('apache2', '/etc/apache2/sites-available/mixspool.conf', <<"END", qr/Apache has \Q$host\E already, in \S*aaa-mine\.conf/);
<VirtualHost *:443>
ServerName $host
SSLEngine on
SSLCertificateFile $certificate
SSLCertificateKeyFile $key
</VirtualHost>
END
	inside_ok('a2dissite -q aaa-mine');
};

# A configuration that is broken elsewhere: the server that runs goes on.
subtest 'a server that is broken' => sub {
	inside_ok('rm -f /etc/nginx/conf.d/*; systemctl stop apache2; systemctl start nginx');
	spew(at('/etc/nginx/conf.d/broken.conf'), "nonsense;\n");
	my ($status, $output) = setup('nginx');
	is $status, 1, 'exit 1';
	like $output, qr/nginx does not take it; see \S+\.refused/, '... says so';
	is +(inside('systemctl is-active nginx'))[0], 0, '... nginx still runs';
};
done_testing;

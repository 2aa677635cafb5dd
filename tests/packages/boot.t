#!/usr/bin/env perl
# The packages in a bare Debian that systemd has booted: installed and set up behind
# nginx by the lines of the README, upgraded, removed and purged under load.

use strict;
use warnings;
use Machine;
use Test::More;
use Testbed;
use Time::HiRes qw(time);

$ENV{MACHINE_ROOT} = $ENV{BARE};
my $why = machine();
plan skip_all => $why =~ s/\n\z//r if defined $why;

my $spool = '/var/spool/mixspool';
my $url = 'https://hooks.example.com/mixpanel';
my ($readme) = slurp(top() . '/README.md') =~ /^## Install\n(.*?)^## /ms;

# The README's block that has TEXT.
sub commands {
	my ($text) = @_;
	my ($block) = grep { /\Q$text\E/ } $readme =~ /^```sh\n(.*?)^```/msg;
	die "the README has no $text" if !defined $block;
	return "set -e\n$block";
}

# What the README takes for granted: sudo, an editor, and a name with a certificate.
sub furnish {
	spew(at('/usr/local/sbin/sudo'), "#!/bin/sh\nexec \"\$@\"\n");
	spew(at('/usr/local/sbin/editor'), <<'END');
#!/bin/sh
exec sed -i -e 's|/etc/letsencrypt/.*/fullchain.pem|/etc/ssl/test.pem|' \
	-e 's|/etc/letsencrypt/.*/privkey.pem|/etc/ssl/test.key|' "$1"
END
	inside_ok(<<'END');
chmod 755 /usr/local/sbin/*
rm -f /usr/sbin/policy-rc.d
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test \
	-addext subjectAltName=DNS:hooks.example.com \
	-keyout /etc/ssl/test.key -out /etc/ssl/test.pem
echo 127.0.0.1 hooks.example.com >>/etc/hosts
cp /etc/ssl/test.pem /usr/local/share/ca-certificates/test.crt
update-ca-certificates
systemctl enable --now nginx
mkdir -p /root/build/deb && cp /srv/new/*.deb /root/build/deb
END
	return;
}

# Installs the packages of a folder.
sub install { return inside_ok("apt-get install -qy /srv/$_[0]/*.deb 2>&1") }

sub post {
	my ($id) = @_;
	return inside_ok("curl -s -m 60 -o /dev/null -w '%{http_code}' --data-urlencode"
		. " 'users=[@{[user($id)]}]' $url");
}

# Three clients post one user after the other while a subroutine runs, and each has an
# answer before it and after it. Returns the statuses by the users' ids.
my $loads = 0;

sub load {
	my ($done) = @_;
	my $folder = '/tmp/load' . $loads++;
	inside_ok(<<"END");
mkdir $folder
for client in 1 2 3; do
	systemd-run -q --unit load-\$client --collect bash -c '
		for (( n = 1; ; n++ )); do
			[ ! -e $folder/stop ] || exit 0
			id=$loads-'\$client'-\$n
			echo "\$id \$(curl -s -o /dev/null -m 60 -w "%{http_code}" -d \\
				"users=[{\\"\\\$distinct_id\\":\\"\$id\\",\\"\\\$properties\\":{}}]" $url)"
		done >$folder/'\$client
done
END
	my @files = map { at("$folder/$_") } 1 .. 3;
	my $more = sub {
		my @before = map { -s $_ // 0 } @files;
		wait_until { !grep { (-s $files[$_] // 0) <= $before[$_] } 0 .. 2 } 'the clients to post';
	};
	$more->();
	$done->();
	$more->();
	spew(at("$folder/stop"), '');
	wait_until {
		inside_ok('systemctl list-units --plain --no-legend "load-*"') eq ''
	} 'the clients to end', 90;
	return map { /^(\S+) (\d+)$/mg } map { slurp($_) } @files;
}

# The users of a load that are in the spool, or were handed over to a file: each that got
# 200, and each once. Returns the statuses of the others.
sub check_load {
	my ($what, $taken, %got) = @_;
	my %there;
	$there{$_}++ for map { /"\$distinct_id":"($loads-\d-\d+)"/ }
	    lines_in(at($spool)), -e at($taken) ? split(/\n/, slurp(at($taken))) : ();
	is_deeply [grep { $got{$_} == 200 && !$there{$_} } sort keys %got], [],
	    "$what: each of the " . scalar(keys %got) . ' POSTs that got 200 is there';
	is_deeply [grep { $there{$_} != 1 } sort keys %there], [], '... once';
	return [grep { $_ != 200 } values %got];
}

# A 200 on what `mixspool setup` has made is one that doctor has got by a POST.
subtest 'the installation by setup' => sub {
	furnish();
	my $start = time;
	inside_ok('cd /root && ' . commands('./build/deb/') =~ s/^.*\bmake\b.*\n//mrg);
	my $output = inside_ok(commands('mixspool setup'));
	my $seconds = time - $start;
	like $output, qr/^ok +form /m, 'doctor gets its 200';
	cmp_ok $seconds, '<', 60, sprintf '... within a minute: %.1f s', $seconds;
	diag sprintf 'from nginx to a 200: %.1f s', $seconds;
	my $secret = inside_ok('cat /etc/mixspool/secret') =~ s/\n//r;
	is inside_ok("curl -sk -o /dev/null -w '%{http_code}' -d 'users=[]' $url"), 401, 'there is a secret';
	is inside_ok("curl -sk -o /dev/null -w '%{http_code}' -u mixpanel:$secret -d 'users=[]' $url"), 200,
	    '... with which a POST is taken';
	inside_ok(<<'END');
apt-get purge -qy 'mixspool*' && rm -rf /var/spool/mixspool /etc/mixspool /etc/nginx/conf.d/mixspool.conf \
	/etc/systemd/system/mixspool.*
systemctl daemon-reload && systemctl reload nginx
END
};

subtest 'the installation as in the README' => sub {
	my $start = time;
	inside_ok('cd /root && ' . commands('./build/deb/') =~ s/^.*\bmake\b.*\n//mrg);
	is unit('mixspool.socket', 'ActiveState'), 'active', 'the socket is there';
	is inside_ok('curl -s -k -o /dev/null -w "%{http_code}" http://localhost/mixpanel'), 404,
	    '... and nobody can reach it';
	is unit('mixspool.socket', 'Listen'), '/run/mixspool/mixspool.sock (Stream)',
	    '... by the network';
	inside_ok('cd /usr/share/doc/mixspool && ' . commands('nginx -t'));
	wait_until { (inside("curl -s -o /dev/null $url"))[0] == 0 } 'the web server';
	# Warnings: a certificate of two days, and no secret yet.
	my $first = inside_ok(commands('--sample 3')
		=~ s/^(mixspool doctor .*)/$1 || [ \$? -eq 1 ]/mr);
	my $seconds = time - $start;
	like $first, qr/^answers: 1 with 200$/m, 'the first POST';
	is scalar(() = $first =~ /^\{"\$distinct_id":/mg), 3, '... its users';
	cmp_ok $seconds, '<', 60, sprintf '... within a minute: %.1f s', $seconds;
	my $log = inside_ok('journalctl -q -o cat -u mixspool');
	like $log, qr/^mixspool\.fcgi: ready/m, 'the service is ready';
	unlike $log, qr/goes without/, '... in its sandbox';
};

subtest 'an upgrade under load' => sub {
	# The older version is what is there now.
	inside_ok("apt-get purge -qy 'mixspool*' && rm -rf $spool/default/new/*");
	install('old');
	my $pid;
	my %got = load(sub {
		post("waits $_") for 1 .. 3;
		$pid = unit('mixspool.service', 'MainPID');
		inside_ok("systemd-run -q --unit slow --collect mixspool drain $spool --"
			. " sh -c 'cat >>/tmp/taken && echo >/tmp/began && while [ ! -e /tmp/go ]; do sleep 0.1; done'");
		wait_until { -e at('/tmp/began') } 'the drain to begin';
		install('new');
		spew(at('/tmp/go'), '');
		wait_until { inside_ok('systemctl list-units --plain --no-legend slow.service') eq '' }
		    'the drain to end';
	});
	is_deeply check_load('an upgrade', '/tmp/taken', %got), [], '... and none was refused';
	isnt unit('mixspool.service', 'MainPID'), $pid, 'the service was started again';
	like slurp(at('/tmp/taken')), qr/"waits $_"/, "the drain took what waited: $_" for 1 .. 3;
	inside_ok("mixspool drain $spool -- cat >/dev/null");
};

subtest 'a removal and an installation under load' => sub {
	my %got = load(sub {
		inside_ok("apt-get remove -qy 'mixspool*'");
		is post('nobody'), 503, 'without the package: 503';
		install('new');
		is post('somebody'), 200, 'with it: 200';
	});
	my $refused = check_load('a removal', '/tmp/none', %got);
	is_deeply [grep { !/^50[23]$/ } @$refused], [], '... and all others got 503';
	is unit('mixspool.socket', 'SubState'), 'running', 'the socket';
	is inside_ok('stat -c %U /run/mixspool/mixspool.sock'), "www-data\n", '... of the web server';
};

subtest 'a purge' => sub {
	my $output = inside_ok("apt-get purge -qy 'mixspool*' 2>&1");
	like $output, qr/^mixspool: the spool \Q$spool\E stays/m, 'it says that the spool stays';
	ok !-e at('/run/mixspool'), '... and nothing of the socket does';
	is inside_ok("systemctl list-units --all --plain --no-legend 'mixspool*'"), '',
	    '... nor a unit';
};

done_testing;

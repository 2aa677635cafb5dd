#!/usr/bin/env perl
# A real systemd: the units as `make install` leaves them and the README has them set up,
# through boots, restarts, crashes, bad settings, full disks and cron, behind nginx and
# all three ways of Apache.

use strict;
use warnings;
use Machine;
use Test::More;
use Testbed;

my $why = machine();
plan skip_all => $why =~ s/\n\z//r if defined $why;

my $spool = '/var/spool/mixspool';
my $url = 'https://hooks.example.com/mixpanel';
my %readme = map { /^(.*?)\n(.*)/s } split /^## /m, slurp(top() . '/README.md');

# The commands below a heading of the README: those of the block that has TEXT.
sub commands {
	my ($heading, $text) = @_;
	my ($block) = grep { /\Q$text\E/ } $readme{$heading} =~ /^```sh\n(.*?)^```/msg;
	die "the README has no $text below $heading" if !defined $block;
	return 'cd ' . top() . " && set -e\n$block";
}

# The status of a POST of users with these ids, to this campaign's path.
sub post {
	my ($path, @ids) = @_;
	my $users = join ',', map { user($_) } @ids;
	my $answer = inside_ok("curl -s -m 60 -w '\\n%{http_code}' --data-urlencode 'users=[$users]' $url$path");
	return $answer =~ s/\A.*\n//sr;
}

sub stored { return scalar lines_in(at($spool), @_) }

sub modes {
	return inside_ok("stat -c '%a %U %G %n' $spool $spool/*");
}

sub journal { return inside_ok("journalctl -q -o cat $_[0]") }

sub drop_in {
	my ($unit, $text) = @_;
	inside_ok("mkdir -p /etc/systemd/system/$unit.d");
	if (defined $text) {
		spew(at("/etc/systemd/system/$unit.d/test.conf"), $text);
	} else {
		unlink at("/etc/systemd/system/$unit.d/test.conf");
	}
	inside_ok('systemctl daemon-reload');
	return;
}

# Calls a subroutine so many times while three clients post one user after the other;
# each client gets an answer in between. Returns the statuses by the user's id.
my $loads = 0;

sub load {
	my ($times, $done) = @_;
	my $folder = '/tmp/load' . $loads++;
	inside_ok(<<"END");
mkdir $folder
for client in 1 2 3; do
	systemd-run -q --unit load-\$client --collect bash -c '
		for (( n = 1; ; n++ )); do
			[ ! -e $folder/stop ] || exit 0
			id=$loads-'\$client'-\$n
			echo "\$id \$(curl -s --cacert /etc/ssl/test.pem -o /dev/null -m 60 -w "%{http_code}" -d \\
				"users=[{\\"\\\$distinct_id\\":\\"\$id\\",\\"\\\$properties\\":{}}]" $url)"
		done >$folder/'\$client
done
END
	my @files = map { at("$folder/$_") } 1 .. 3;
	for (1 .. $times) {
		my @before = map { -s $_ // 0 } @files;
		wait_until { !grep { (-s $files[$_] // 0) <= $before[$_] } 0 .. 2 } 'the clients to post';
		$done->();
	}
	spew(at("$folder/stop"), '');
	wait_until {
		inside_ok('systemctl list-units --plain --no-legend "load-*"') eq ''
	} 'the clients to end', 90;
	return map { /^(\S+) (\d+)$/mg } map { slurp($_) } @files;
}

# Each user whose POST got 200 is in the spool, and nobody is there twice. Returns the
# users whose POSTs did not.
sub check_load {
	my ($what, %got) = @_;
	my %there;
	$there{$_}++ for map { /"\$distinct_id":"($loads-\d-\d+)"/ } lines_in(at($spool));
	my @lost = grep { $got{$_} == 200 && !$there{$_} } sort keys %got;
	is_deeply \@lost, [], "$what: each of the " . scalar(keys %got)
	    . ' POSTs that got 200 is in the spool';
	is scalar(grep { $_ != 1 } values %there), 0, '... once';
	my @refused = grep { $got{$_} != 200 } sort keys %got;
	return @refused;
}

sub check_units {
	my ($what) = @_;
	is post('', 'after'), 200, "$what: a POST";
	is unit('mixspool.socket', 'SubState'), 'running', '... through the socket';
	is unit('mixspool.service', 'ActiveState'), 'active', '... to the service';
	return;
}

# systemctl returns before nginx or Apache listens.
sub wait_for_web_server {
	wait_until { (inside("curl -s -o /dev/null $url"))[0] == 0 } 'the web server';
	return;
}

# What the README takes for granted: sudo, an editor, a web server that runs, and a name
# with a certificate. The packages are installed already.
sub furnish {
	spew(at('/usr/local/sbin/sudo'), "#!/bin/sh\nexec \"\$@\"\n");
	spew(at('/usr/local/sbin/apt-get'), "#!/bin/sh\n");
	spew(at('/usr/local/sbin/editor'), <<'END');
#!/bin/sh
exec sed -i -e 's|# \(listen \[::\]:443 ssl;\).*|\1|' \
	-e 's|/etc/letsencrypt/.*/fullchain.pem|/etc/ssl/test.pem|' \
	-e 's|/etc/letsencrypt/.*/privkey.pem|/etc/ssl/test.key|' "$1"
END
	inside_ok(<<'END');
chmod 755 /usr/local/sbin/*
rm -f /usr/sbin/sendmail
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test \
	-addext subjectAltName=DNS:hooks.example.com \
	-keyout /etc/ssl/test.key -out /etc/ssl/test.pem
echo 127.0.0.1 hooks.example.com >>/etc/hosts
cat /etc/ssl/test.pem >>/etc/ssl/certs/ca-certificates.crt
systemctl enable --now nginx cron
END
	return;
}

subtest 'the installation as in the README' => sub {
	furnish();
	inside_ok("export BUILD=@{[$ENV{BUILD} // 'build']}\n"
		. commands('Install', 'make install'));
	inside_ok(commands('Install', 'nginx -t'));
	wait_for_web_server();
	# Warnings: a certificate of two days, and no secret yet.
	my $first = inside_ok(commands('Install', '--sample 3')
		=~ s/^(mixspool doctor .*)/$1 || [ \$? -eq 1 ]/mr);
	like $first, qr/^answers: 1 with 200$/m, 'the first POST';
	is scalar(() = $first =~ /^\{"\$distinct_id":/mg), 3, '... its users';
	is modes(), <<"END", 'the spool belongs to mixspool and its group';
2770 mixspool mixspool $spool
2770 mixspool mixspool $spool/default
END
	# For the test of cron, below, a campaign of its own.
	inside_ok("mixspool init -g mixspool $spool vip && useradd -m ops");
	my ($join) = $readme{'Take the lines'} =~ /`(sudo usermod -aG mixspool\s+USER)`/
	    or die 'the README has no usermod';
	my ($crontab) = $readme{'Take the lines'} =~ /^```crontab\n(.*?)^```/ms;
	$crontab =~ s{^\*/5}{*}m;
	$crontab =~ s{ \Q$spool\E\K }{/vip };
	# Without a mail program cron drops what the first one reports.
	$crontab .= "* * * * *  mixspool drain $spool/none -- cat\n"
	    . "* * * * *  systemd-cat -t mixspool mixspool drain $spool/nowhere -- cat\n"
	    . "* * * * *  mixspool drain --log syslog $spool/elsewhere -- cat\n";
	spew(at('/tmp/crontab'), $crontab);
	inside_ok($join =~ s/\s+USER/ ops/r . ' && crontab -u ops /tmp/crontab');
	is post('/vip', 'by cron'), 200, 'a POST to another campaign';

	my $log = journal('-u mixspool');
	like $log, qr/^mixspool\.fcgi: ready/m, 'the journal: it is ready';
	unlike $log, qr/goes without/, '... in its sandbox';
	my $status = slurp(at('/proc/' . unit('mixspool.service', 'MainPID') . '/status'));
	like $status, qr/^Seccomp:\t2$/m, 'system calls are filtered';
	like $status, qr/^NoNewPrivs:\t1$/m, '... for good';
};

subtest 'an upgrade and restarts under load' => sub {
	my %got = load(1, sub {
		inside_ok("cd @{[top()]} && make -s BUILD=@{[$ENV{BUILD} // 'build']} install");
	});
	is_deeply [check_load('make install', %got)], [], '... and no POST was refused';
	%got = load(10, sub { inside_ok('systemctl restart mixspool') });
	is_deeply [check_load('10 restarts', %got)], [], '... and no POST was refused';
	check_units('afterwards');
};

subtest 'crashes under load' => sub {
	my %got = load(8, sub { inside_ok('systemctl kill -s KILL mixspool') });
	my @refused = check_load('8 kills', %got);
	is_deeply [grep { $got{$_} != 503 } @refused], [], '... the others got 503';
	cmp_ok scalar(@refused), '<=', 8 * 3, '... which were in hand: ' . @refused;
	check_units('afterwards');
};

subtest 'a process that hangs' => sub {
	is unit('mixspool.service', 'WatchdogUSec'), '30s', 'the unit has a watchdog';
	drop_in('mixspool.service', "[Service]\nWatchdogSec=2\n");
	inside_ok('systemctl restart mixspool');
	my $restarts = unit('mixspool.service', 'NRestarts');
	wait_until {
		unit('mixspool.service', 'WatchdogTimestampMonotonic') / 1e6
		    > unit('mixspool.service', 'ActiveEnterTimestampMonotonic') / 1e6 + 3
	} 'more signs of life than the start';
	is unit('mixspool.service', 'NRestarts'), $restarts, '... lets it run';
	inside_ok('kill -STOP $(systemctl show -P MainPID mixspool)');
	is post('', 'hung'), 200, '... and a POST waits for another process';
	is unit('mixspool.service', 'NRestarts'), $restarts + 1, '... which systemd starts';
	like journal('-u mixspool -n 10'), qr/Watchdog timeout/, '... after its time';
	drop_in('mixspool.service');
	inside_ok('systemctl restart mixspool');
};

# A POST waits while the service cannot start, over some failures, and is answered once
# it can. Nobody restarts anything.
sub check_start_fails {
	my ($what, $times, $from, $break, $message, $mend) = @_;
	$break->();
	my ($status, $output) = inside('systemctl restart mixspool');
	isnt $status, 0, "$what: systemctl restart fails";
	like journal('-u mixspool -n 10'), $message, '... and the journal says why';
	my $failures = unit('mixspool.service', 'NRestarts');
	inside_ok("rm -f /tmp/waited; systemd-run -q --collect sh -c \"curl -s -m 60 -w '%{http_code}' "
		. "-o /dev/null -d 'users=[]' $from >/tmp/waiting && mv /tmp/waiting /tmp/waited\"");
	wait_until { unit('mixspool.service', 'NRestarts') >= $failures + $times }
	    'failing starts';
	ok !-e at('/tmp/waited'), '... a POST waits';
	$mend->();
	wait_until { -e at('/tmp/waited') } 'the answer';
	is slurp(at('/tmp/waited')), 200, '... until it can start';
	return;
}

subtest 'a setting that is wrong' => sub {
	# Five within ten seconds are systemd's own limit.
	check_start_fails('a wrong setting', 6, $url,
		sub { drop_in('mixspool.service', "[Service]\nEnvironment=MIXSPOOL_MAX_BODY=lots\n") },
		qr/mixspool\.fcgi: .*MIXSPOOL_MAX_BODY/,
		sub { drop_in('mixspool.service') });
	check_units('afterwards');
};

subtest 'a disk that is not there' => sub {
	my $disk = sub {
		spew(at('/etc/systemd/system/var-spool-mixspool.mount'), "[Mount]\nWhat=/srv/disk\n"
			. "Where=$spool\n$_[0]\n");
		inside_ok('systemctl daemon-reload');
	};
	inside_ok('mixspool init -g mixspool /srv/disk');
	check_start_fails('a disk that is not there', 2, $url, sub { $disk->('Type=nothing') },
		qr/A dependency job for mixspool-mounts\.target failed/,
		sub { $disk->('Options=bind') });
	check_units('afterwards');
	like slurp($_), qr/"after"/, '... whose user is on that disk'
	    for batches_in(at('/srv/disk'));
	inside_ok(<<"END");
systemctl stop mixspool.socket && umount $spool
rm /etc/systemd/system/var-spool-mixspool.mount
systemctl daemon-reload && systemctl start mixspool.socket
END
	check_units('without that disk');
};

# The URL with a secret.
sub with { return $url =~ s{//}{//mixpanel:$_[0]@}r }

sub post_secret {
	my ($secret) = @_;
	return inside_ok("curl -s -o /dev/null -w '%{http_code}' -d 'users=[]' " . with($secret));
}

subtest 'a secret' => sub {
	my $last = inside_ok(commands('Secret', 'openssl rand'));
	like $last, qr{^HTTP/\S+ 401 }m, 'the commands of the README end with a 401';
	is post(''), 401, 'without the secret: 401';
	chomp(my $secret = slurp(at('/etc/mixspool/secret')));
	is post_secret($secret), 200, 'with it: 200';

	inside_ok('printf "another\n" >/etc/mixspool/secret && systemctl reload mixspool');
	wait_until { journal('-u mixspool -n 5') =~ /the secret was read again/ } 'the other secret';
	is post_secret('another'), 200, 'after a reload: another secret';
	is post_secret($secret), 401, '... and not the one before';
	inside_ok('chmod 644 /etc/mixspool/secret && systemctl reload mixspool');
	wait_until { journal('-u mixspool -n 5') =~ /others can read .*; the one before stays/ }
	    'the message';
	is post_secret('another'), 200, 'a secret that cannot be used leaves the one before';
	inside_ok('chmod 640 /etc/mixspool/secret');

	check_start_fails('a missing secret', 2, with('another'),
		sub { inside_ok('mv /etc/mixspool/secret /etc/mixspool/moved') },
		qr/cannot use the secret that MIXSPOOL_SECRET_FILE names: No such file/,
		sub { inside_ok('mv /etc/mixspool/moved /etc/mixspool/secret') });

	# A credential is a copy that only the service can read.
	inside_ok(<<'END');
chmod 600 /etc/mixspool/secret && chgrp root /etc/mixspool/secret
cat >/etc/systemd/system/mixspool.service.d/secret.conf <<'TEXT'
[Service]
LoadCredential=secret:/etc/mixspool/secret
Environment=MIXSPOOL_SECRET_FILE=%d/secret
TEXT
systemctl daemon-reload && systemctl restart mixspool
END
	is post_secret('another'), 200, "a credential of root's file";
	is post(''), 401, '... counts';
	inside_ok('rm /etc/systemd/system/mixspool.service.d/secret.conf'
		. ' && systemctl daemon-reload && systemctl restart mixspool');
	check_units('without a secret');
};

subtest "another web server's user" => sub {
	drop_in('mixspool.socket', "[Socket]\nSocketUser=nobody\n");
	inside_ok('systemctl restart mixspool');
	my $owner = "stat -c %U /run/mixspool/mixspool.sock";
	is inside_ok($owner), "www-data\n", 'a restart of the service does not change the socket';
	inside_ok('systemctl restart mixspool.socket');
	is inside_ok($owner), "nobody\n", '... one of the socket does';
	is post(''), 503, '... and www-data gets 503';
	drop_in('mixspool.socket');
	inside_ok('systemctl restart mixspool.socket');
	check_units('and back');
	inside_ok('systemctl restart mixspool.socket') for 1 .. 6;
	check_units('and 6 restarts later');
	inside_ok('systemctl stop mixspool.socket');
	is unit('mixspool.service', 'ActiveState'), 'inactive', 'a stop of the socket stops both';
	is post(''), 503, '... and POSTs are refused';
	inside_ok('systemctl start mixspool.socket');
	check_units('started again');
};

subtest 'a full disk' => sub {
	inside_ok(<<"END");
systemctl stop mixspool.socket
mount -t tmpfs -o size=70m tmpfs $spool
systemd-tmpfiles --create
systemctl start mixspool.socket
{ printf 'users=[{"\$distinct_id":"large","\$properties":{"x":"'; head -c 900000 /dev/zero | tr '\\0' x
	printf '"}}]'; } >/tmp/large
END
	my $posts = 0;
	my $large = "curl -s -w '\\n%{http_code}' --data-binary \@/tmp/large $url";
	my $answer;
	do { $answer = inside_ok($large) } while $answer =~ /\n200\z/ && ++$posts < 100;
	like $answer, qr/MIXSPOOL_MIN_FREE.*\n503\z/s, "after $posts users: 503";
	is inside_ok("mixspool drain $spool -- wc -l"), "$posts\n", 'drained: all are there';
	is post('', 'after'), 200, '... and there is room again';
	inside_ok("systemctl stop mixspool.socket && umount $spool && systemctl start mixspool.socket");
	check_units('on its own disk');
};

sub use_web_server {
	my ($server) = @_;
	inside_ok("systemctl stop nginx apache2 && systemctl start $server");
	return;
}

subtest 'Apache, with the service' => sub {
	use_web_server('apache2');
	inside_ok(commands('Install', 'a2enmod'));
	wait_for_web_server();
	is post($_, 'by Apache'), 200, "a POST to $url$_" for '/vip', '';
	inside_ok('systemctl stop mixspool.socket');
	is post(''), 503, '... through the socket';
	inside_ok('systemctl start mixspool.socket');
	use_web_server('nginx');
	wait_for_web_server();
};

# Set up in the first test. cron runs jobs once a minute.
subtest 'cron' => sub {
	my $users = "su ops -c 'sqlite3 \$HOME/users.db \"SELECT id FROM users\"'";
	wait_until { (inside($users))[1] =~ /^by cron$/m } 'cron', 90;
	ok !grep(/"by cron"/, lines_in(at($spool), 'vip')), 'a drain by cron has taken its user';
	wait_until { 2 == grep { journal('-t mixspool') =~ /$_/ } qw(nowhere elsewhere) }
	    'the messages of drains';
	like journal('-u cron'), qr/No MTA installed, discarding output/,
	    'without a mail program cron drops messages';
	like journal('-t mixspool'), qr/^mixspool drain: .*nowhere/m, '... unless by systemd-cat';
	like journal('-t mixspool'), qr/drain: .*elsewhere/m, '... or with --log syslog';
};

# The other two ways of apache-example.conf. Apache starts the program as www-data, and
# the spool belongs to that group.
subtest 'Apache starts it, also after a boot' => sub {
	inside_ok("mixspool init -r -g www-data $spool");
	my $modes = modes();
	like $modes, qr/^2770 mixspool www-data \S+\/default$/m, 'the spool belongs to www-data';
	boot_again();
	is modes(), $modes, '... and still does after a boot';
	wait_for_web_server();
	check_units('the service runs as well');
	inside_ok('systemctl stop mixspool.socket');
	use_web_server('apache2');
	my ($make, $check) = slurp(top() . '/apache-example.conf')
	    =~ /^# (openssl rand .*)\n(?:# .*\n)*# (curl .*)/m or die 'no steps for a secret';
	for my $way (qw(fcgid cgid)) {
		my $define = $way eq 'fcgid' ? 'MIXSPOOL_FCGID' : 'MIXSPOOL_CGI';
		inside_ok(<<"END");
sed -i 's/^#\\(\tDefine $define\\)/\\1/' /etc/apache2/sites-available/mixspool.conf
a2enmod -q $way && systemctl restart apache2
END
		wait_for_web_server();
		my $before = stored();
		is post('', $way), 200, "mod_$way: a POST";
		is post('/vip'), 200, '... and one to a campaign';
		is stored(), $before + 1, '... and its user';
		inside_ok(<<"END");
mkdir -p /etc/mixspool
$make
sed -i '/IfDefine $define>/,/IfDefine>/ { /MIXSPOOL_SECRET_FILE/ s/#// }' \\
	/etc/apache2/sites-available/mixspool.conf
systemctl restart apache2
END
		wait_for_web_server();
		like inside_ok($check), qr{^HTTP/\S+ 401 }m, '... and one without a secret';
		chomp(my $secret = slurp(at('/etc/mixspool/secret')));
		is post_secret($secret), 200, '... and one with it';
		inside_ok("sed -i 's/^\tDefine $define/#&/' /etc/apache2/sites-available/mixspool.conf");
	}
	inside_ok("systemctl start mixspool.socket && mixspool init -r -g mixspool $spool");
	use_web_server('nginx');
	wait_for_web_server();
	check_units('back to the service');
};

# A schedule of mixspool send: exit 75 is tried again, a fault for good is not.
subtest 'a timer of mixspool send' => sub {
	inside_ok(<<'END');
cp /usr/local/share/doc/mixspool/examples/mixspool-send.* /etc/systemd/system/
sed -i 's/send -q/& --retries 0/' /etc/systemd/system/mixspool-send.service
printf '{"$distinct_id":"away","$properties":{"Last login":"2000-01-01T00:00:00"}}\n' \
	>/srv/profiles.jsonl
systemctl daemon-reload
systemctl enable --now mixspool-send.timer
systemctl stop nginx
END
	like unit('mixspool-send.service', 'RestartUSec'), qr/^\d+min$/,
	    'what is left for the next run is tried again within minutes';
	drop_in('mixspool-send.service', "[Service]\nRestartSec=1\n");
	isnt +(inside('systemctl start mixspool-send'))[0], 0, 'an endpoint that is not there';
	is unit('mixspool-send.service', 'ExecMainStatus'), 75, '... is exit 75';
	my $before = stored();
	inside_ok('systemctl start nginx');
	wait_until { stored() > $before } 'the user who was away';
	wait_until { unit('mixspool-send.service', 'ActiveState') eq 'inactive' } 'its end';
	is unit('mixspool-send.service', 'Result'), 'success', '... and delivered when it is';

	inside_ok('mv /srv/profiles.jsonl /srv/elsewhere');
	isnt +(inside('systemctl start mixspool-send'))[0], 0, 'a file that is not there';
	is unit('mixspool-send.service', 'ExecMainStatus'), 66, '... is exit 66';
	is unit('mixspool-send.service', 'SubState'), 'failed', '... and not tried again';
};

subtest 'in the end' => sub {
	is post('', 'person@example.com', 'broken"'), 400, 'a POST that is refused';
	my $log = journal('-u mixspool -u mixspool.socket') . journal('_COMM=mixspool.fcgi');
	unlike $log, qr/distinct_id|\@example\.com/, 'the journal has nothing personal';
};

done_testing;

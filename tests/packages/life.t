#!/usr/bin/env perl
# The life of the packages in a bare Debian, where no systemd runs: installed, tried by
# the demo, upgraded with batches that wait and a drain under way, removed, installed
# again and purged.

use strict;
use warnings;
use Bare;
use Links;
use Test::More;
use Testbed;

my $spool = '/var/spool/mixspool';
my $names = 'mixspool mixspool-doctor mixspool-once mixspool-send';
my $install = 'apt-get install -qy --no-install-recommends';
my $has_proc = (bare('test -e /proc/self/exe'))[0] == 0;
my $socket = '/etc/systemd/system/sockets.target.wants/mixspool.socket';

# What dpkg, apt and the kernel keep is not looked at.
sub files {
	return split /\n/, bare_ok(<<'END');
find / -xdev \( -path /srv -o -path /tmp -o -path /proc -o -path /dev -o -path /run -o -path /var/log \
	-o -path /var/cache -o -path '/var/lib/dpkg/*' -o -path '/var/lib/apt/*' \) -prune \
	-o -print | LC_ALL=C sort
END
}

# A request by CGI, as the receiver's own user: its status.
sub post {
	my ($campaign, @ids) = @_;
	my $body = "users=[@{[join ',', map { user($_) } @ids]}]";
	my $answer = bare_ok(<<"END");
printf %s '$body' | env -i REQUEST_METHOD=POST CONTENT_LENGTH=@{[length $body]} \\
	CONTENT_TYPE=application/x-www-form-urlencoded PATH_INFO=/$campaign MIXSPOOL_DIR=$spool \\
	setpriv --reuid=mixspool --regid=mixspool --init-groups \\
	/usr/sbin/mixspool.fcgi
END
	return $answer =~ /^Status: (\d+)/m ? $1 : $answer;
}

sub waiting {
	my ($campaign) = @_;
	return [sort map { s/\n\z//r } lines_in(bare_path($spool), $campaign)];
}

# A batch of 0.1.0 has no count in its name.
sub put_old {
	my ($campaign, @ids) = @_;
	my $path = "$spool/$campaign/new/20261124T120000.000000Z-9f3a1c22-000000.jsonl";
	spew(bare_path($path), join '', map { user($_) . "\n" } @ids);
	bare_ok("chown mixspool: $path && chmod 640 $path");
	return;
}

sub is_installed {
	my ($package) = @_;
	return (bare("dpkg-query -W -f '\${db:Status-Status}' $package"))[1] eq 'installed';
}

sub version_of {
	my ($folder) = @_;
	my ($version) = bare_ok("ls /srv/$folder") =~ /^mixspool_(.+?)_/m;
	return $version;
}

sub stays {
	my ($batches, $others) = @_;
	return qr/^mixspool: the spool \Q$spool\E stays \(batches that wait in it: $batches, that were refused or set aside: $others\),/m;
}

# What a purge says is to be done, once it has left only the spool.
sub purge {
	my ($batches) = @_;
	my $output = bare_ok("apt-get purge -qy $names 2>&1");
	like $output, stays($batches, 0), 'a purge says that the spool stays';
	is_deeply [grep { m{mixspool} && !m{^\Q$spool\E(?:/|$)} } files()], [],
	    '... and nothing else does';
	my ($command) = $output =~ /^mixspool: .* To remove them: (.*)$/m or die $output;
	return $command;
}

subtest 'the receiver alone' => sub {
	bare_ok("apt-get -q update && $install /srv/new/mixspool_*.deb");
	ok !is_installed($_), "it does without $_"
	    for qw(libcurl4 libcurl4t64 libjq1 nginx apache2);
	is bare_ok("stat -c '%a %U %G %n' $spool $spool/*"), <<"END", 'the spool';
2770 mixspool mixspool $spool
2770 mixspool mixspool $spool/default
END
	like bare_ok('getent passwd mixspool'), qr{^mixspool:.*:\Q$spool\E:\S*/nologin$}, 'the user';
	like readlink(bare_path($socket)), qr{/systemd/system/mixspool\.socket$},
	    'the socket is there at each boot';
	is bare_ok("systemctl is-enabled mixspool.socket"), "enabled\n", '... as systemctl says';
	like slurp(bare_path('/usr/lib/systemd/system/mixspool.service')),
	    qr{^ExecStart=/usr/sbin/mixspool\.fcgi -d \Q$spool\E$}m, 'the service';
	is bare_ok('mixspool -V'), "mixspool @{[version_of('new')]}\n", 'the tool';
	is post('default', 'first'), 200, 'a POST';
	is bare_ok("mixspool drain $spool -- cat"), user('first') . "\n", '... and a drain';
	is_deeply broken_links(bare_path('/usr/share/doc/mixspool')), [],
	    'every link between the documents leads somewhere';
};

subtest 'all packages' => sub {
	bare_ok("$install /srv/new/*.deb");
	SKIP: {
		skip 'mixspool finds no program without /proc, which nobody may mount here', 4
		    if !$has_proc;
		like bare_ok("mixspool help $_"), qr/^usage: mixspool $_ /, "mixspool $_"
		    for qw(doctor members once send);
	}
	is bare_ok("dpkg -L $names | grep -E '^/usr/(share|lib)/' | xargs -d '\\n' grep -IlF -d skip /usr/local || true"),
	    '',
	    'no unit and no document names a path of make install';
	is bare_ok("dpkg --verify $names"), '', 'every file is as it was packed';
};

subtest 'the demo' => sub {
	plan skip_all => 'nobody may mount /proc here' if !$has_proc;
	my ($packages) = slurp(top() . '/packaging/debian/tests/control') =~ /^Depends:\n(.*?)^\w/ms;
	$packages =~ s/mixspool[^,]*//g;
	# ca-certificates is for boot.t, which has no network.
	bare_ok("$install ca-certificates " . $packages =~ tr/,\n/  /r);
	my $demo = bare_ok(<<'END');
cp -a /srv/source /tmp/demo && cd /tmp/demo
mkdir -m 777 /tmp/autopkgtest
setpriv --reuid=nobody --regid=nogroup --clear-groups \
	env HOME=/tmp AUTOPKGTEST_TMP=/tmp/autopkgtest debian/tests/demo 2>&1
END
	like $demo, qr/^All well: 1\d\d users today/m, 'as an ordinary user';
};

subtest 'a purge' => sub {
	bare_ok(purge(0));
	is_deeply [grep {/mixspool/} files()], [], '... after its command nothing at all';
	is bare_ok('getent passwd mixspool || getent group mixspool || true'), '', '... and no user';
};

my @before = files();

subtest 'an upgrade' => sub {
	bare_ok("$install /srv/old/*.deb");
	isnt version_of('old'), version_of('new'), 'there are two versions';
	bare_ok("groupadd ops && usermod -aG ops mixspool && mixspool init -r -g ops $spool vip");
	is post('vip', 'a', 'b'), 200, 'users wait in a campaign of another group';
	put_old('default', 'c', 'd');
	bare_ok("rm -rf $spool/.journal");
	bare_ok(<<"END");
mkfifo /tmp/go
mixspool drain $spool/default -- \\
	sh -c 'cat >/tmp/taken && echo >/tmp/began && cat /tmp/go' &
while [ ! -s /tmp/began ]; do sleep 0.1; done
$install /srv/new/*.deb 2>&1
printf '' >/tmp/go
wait \$!
END
	is slurp(bare_path('/tmp/taken')), user('c') . "\n" . user('d') . "\n",
	    'the drain under way went on';
	is_deeply waiting('default'), [], '... to its end';
	is_deeply waiting('vip'), [user('a'), user('b')], 'the others wait';
	is bare_ok("stat -c '%a %G %n' $spool/vip"), "2770 ops $spool/vip\n", '... where they were';
	is post('default', 'e'), 200, 'and more may come';
};

subtest 'what the administrator chose' => sub {
	bare_ok("systemctl disable mixspool.socket && $install --reinstall /srv/new/*.deb");
	ok !-l bare_path($socket), 'a socket that is disabled stays so';
	bare_ok('systemctl enable mixspool.socket');
	spew(bare_path('/usr/local/sbin/mixspool.fcgi'), '');
	my $output = bare_ok("$install --reinstall /srv/new/*.deb 2>&1");
	like $output, qr{^mixspool: /usr/local/sbin/mixspool\.fcgi hides}m,
	    'what make install has left is reported';
	unlink bare_path('/usr/local/sbin/mixspool.fcgi');
};

subtest 'a removal' => sub {
	bare_ok("apt-get remove -qy $names");
	ok !-e bare_path($_), "no $_"
	    for qw(/usr/bin/mixspool /usr/sbin/mixspool.fcgi /usr/libexec/mixspool);
	is_deeply waiting('vip'), [user('a'), user('b')], 'users still wait';
	bare_ok("$install /srv/new/*.deb");
	is bare_ok("mixspool drain $spool/default -- cat"), user('e') . "\n",
	    'installed again, it hands them over';
};

subtest 'another purge' => sub {
	bare_ok("apt-get remove -qy $names");
	# A campaign may be called as the folders of campaigns are.
	my @own = qw(/etc/mixspool/secret /etc/init.d/mixspool /etc/sv/mixspool/run);
	my @sites = map {"/etc/nginx/conf.d/$_"} qw(mixspool.conf mixspool.conf.refused);
	bare_ok(<<"END");
mkdir -p $spool/new/done $spool/new/failed $spool/vip/aside /etc/mixspool /etc/sv/mixspool /etc/nginx/conf.d
touch $spool/new/done/a.jsonl $spool/new/failed/b.jsonl $spool/vip/aside/c.jsonl @own
echo 'fastcgi_pass unix:/run/mixspool/mixspool.sock;' | tee @sites
END
	my $output = bare_ok("apt-get purge -qy $names 2>&1");
	like $output, stays(1, 2), 'it counts what is there';
	is_deeply [$output =~ /^mixspool: (\S+) is yours, and stays\./mg],
	    [qw(/etc/mixspool /etc/init.d/mixspool /etc/sv/mixspool), $sites[0]], '... and names what setup makes';
	is_deeply waiting('vip'), [user('a'), user('b')], '... and the users are still there';
	bare_ok("rm -r /etc/mixspool /etc/sv /etc/init.d/mixspool @sites && groupdel ops");
	my %known = map { $_ => 1 } @before;
	is_deeply [grep { !$known{$_} && !m{^\Q$spool\E(?:/|$)} } files()], [],
	    'no other file is new since before the first installation';
	bare_ok("rm -r $spool && userdel mixspool");
};

subtest 'a user and a spool that are there already' => sub {
	my $disk = '/mnt/disk/spool';
	bare_ok("useradd -m -g users -s /bin/bash mixspool && ln -s $disk $spool");
	my $output = bare_ok("$install /srv/new/mixspool_*.deb 2>&1");
	is readlink(bare_path($spool)), $disk, 'a link to a disk that is not mounted stays';
	is bare_ok('id -gn mixspool; getent passwd mixspool | cut -d: -f6-7; getent group mixspool | cut -d: -f1'),
	    "users\n/home/mixspool:/bin/bash\nmixspool\n", '... the user, too, and the group is made';
	bare_ok("mkdir -p $disk && dpkg-reconfigure mixspool && mixspool init -g mixspool $spool");
	is post('default', 'mounted'), 200, 'on that disk, a POST';
	is_deeply [lines_in(bare_path($disk))], [user('mounted') . "\n"], '... is stored';
	$output = bare_ok("apt-get purge -qy mixspool 2>&1");
	like $output, stays(1, 0), 'a purge counts there';
	my ($command) = $output =~ /^mixspool: .* To remove them: (.*)$/m;
	is $command, "rm -r $disk $spool", '... and keeps the user';
	bare_ok("$command && userdel -r mixspool; groupdel mixspool");
};

done_testing;

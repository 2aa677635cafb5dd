#!/usr/bin/env perl
# Shared hosting, as docs/shared-hosting.md has it: what is in the zip of the release,
# uploaded into a user's cgi-bin/ that Apache runs as CGI or under mod_fcgid: as the
# user of Apache, and as the owner of the folder, by suexec.

use strict;
use warnings;
use Test::More;
use File::Copy qw(copy);
use Release;
use Testbed;

my (undef, $machine) = machine_here();
my $source = source_copy(folder() . '/source');
my $made = make_release($source);
unlike $made, qr/warning/i, 'make dist';
my ($zip) = glob "$source/build/dist/*-linux-$machine.zip";
is `cd @{[folder()]} && unzip -q $zip 2>&1`, '', 'unzip';
my ($release) = glob folder() . "/mixspool-*-linux-$machine";

my $user = user('anna');
my $homes = 0;
# Apache's user, and the owner of the folder where suexec starts the programs.
my ($www, $owner) = map { $> == 0 ? scalar getpwnam $_ : $> } qw(www-data nobody);

# A home as hosters lay it out, with the files that FTP would put there.
sub home {
	my ($handler, $inside, $uid) = @_;
	my $home = folder() . '/home' . $homes++;
	my $bin = "$home/public_html/cgi-bin";
	for my $path ($home, "$home/public_html", $bin) {
		mkdir $path or die "$path: $!";
		chmod 0755, $path;
	}
	for my $program (qw(mixspool.cgi mixspool.fcgi)) {
		copy("$release/$program", "$bin/$program") or die "$program: $!";
		chmod 0755, "$bin/$program";
	}
	spew("$bin/.htaccess", slurp("$release/htaccess.txt") =~ s/SetHandler cgi-script/SetHandler $handler/r);
	spew("$bin/mixspool.cgi", slurp("$bin/mixspool.cgi") =~ s/^(MIXSPOOL_DIR)=.*/$1=spool/mr) if $inside;
	my $spool = $inside ? "$bin/spool" : "$home/mixspool";
	mkdir $spool or die $!;
	chmod 0700, $spool;
	chmod 0600, spew("$home/mixspool-secret", "s3cret\n");
	system 'chown', '-R', "$uid:$uid", $home if $> == 0;
	return ($home, $spool);
}

sub hoster {
	my ($home, $way, $suexec) = @_;
	my @more = $suexec ? (modules => ['suexec'],
		# suexec wants its programs below /var/www, and writes its log.
		wrapper => ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /var/www && ' .
			'mount -t tmpfs none /var/log/apache2 && exec "$@"', $home]) : ();
	my $root = $suexec ? '/var/www' : $home;
	return apache($way, undef, @more, site => sub { return <<"END" });
DocumentRoot $root/public_html
@{[ $suexec ? 'SuexecUserGroup nobody nogroup' : '' ]}
<Directory "$root/public_html">
	AllowOverride All
	Options ExecCGI Indexes
	Require all granted
</Directory>
END
}

my @secret = ('-u', 'mixpanel:s3cret');
my @post = (@secret, '--data-urlencode', "users=[$user]");

sub try_host {
	my ($what, $home, $spool, $apache, $inside) = @_;
	my $url = "http://127.0.0.1:$apache->{port}/cgi-bin";
	my $page = curl("$url/mixspool.cgi", @secret);
	is $page->{status}, 200, "$what: a browser" or diag $page->{text}, slurp($apache->{log});
	like $page->{text}, qr/^<!DOCTYPE html>/i, '... gets the status page';
	is curl("$url/mixspool.cgi", @post)->{status}, 200, '... a POST';
	is_deeply [lines_in($spool)], ["$user\n"], '... the line';
	is curl("$url/mixspool.cgi")->{status}, 401, '... a browser without the secret';
	is curl("$url/mixspool.cgi", '-d', 'users=[]')->{status}, 401, '... a POST without the secret';
	# Campaigns, also with the names of files that no URL shows.
	for my $name (qw(vip lock mixspool-secret)) {
		mkdir "$spool/$name";
		chown +(stat $spool)[4, 5], "$spool/$name";
		is curl("$url/mixspool.cgi/$name", @post)->{status}, 200, "... campaign $name";
	}
	my ($batch) = batches_in($spool);
	my ($mode, $uid) = (stat $batch)[2, 4];
	is sprintf('%o %d', $mode & 07777, $uid), '600 ' . (stat $spool)[4], "... the batch is the owner's alone";
	is curl("$url/mixspool.fcgi", @post)->{status}, 503, '... the program without its settings stores nothing';
	my @hidden = '.htaccess';
	if ($inside) {
		my $bin = "$home/public_html/cgi-bin";
		$batch =~ s{.*/cgi-bin/}{};
		my @files = map {"spool/vip/$_"} qw(done/notes aside/notes lock);
		mkdir "$spool/vip/$_" for qw(done aside);
		spew("$bin/$_", '') for @files, 'mixspool-secret';
		push @hidden, $batch, @files, 'spool/default/new/', 'spool/vip/tmp/', 'spool/.journal/', 'mixspool-secret';
	}
	like curl("$url/$_")->{status}, qr/40[34]/, "... no URL shows $_" for @hidden;
	# Without a secret, by the # that the file describes.
	my $settings = "$home/public_html/cgi-bin/mixspool.cgi";
	spew($settings, slurp($settings) =~ s/^(MIXSPOOL_SECRET_FILE=)/#$1/mr);
	if ($apache->{way} eq 'cgi' && !$inside) {
		rename "$home/public_html/cgi-bin/.htaccess", "$home/htaccess";
		my $answer = curl("$url/mixspool.cgi", @post);
		is "$answer->{status} " . substr($answer->{text}, 0, 9), '200 #!/bin/sh',
		    '... without .htaccess a POST gets the text of the program, as the page warns';
		rename "$home/htaccess", "$home/public_html/cgi-bin/.htaccess";
	}
	return if $apache->{way} eq 'fcgid';    # the program that runs keeps its settings
	is curl("$url/mixspool.cgi", '-d', 'users=[]')->{status}, 200, '... anybody may post with a # in front';
	is curl("$url/mixspool.cgi", @secret)->{status}, 405, '... and nobody sees the page';
	return;
}

# The line for the host's cron, with the tool of the same zip.
sub take_lines {
	my ($home, $spool) = @_;
	my ($line) = slurp(top() . '/docs/shared-hosting.md')
	    =~ /^<!-- test: hosted -->\n```crontab\n(?:\S+ +){5}(.*)\n```$/m;
	mkdir "$home/bin";
	copy("$release/mixspool", "$home/bin/mixspool") or die $!;
	spew("$home/bin/import", "#!/bin/sh\nexec cat >>\"\$HOME/taken\"\n");
	chmod 0755, "$home/bin/mixspool", "$home/bin/import";
	is_deeply [run_to_end('env', "HOME=$home", 'sh', '-c', $line)], [0, '', ''], '... the line for cron';
	is slurp("$home/taken") =~ s/\Q$user\E\n//gr, '', '... hands the users over';
	is_deeply [batches_in($spool)], [], '... which leave the spool';
	return;
}

my $can_suexec = $> == 0 && -x '/usr/lib/apache2/suexec' && system('unshare', '-m', 'true') == 0;
for my $way (qw(cgi cgid fcgid)) {
	my $handler = $way eq 'fcgid' ? 'fcgid-script' : 'cgi-script';
	for my $inside (0, 1) {
		my ($home, $spool) = home($handler, $inside, $www);
		my $apache = { %{ hoster($home, $way) }, way => $way };
		my $what = "$way, the spool " . ($inside ? 'inside cgi-bin' : 'beside public_html');
		try_host($what, $home, $spool, $apache, $inside);
		take_lines($home, $spool) unless $inside;
		stop($apache->{pid});
	}
	SKIP: {
		skip "$way by suexec: needs root and apache2-suexec-pristine", 1 unless $can_suexec;
		my ($home, $spool) = home($handler, 0, $owner);
		my $apache = { %{ hoster($home, $way, 1) }, way => $way };
		try_host("$way by suexec", $home, $spool, $apache, 0);
		my $htaccess = "$home/public_html/cgi-bin/.htaccess";
		spew($htaccess, slurp($htaccess) . "SetEnv MIXSPOOL_DIR ../../mixspool\n");
		is curl("http://127.0.0.1:$apache->{port}/cgi-bin/mixspool.fcgi", @post)->{status},
		    $way eq 'fcgid' ? 200 : 503, '... SetEnv does not reach the program by CGI, so there is a script';
		stop($apache->{pid});
	}
}

done_testing;

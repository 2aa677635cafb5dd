#!/usr/bin/env perl
# Shared hosting: the one static file and cgi/.htaccess, uploaded into a user's
# cgi-bin/ that Apache runs as CGI or under mod_fcgid.

use strict;
use warnings;
use Test::More;
use Testbed;
use File::Copy qw(copy);

my $build = folder() . '/build';
my $made = `make -C @{[top()]} static BUILD=$build 2>&1`;
is $?, 0, 'make static' or diag $made;
my $static = "$build/static/mixspool.fcgi";
unlike `readelf -dl $static`, qr/NEEDED|INTERP/, 'it needs no library';
unlike $made, qr/warning/i, 'it links without a warning';

my $user = user('anna');
my $homes = 0;

# A home as hosters lay it out, with the files that FTP would put there.
sub home {
	my ($handler, $dir) = @_;
	my $home = folder() . '/home' . $homes++;
	for my $path ($home, "$home/public_html", "$home/public_html/cgi-bin") {
		mkdir $path or die "$path: $!";
		chmod 0755, $path;
	}
	my $bin = "$home/public_html/cgi-bin";
	copy($static, "$bin/mixspool.fcgi") or die $!;
	chmod 0755, "$bin/mixspool.fcgi";
	my $htaccess = slurp(top() . '/cgi/.htaccess');
	$htaccess =~ s/SetHandler cgi-script/SetHandler $handler/;
	$htaccess =~ s/^(SetEnv MIXSPOOL_DIR) .*/$1 $dir/m if $dir;
	spew("$bin/.htaccess", $htaccess);
	my $spool = $dir ? "$bin/$dir" : "$home/mixspool";
	mkdir $spool or die $!;
	# On a real host Apache runs the program as the home's owner.
	chmod 0777, $spool;
	return ($home, $spool);
}

sub hoster {
	my ($home, $way) = @_;
	return apache($way, undef, site => sub {
		my $port = shift;
		return <<"END";
DocumentRoot $home/public_html
<Directory "$home/public_html">
	AllowOverride All
	Options ExecCGI Indexes
	Require all granted
</Directory>
END
	});
}

for my $way (qw(cgi cgid fcgid)) {
	my $handler = $way eq 'fcgid' ? 'fcgid-script' : 'cgi-script';
	for my $dir (undef, 'spool') {
		my ($home, $spool) = home($handler, $dir);
		my $apache = hoster($home, $way);
		my $base = "http://127.0.0.1:$apache->{port}/cgi-bin";
		my $where = $dir ? 'inside cgi-bin' : 'beside public_html';
		my $answer = curl("$base/mixspool.fcgi", '--data-urlencode',
			"users=[$user]");
		is $answer->{status}, 200, "$way: a POST, the spool $where"
		    or diag $answer->{text}, slurp($apache->{log});
		is_deeply [lines_in($spool)], ["$user\n"], '... the line';
		mkdir "$spool/vip";
		chmod 0777, "$spool/vip";
		is curl("$base/mixspool.fcgi/vip", '--data-urlencode',
			"users=[$user]")->{status}, 200, '... a campaign';
		# Campaigns with the names of files that no URL shows.
		for my $name (qw(lock mixspool-secret)) {
			mkdir "$spool/$name";
			chmod 0777, "$spool/$name";
			is curl("$base/mixspool.fcgi/$name", '--data-urlencode',
				"users=[$user]")->{status}, 200, "... campaign $name";
		}
		is curl("$base/mixspool.fcgi")->{status}, 405,
		    '... a browser';
		if ($dir) {
			my ($batch) = batches_in($spool);
			$batch =~ s{.*/cgi-bin/}{};
			my @more = map {"spool/vip/$_"} qw(done/notes lock);
			mkdir "$spool/vip/done";
			my $bin = "$home/public_html/cgi-bin";
			spew("$bin/$_", '') for @more, 'mixspool-secret';
			for my $url ($batch, 'spool/default/new/',
				'spool/vip/tmp/', @more, 'mixspool-secret',
				'.htaccess') {
				like curl("$base/$url")->{status}, qr/40[34]/,
				    "... no URL shows $url";
			}
		}
		# The line for a secret, which counts from the next request on.
		my $htaccess = "$home/public_html/cgi-bin/.htaccess";
		spew($htaccess, slurp($htaccess)
			=~ s/^#(SetEnv MIXSPOOL_SECRET_FILE )/$1/mr);
		my $secret = spew("$home/mixspool-secret", "s3cret\n");
		chmod 0600, $secret;
		chown scalar(getpwnam 'www-data'), -1, $secret if $> == 0;
		is curl("$base/mixspool.fcgi", '-d', 'users=[]')->{status}, 401,
		    '... a POST without the secret is refused';
		is curl("$base/mixspool.fcgi", '-u', 'mixpanel:s3cret', '-d',
			'users=[]')->{status}, 200, '... and one with it is not';
		stop($apache->{pid});
	}
}

done_testing;

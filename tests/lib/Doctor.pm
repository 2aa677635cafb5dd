package Doctor;

# What the tests of mixspool doctor share: certificates as an authority makes them, the
# servers of the examples with something broken, and doctors that run side by side.

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use Servers;
use Test::More;
use Testbed;

our @EXPORT = qw(make_certificates certificates broken_server see findings);

my $pki = folder() . '/pki';

sub run_openssl {
	system("cd $pki && openssl @_ 2>>log") == 0 or die "openssl @_: ", slurp("$pki/log");
	return;
}

my $key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';

sub make_leaf {
	my ($name, $host, $days) = @_;
	spew("$pki/$name.ext", "subjectAltName=DNS:$host\n");
	run_openssl("req -new $key -subj /CN=$host -keyout $name.key -out $name.csr");
	# OpenSSL 3.5 takes no days before today, and 3.0 no dates.
	my $period = $days > 0 || `openssl x509 -help 2>&1` !~ /-not_before/ ? "-days $days"
	    : '-not_before 20200101000000Z -not_after 20200102000000Z';
	run_openssl("x509 -req -in $name.csr -CA middle.pem -CAkey middle.key -CAcreateserial "
		. "$period -extfile $name.ext -out $name.pem");
	spew("$pki/$name.chain", slurp("$pki/$name.pem") . slurp("$pki/middle.pem"));
	return;
}

# A root, an intermediate certificate and those of servers; the examples take the good
# one from now on.
sub make_certificates {
	mkdir $pki;
	run_openssl("req -x509 $key -days 400 -subj /CN=root -keyout root.key -out root.pem");
	run_openssl("req -x509 $key -days 400 -subj /CN=localhost "
		. '-addext subjectAltName=DNS:localhost -keyout selfsigned.key -out selfsigned.chain');
	run_openssl("req -new $key -subj /CN=middle -keyout middle.key -out middle.csr");
	spew("$pki/middle.ext", "basicConstraints=critical,CA:true\n");
	run_openssl('x509 -req -in middle.csr -CA root.pem -CAkey root.key -CAcreateserial '
		. '-days 400 -extfile middle.ext -out middle.pem');
	make_leaf('good', 'localhost', 400);
	make_leaf('other', 'other.example.com', 400);
	make_leaf('old', 'localhost', -1);
	make_leaf('soon', 'localhost', 5);
	spew(folder() . '/certificate.pem', slurp("$pki/good.chain"));
	spew(folder() . '/certificate.key', slurp("$pki/good.key"));
	return;
}

sub certificates { return $pki }

# Puts another certificate into a configuration: the file NAME.WHAT.
sub with_certificate {
	my ($text, $name, $what) = @_;
	my $good = folder() . '/certificate';
	$text =~ s/\Q$good.pem\E/$pki\/$name.$what/g or die 'no certificate';
	$text =~ s/\Q$good.key\E/$pki\/$name.key/g;
	return $text;
}

# The certificate of the others is the one that Servers asks for.
sub other_server {
	my ($name, $receiver, $edit, $change) = @_;
	return start_server($name, $receiver, $change) if ref $edit ne 'ARRAY';
	my ($certificate, $what) = @$edit;
	my $base = "$pki/$certificate-$what";
	spew("$base.pem", slurp("$pki/$certificate.$what"));
	spew("$base.key", slurp("$pki/$certificate.key"));
	no warnings 'redefine';
	local *Servers::certificate = sub {$base};
	return start_server($name, $receiver);
}

# The server NAME in front of RECEIVER, its example changed by EDIT: for Apache NAME is
# the way.
sub broken_server {
	my ($name, $receiver, $edit, %options) = @_;
	my $change = sub {
		my $text = shift;
		my $changed = ref $edit eq 'ARRAY' ? with_certificate($text, @$edit) : $edit->($text);
		die "$name: the edit changes nothing in\n$text" if $changed eq $text && !$options{same};
		return $changed;
	};
	return nginx($receiver->{socket}, edit => $change) if $name eq 'nginx';
	return other_server($name, $receiver, $edit, $change) if $name !~ /^(?:proxy|fcgid|cgid?)$/;
	# Not where it is: Apache's user may not look into the home of another one.
	my $examples = programs_for_all();
	spew("$examples/apache-busy.asis", slurp(top() . '/examples/apache-busy.asis'));
	return apache($name, undef, %options, site => sub {
		my $text = Testbed::example('apache-example.conf', shift, {
			'/run/mixspool/mixspool.sock' => $receiver->{socket},
			'/usr/local/sbin' => programs_for_all(),
			'/usr/local/share/doc/mixspool/examples' => $examples,
			'/var/spool/mixspool' => $receiver->{spool} });
		$text =~ s/#((?:FcgidInitialEnv|SetEnv) MIXSPOOL_SECRET_FILE) \S+/$1 $receiver->{secret}/g;
		return $change->($text);
	});
}

# Starts mixspool-doctor: a hash with its pid and the file of its output.
my $seen = 0;

sub see {
	my @arguments = @_;
	my $out = folder() . '/doctor' . $seen++;
	spew("$out.$_", '') for qw(out err);
	return { out => "$out.out", err => "$out.err",
		pid => spawn([program('mixspool-doctor'), @arguments], out => "$out.out", err => "$out.err") };
}

# Waits for it: exit status, and its object.
sub findings {
	my $doctor = shift;
	my $status = exit_of(reap($doctor->{pid}, 120));
	my $text = slurp($doctor->{out});
	return ($status, eval { decode_json($text) } // { findings => [], broken => $text . slurp($doctor->{err}) });
}

1;

package Cluster;

# Three machines behind a load balancer of examples/cluster/, as it stands there: nothing is
# changed but addresses, certificates, and for how long a machine stays out.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use Servers;
use Testbed;

our @EXPORT = qw(balancers missing_balancer start_machines start_machine address_of
    kill_receiver kill_web_server signal_all start_balancer take_out);

# The balancers, as the table calls them: file => FastCGI?
my %fastcgi = ('nginx.conf' => 0, 'haproxy.cfg' => 0, 'nginx-fastcgi.conf' => 1, 'haproxy-fastcgi.cfg' => 1);
my $address = qr/192\.0\.2\.(\d)/;

sub balancers { return sort keys %fastcgi }

sub missing_balancer { return $_[0] =~ /haproxy/ ? missing_server('haproxy') : undef }

# A machine: a spool, a receiver whose disk hangs on request, and a web server in front.
sub start_machines {
	my ($example) = @_;
	my @machines;
	for my $number (1 .. 3) {
		my $shim = tempdir("machine$number-XXXXXX", DIR => folder());
		my $machine = { number => $number, shim => $shim, spool => make_spool('default'),
			fastcgi => $fastcgi{$example},
			socket => $fastcgi{$example} ? '127.0.0.1:' . free_port() : "$shim/sock",
			env => { LD_PRELOAD => program('tests/faults/hanging_disk.so'),
				HANGING_DISK => $shim, MIXSPOOL_SANDBOX => 'off' } };
		start_machine($machine);
		push @machines, $machine;
	}
	return @machines;
}

# Starts what does not run of it.
sub start_machine {
	my ($machine, %env) = @_;
	unlink glob "$machine->{shim}/hang*";
	$machine->{receiver} //= receiver(spool => $machine->{spool}, socket => $machine->{socket},
		env => { %{ $machine->{env} }, %env });
	return if $machine->{fastcgi};
	$machine->{nginx} //= nginx($machine->{socket}, $machine->{nginx_port} ? (port => $machine->{nginx_port}) : ());
	$machine->{nginx_port} = $machine->{nginx}{port};
	return;
}

sub address_of {
	my $machine = shift;
	return $machine->{fastcgi} ? $machine->{socket} : "127.0.0.1:$machine->{nginx_port}";
}

sub kill_receiver {
	my $machine = shift;
	stop((delete $machine->{receiver})->{pid}, 'KILL');
	return;
}

# The master and its workers.
sub kill_web_server {
	my $machine = shift;
	my $nginx = delete $machine->{nginx};
	kill 'KILL', -$nginx->{pid};
	reap($nginx->{pid});
	wait_until { !fastcgi_connect(address_of($machine)) } 'a closed port';
	return;
}

# Stops or continues all that runs of it.
sub signal_all {
	my ($machine, $signal) = @_;
	kill $signal, map { -$_->{pid} } grep {$_} @{$machine}{qw(nginx receiver)};
	return;
}

# An example for MACHINES. PACE is 'as it is'; 'quick' to send pages again to machines that
# are mended; or 'impatient', which waits 4 s for an answer, except in full, which measures
# how long it takes.
sub edit {
	my ($text, $pace, @machines) = @_;
	$text =~ s/$address:\d+/address_of($machines[$1 - 1])/ge;
	return $text if $pace eq 'as it is';
	$text =~ s/fail_timeout=10s/fail_timeout=1s/g;
	$text =~ s/inter 3s fastinter 500ms/inter 1s fastinter 100ms/;
	return $text if $pace eq 'quick' || ($ENV{PROVE} // '') eq 'full';
	$text =~ s/(_read_timeout|timeout server|timeout check)( +)\d+s/$1${2}4s/g;
	return $text;
}

sub start_balancer {
	my ($example, $pace, @machines) = @_;
	my $certificate = certificate();
	return nginx('', example => "examples/cluster/$example", paths => {
		$fastcgi{$example} ? () : ('/etc/ssl/certs/ca-certificates.crt' => "$certificate.pem") },
		edit => sub { return edit(shift, $pace, @machines) }) if $example =~ /nginx/;
	my $home = tempdir('haproxy-XXXXXX', DIR => folder());
	my $port = free_port();
	my $text = edit(slurp(top() . "/examples/cluster/$example"), $pace, @machines);
	spew("$home/both.pem", slurp("$certificate.pem") . slurp("$certificate.key"));
	$text =~ s/^\t(?:user|group) haproxy\n//mg;
	$text =~ s{bind :443 ssl crt \S+}{bind 127.0.0.1:$port ssl crt $home/both.pem} or die 'no bind';
	$text =~ s{log /dev/log daemon}{log stderr format raw daemon} or die 'no log';
	$text =~ s{stats socket \S+}{stats socket $home/admin.sock} or die 'no stats socket';
	$text =~ s{ca-file \S+}{ca-file $certificate.pem};
	$text =~ s{hooks\.example\.com}{localhost}g;
	spew("$home/haproxy.cfg", $text);
	my $log = spew("$home/error.log", '');
	my $pid = spawn(['/usr/sbin/haproxy', '-db', '-f', "$home/haproxy.cfg"], out => $log, err => $log);
	Testbed::wait_for_port($port, $pid, $log);
	return { pid => $pid, port => $port, log => $log, admin => "$home/admin.sock",
		url => "https://localhost:$port/mixpanel" };
}

# Tells a balancer that the first machine is out for an upgrade, or is BACK.
sub take_out {
	my ($balancer, $machine, $back) = @_;
	if ($balancer->{admin}) {
		my $admin = IO::Socket::UNIX->new(Peer => $balancer->{admin}) or die "admin: $!";
		print {$admin} 'set server mixspool/one state ' . ($back ? 'ready' : 'drain') . "\n";
		my $answer = join '', <$admin>;
		die $answer if $answer =~ /\S/;
		return;
	}
	my $site = $balancer->{log} =~ s/error\.log\z/mixspool.conf/r;
	my $text = slurp($site);
	my $address = address_of($machine);
	$back ? $text =~ s/^(\tserver \Q$address\E.*) down;/$1;/m : $text =~ s/^(\tserver \Q$address\E.*);/$1 down;/m or die 'no server';
	spew($site, $text);
	my @old = split ' ', slurp("/proc/$balancer->{pid}/task/$balancer->{pid}/children");
	kill 'HUP', $balancer->{pid};
	wait_until {
		my @now = split ' ', slurp("/proc/$balancer->{pid}/task/$balancer->{pid}/children");
		grep { my $new = $_; !grep { $_ == $new } @old } @now;
	} 'a reload';
	return;
}

1;

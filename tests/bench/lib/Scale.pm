package Scale;

# For `bench scale`: pages of a cohort, sizes and times as people write them, tables, and
# their places in docs/scale.md.

use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Exporter qw(import);
use POSIX ();
use Testbed;

our @EXPORT = qw(page_body lines_of bytes thousands rate duration table put_table cpu_seconds
    peak machine);

# A member with a name and an address, whose id is in no order, as UUIDs are.
sub member {
	my ($name, $n) = @_;
	my $id = md5_hex($n) =~ s/\A(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r;
	return qq({"$name":"$id","email":"user$n\@example.com","first_name":"First$n","last_name":"Last"});
}

sub about {
	my ($session, $pages, $page) = @_;
	return qq("mixpanel_project_id":"7","mixpanel_cohort_id":"12","mixpanel_cohort_name":"Loyal",)
	    . qq("mixpanel_session_id":"6a8b0c6e-1111-4222-8333-44445555666$session",)
	    . qq("page_info":{"total_pages":$pages,"page_count":$page});
}

# A page of 1000 of a million, as Mixpanel posts it.
sub page_body {
	my $page = shift;
	return '{"action":"members","parameters":{' . about(1, 1000, $page) . ',"members":['
	    . join(',', map { member('mixpanel_distinct_id', $page * 1000 + $_) } 1 .. 1000) . ']}}';
}

# The same as the receiver stores it.
sub lines_of {
	my ($page, $pages, $session) = @_;
	my $about = about($session, $pages, $page);
	return join '', map {
		my $member = member('mixpanel_distinct_id', $page * 1000 + $_);
		my ($id) = $member =~ /:("[^"]*")/;
		qq({"\$distinct_id":$id,"\$properties":$member,"\$cohort":{"action":"members",$about}}\n);
	} 1 .. 1000;
}

sub thousands {
	my $number = sprintf '%.0f', shift;
	1 while $number =~ s/(\d)(\d{3})(?!\d)/$1 $2/;
	return $number;
}

# Two digits that count, since no more of them come again in the next run.
sub short {
	my $number = shift;
	return $number >= 10 ? sprintf('%.0f', $number) : sprintf '%.1f', $number;
}

sub bytes {
	my $size = shift;
	for my $unit ('bytes', 'KB', 'MB') {
		return ($unit eq 'bytes' ? sprintf('%.0f', $size) : short($size)) . " $unit" if $size < 1000;
		$size /= 1000;
	}
	return short($size) . ' GB';
}

sub rate { return thousands(shift) }

sub duration {
	my $seconds = shift;
	return sprintf '%.2f s', $seconds if $seconds < 1;
	return short($seconds) . ' s' if $seconds < 120;
	return short($seconds / 60) . ' min';
}

sub table {
	my ($head, @rows) = @_;
	return join '', map { '| ' . join(' | ', @$_) . " |\n" } $head, ['---', map {'---:'} 2 .. @$head], @rows;
}

# The table NAME of a page, between its two comments.
sub put_table {
	my ($page, $name, $table) = @_;
	my $text = slurp($page);
	$text =~ s/(<!-- figures: $name -->\n).*?(?=<!-- end -->)/$1$table/s or die "$page has no $name";
	spew($page, $text);
	return;
}

# User and system time of processes so far.
sub cpu_seconds {
	my $ticks = 0;
	for my $pid (@_) {
		my @fields = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
		$ticks += $fields[11] + $fields[12];
	}
	return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# The most memory that a process had, in bytes.
sub peak {
	my ($kilobytes) = slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+)/m;
	return $kilobytes * 1024;
}

sub machine {
	my ($processor) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)$/m;
	my $cores = () = slurp('/proc/cpuinfo') =~ /^processor/mg;
	my ($kernel) = slurp('/proc/version') =~ /^Linux version (\S+)/;
	my ($day) = `date -u +%F` =~ /(\S+)/;
	my ($disk) = `df --output=fstype . | tail -n 1` =~ /(\S+)/;
	$processor //= 'another processor';
	return "Measured on $day: $processor, $cores cores, Linux $kernel, $disk.\n";
}

1;

package Callgrind;

# The instructions of decoding a form, of judging what it holds, and of the whole
# process, as callgrind counts them. They hardly vary, so that one run is enough.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT_OK = qw(instructions_of_cgi instructions_of_post);

my $counted = qr/PROGRAM TOTALS|\S+?\.c:(?:form_field|users_read|payload_read)\b/;

# callgrind_annotate prints "1,234 (5.67%) FILE:FUNCTION [PROGRAM]".
sub counts_in {
	my $file = shift;
	my %of;
	for (split /\n/, `callgrind_annotate --auto=no --inclusive=yes --threshold=100 $file`) {
		next unless /^\s*([\d,]+)\s+\([^)]*\)\s+($counted)/;
		my ($number, $what) = ($1, $2);
		$of{$what =~ s/.*://r} //= $number =~ s/,//gr;
	}
	my $judging = $of{payload_read} // $of{users_read}
	    // die "callgrind knows neither payload_read nor users_read\n";
	my $decoding = $of{form_field} // 0;
	return { decoding => $decoding, judging => $judging,
		both => $decoding + $judging, 'whole process' => $of{'PROGRAM TOTALS'} };
}

sub wrapper {
	my $file = shift;
	return ('valgrind', "--log-file=$file.log", '--tool=callgrind',
		"--callgrind-out-file=$file");
}

# Of a CGI process that takes the POST in the file BODY.
sub instructions_of_cgi {
	my ($program, $body, $type) = @_;
	my ($file, $answer) = map { folder() . "/callgrind.$_" } qw(counts answer);
	local %ENV = (PATH => $ENV{PATH}, REQUEST_METHOD => 'POST', CONTENT_TYPE => $type,
		CONTENT_LENGTH => -s $body, PATH_INFO => '', GATEWAY_INTERFACE => 'CGI/1.1',
		SERVER_PROTOCOL => 'HTTP/1.1', MIXSPOOL_DIR => make_spool());
	system join ' ', wrapper($file), "$program <$body >$answer";
	die slurp($answer) if slurp($answer) !~ /^Status: 200/;
	return counts_in($file);
}

# Of a receiver that takes so many POSTs, from its start to its end.
sub counts_of_posts {
	my ($program, $body, $posts) = @_;
	my $file = folder() . "/callgrind.$posts";
	my $receiver = receiver(program => $program, wrapper => [wrapper($file)]);
	for (1 .. $posts) {
		my $socket = fastcgi_connect($receiver->{socket});
		fastcgi_send($socket, fastcgi_records($body, {}));
		my $answer = fastcgi_answer($socket);
		die $answer->{text} if $answer->{status} != 200;
	}
	stop($receiver->{pid});
	return counts_in($file);
}

# Of a POST to a receiver that is there already.
sub instructions_of_post {
	my ($program, $body) = @_;
	my ($few, $many) = (20, 120);
	my ($least, $most) = map { counts_of_posts($program, $body, $_) } $few, $many;
	return { map { ($_ => ($most->{$_} - $least->{$_}) / ($many - $few)) } keys %$most };
}

1;

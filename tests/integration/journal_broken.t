#!/usr/bin/env perl
# A journal that is off, or that cannot be written: every view says so, and none says
# that nothing came. alarms.t has the alarms.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Testbed;

my $secret = spew(folder() . '/secret', "s3cret\n");
chmod 0600, $secret;
my $anna = user('anna');

sub entries {
	my $spool = shift;
	return map { decode_json($_) } map { split /^/m, slurp($_) }
	    grep {/\.jsonl\z/} batches_in($spool, '.journal', '.');
}

my $receiver = receiver(env => { MIXSPOOL_JOURNAL_DAYS => 0 });
is fastcgi($receiver->{socket}, form("[$anna]"))->{status}, 200, 'off: 200';
stop($receiver->{pid});
my $off = "the journal is off (MIXSPOOL_JOURNAL_DAYS=0)";
like join(' ', tool('log', $receiver->{spool})), qr/\Q$off\E/, '... which log says';
like +(tool('stat', $receiver->{spool}))[1], qr/^default +- +- .*^\Q$off\E: what came is not known$/ms,
    '... and stat, in place of zeros';
my ($object) = @{ decode_json((tool('stat', '--json', $receiver->{spool}))[1]) };
is_deeply [@$object{qw(journal users_today requests_today refused_today)}], ['off', undef, undef, undef],
    '... and stat --json, as null';
my $metrics = (tool('stat', '--prometheus', $receiver->{spool}))[1];
like $metrics, qr/^mixspool_journal_enabled 0$/m, '... and Prometheus';
unlike $metrics, qr/^mixspool_(?:requests_total|stored_users_total|last_arrival)/m, '... without counts';
tool('drain', $receiver->{spool}, '--', 'true');
ok !-e "$receiver->{spool}/.journal", '... and a drain keeps none';
stop(receiver(spool => $receiver->{spool})->{pid});
unlike +(tool('stat', $receiver->{spool}))[1], qr/journal/, '... until it is on';
mkdir "$receiver->{spool}/.journal-off" or die $!;
unlike +(tool('stat', $receiver->{spool}))[1], qr/journal/, '... and a folder of that name is not its word';

# One that cannot be written: each request is answered, and the log has a line.
sub page_title {
	my $answer = fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'GET', HTTP_AUTHORIZATION => 'Bearer s3cret' });
	return $answer->{text} =~ /<title>(.*?) - mixspool</ ? $1 : $answer->{text};
}
$receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $secret });
my $broken = "$receiver->{spool}/.journal/" . strftime('%F.jsonl', gmtime);
my @with = (form("[$anna]"), { HTTP_AUTHORIZATION => 'Bearer s3cret' });
rename "$receiver->{spool}/.journal", "$receiver->{spool}/away";
spew("$receiver->{spool}/.journal", '');
is fastcgi($receiver->{socket}, @with)->{status}, 200, 'a journal that cannot be written: 200' for 1 .. 3;
wait_until { slurp($receiver->{log}) =~ /cannot write/ } 'a line in the log';
my $why = "cannot write the journal of $receiver->{spool}: Not a directory: ";
like slurp($receiver->{log}), qr/^mixspool.fcgi: \Q$why\E/m, '... and a line in the log';
is page_title(), 'The journal cannot be written: what arrives is not known here', '... and on the page';
unlink "$receiver->{spool}/.journal";
rename "$receiver->{spool}/away", "$receiver->{spool}/.journal";
wait_until { slurp($receiver->{log}) =~ /written again/ } 'the end of it';
is scalar(() = slurp($receiver->{log}) =~ /cannot write/g), 1, '... once';
is scalar(() = entries($receiver->{spool})), 3, '... and nothing is lost when it can again';
unlike page_title(), qr/journal/, '... which the page knows';
stop($receiver->{pid});
my $spool = make_spool('default');
spew("$spool/.journal", '');
my $by_cgi = cgi({ MIXSPOOL_DIR => $spool }, form("[$anna]"), {});
is $by_cgi->{status}, 200, '... by CGI: 200';
like $by_cgi->{log}, qr/\Amixspool.fcgi: cannot write the journal of \Q$spool\E: Not a directory: .*\n\z/,
    '... and a line in the log of the web server';

done_testing;

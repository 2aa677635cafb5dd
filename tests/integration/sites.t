#!/usr/bin/env perl
# One process, many sites: requests name their spools and secrets, as under
# mod_fcgid with SetEnv. A site is opened once, and what its names mean now counts.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;

my $receiver = receiver(any => 1, args => ['-j', 4],
	env => { MIXSPOOL_SANDBOX => 'off' }); # so that its descriptors show
my $posts = 0;

# The answer to a POST of one user, and whether this user alone is in the spool.
sub post {
	my ($spool, %variables) = @_;
	unlink batches_in($spool);
	my $user = user('u' . $posts++);
	my $answer = fastcgi($receiver->{socket}, form("[$user]"),
		{ MIXSPOOL_DIR => $spool, %variables });
	return $answer->{status} . (join('', lines_in($spool)) eq "$user\n" ? ' stored' : '');
}

sub folders {
	opendir my $open, "/proc/$receiver->{pid}/fd" or die $!;
	return grep {/\bspool\d+(?: \(deleted\))?\z/}
	    map { readlink("/proc/$receiver->{pid}/fd/$_") // () }
	    grep {/^\d+$/} readdir $open;
}

my ($spool, $other) = (make_spool(), make_spool());
is post($spool), '200 stored', 'a site' for 1 .. 3;
is scalar(my @once = folders()), 1, '... is opened once';
is post($other), '200 stored', '... another one';
is scalar(my @both = folders()), 2, '... too';

# The folder at the path is what counts.
my @before = lines_in($spool);
rename $spool, "$spool.away" or die $!;
is post($spool), '503', 'a spool that is moved away';
mkdir $spool or die $!;
is post($spool), '200 stored', '... and made again';
is_deeply [lines_in("$spool.away")], \@before, '... gets what is posted';
remove_folder($spool);
mkdir $spool or die $!;
is post($spool), '200 stored', 'so does one that is removed, and made again';
wait_until { !grep {/deleted/} folders() } 'the descriptor of the removed one to be closed';
remove_folder("$spool/default");
is post($spool), '200 stored', 'the default campaign is made again';
my $link = folder() . '/link';
for my $to ($spool, $other) {
	unlink $link;
	symlink $to, $link or die $!;
	is post($link), '200 stored', 'a link, and another one in its place';
	is scalar(lines_in($to)), 1, '... is followed';
}

# A folder with other files and no campaign is not taken as a spool, and stays as it is.
my $foreign = folder() . '/foreign';
mkdir $foreign or die $!;
spew("$foreign/passwd", 'root');
my $refused = fastcgi($receiver->{socket}, form('[]'), { MIXSPOOL_DIR => $foreign });
is $refused->{status}, 503, 'a folder that is not a spool';
like $refused->{text}, qr/^cannot use the spool \Q$foreign\E, .*: it has other files and no campaign/, '... says why';
is_deeply [map { s{.*/}{}r } glob "$foreign/*"], ['passwd'], '... and nothing is made in it';

# So is the secret in the file. All of these have one length.
my $file = spew(folder() . '/secret', '');
chmod 0600, $file;
for my $n (1000 .. 1020) {
	spew($file, "s$n\n");
	my @named = (MIXSPOOL_SECRET_FILE => $file);
	my @got = (post($other, @named, QUERY_STRING => "token=s$n"),
		post($other, @named, QUERY_STRING => 'token=s' . ($n - 1)));
	next if "@got" eq '200 stored 401';
	fail "secret s$n: @got";
	last;
}
continue {
	pass 'a new secret counts at once' if $n == 1020;
}
my $old = time - 7200;
utime $old, $old, $file;
my @right = (MIXSPOOL_SECRET_FILE => $file, QUERY_STRING => 'token=s1020');
is post($other, @right), '200 stored', 'the secret of an old file';
chmod 0644, $file;
is post($other, @right), '503', '... that others can read by now';
chmod 0600, $file;
is post($other, @right), '200 stored', '... and no more';
rename $file, "$file.away" or die $!;
is post($other, @right), '503', '... that is gone';
spew($file, "other\n");
chmod 0600, $file;
is post($other, @right), '401', '... and has another one in its place';
is post($other), '200 stored', 'without a secret it is another site';

# A request sees to the campaign that it names, and touches no other: one that is
# refused touches none, and none costs more where there are many campaigns.
sub put_leftover {
	my ($path, $campaign) = @_;
	my $tmp = "$path/$campaign/tmp";
	mkdir $_ for "$path/$campaign", $tmp;
	my $left = spew("$tmp/20261124T065034.123456Z-9f3a1c22-000001.jsonl", 'x');
	utime $old, $old, $left or die $!;
	return $left;
}

my $many = make_spool(qw(default fresh));
my ($default, $vip) = map { put_leftover($many, $_) } qw(default vip);
sub is_untouched { return -e $vip && !-e "$many/fresh/new" }

my %as = (
	FastCGI => sub { fastcgi($receiver->{socket}, @_)->{status} },
	CGI => sub { cgi({}, @_)->{status} });
for my $how (sort keys %as) {
	my %site = (MIXSPOOL_DIR => $many, MIXSPOOL_SECRET_FILE => $file);
	is $as{$how}->(form('[' . user('anna') . ']'), { %site }), 401,
	    "$how: a request without the secret";
	ok -e $default && is_untouched(), '... touches no campaign';
	is $as{$how}->(form('[' . user('anna') . ']'),
		{ %site, QUERY_STRING => 'token=other' }), 200, '... and one with it';
	ok !-e $default, '... removes what a dead process left in its campaign';
	ok is_untouched(), '... and touches no other';
	put_leftover($many, 'default');
}

# More of them than are kept open, at the same time: each gets its own.
my @spools = map { make_spool() } 1 .. 24;
my @clients;
for my $client (1 .. 4) {
	my $child = fork // die "fork: $!";
	if (!$child) {
		my $wrong = 0;
		for my $n (0 .. 239) {
			my $at = ($n * $client) % @spools;
			my $answer = fastcgi($receiver->{socket},
				form('[' . user("c$client-$n-$at") . ']'),
				{ MIXSPOOL_DIR => $spools[$at] });
			next if $answer->{status} == 200;
			$wrong++;
			diag "site $at: $answer->{status}: $answer->{text}";
		}
		POSIX::_exit($wrong > 255 ? 255 : $wrong);
	}
	push @clients, $child;
}
my $wrong = 0;
for (@clients) {
	waitpid $_, 0;
	$wrong += exit_of($?);
}
is $wrong, 0, '24 sites by 4 clients: all are answered 200';
my @lost = grep {
	my $at = $_;
	my @lines = lines_in($spools[$at]);
	my @own = grep {/"c\d+-\d+-$at"/} @lines;
	@lines != @own
} 0 .. $#spools;
is_deeply \@lost, [], '... no spool has what is for another';
my %users = map { $_ => 1 } map { lines_in($_) } @spools;
is scalar(keys %users), 4 * 240, '... and every user is in one';
cmp_ok scalar(my @kept = folders()), '<=', 16, '... at most 16 stay open';

is stop($receiver->{pid}), 0, 'it ends as ever';
done_testing;

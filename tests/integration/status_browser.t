#!/usr/bin/env perl
# The status page in a real browser, behind a real web server: it asks for the
# password, shows what was posted, loads nothing else, and suits a phone, the dark, and
# those who do not see.

use strict;
use warnings;
use JSON::PP qw(decode_json encode_json);
use Test::More;
use Testbed;

my $modules = program('browser/node_modules');
my ($chromium) = grep { -x } '/usr/bin/chromium', '/usr/bin/chromium-browser';
plan skip_all => 'there is no chromium' if !$chromium;
plan skip_all => 'npm could not install playwright-core and axe-core'
    if !-e "$modules/playwright-core" || !-e "$modules/axe-core";

# What the browser found, a hash for each look.
sub look {
	my $looks = new_file(encode_json([@_]));
	my ($status, $out, $err) = run_to_end(top() . '/tests/browser/look',
		{ NODE_PATH => $modules, CHROMIUM => $chromium, HOME => folder() }, $looks);
	is $status, 0, 'the browser looks' or diag $err;
	return map { decode_json($_) } split /\n/, $out;
}

my $secret = 'corr%ct h+rse';
my $file = new_file("$secret\n");
chmod 0640, $file;
chmod 0755, folder();
my $receiver = receiver(spool => make_spool(qw(default trial)), env => { MIXSPOOL_SECRET_FILE => $file });
chmod 0777, $receiver->{socket};
my $nginx = nginx($receiver->{socket});
my $url = $nginx->{url};
my %with = (url => $url, password => $secret);

my ($nothing, $refused, $wrong) = look({%with}, { url => $url }, { url => $url, password => 'x' });
is $nothing->{status}, 200, 'the password opens the page';
is $nothing->{headline}, 'No webhook has arrived yet', '... which says that nothing came';
like $nothing->{text}, qr{^https://mixpanel:SECRET\@localhost:$nginx->{port}/mixpanel$}m,
    '... and which URL Mixpanel wants';
is "$_->{status} @{[$_->{headline} // '']}", $_->{error} ? '0 ' : '401 ', 'no page without it'
    for $refused, $wrong;

# What was posted is shown.
my @auth = ('-u', "mixpanel:$secret");
is curl($url, @auth, '--data-binary', form('[' . join(',', map { user("u$_") } 1 .. 50) . ']'))->{status},
    200, '50 users';
is curl("$url/trial", @auth, '--data-binary', form('[' . user('a') . ']'))->{status}, 200, '... and 1';
my $hostile = '<script>document.title = "taken"</script><img src=/x>';
is curl("$url/trial", @auth, '-H', 'Content-Type: application/json', '--data-binary', encode_json({ action => 'members',
	parameters => { mixpanel_cohort_id => '12', mixpanel_project_id => '7', mixpanel_session_id => 's',
		mixpanel_cohort_name => "$hostile\x{202e}\x{5e9}", page_info => { total_pages => 1, page_count => 1 },
		members => [{ mixpanel_distinct_id => 'm1' }] } }))->{status}, 200, '... and a member of a hostile cohort';
is curl("$url/trial", @auth, '--data-binary', "users=$hostile")->{status}, 400, '... and what is refused';
wait_until { curl($url, @auth)->{text} =~ /(?=.*<b>50 users)(?=.*Refused, 400)(?=.*&lt;img)/s } 'the journal';

my @looks = map { my $width = $_; map { { %with, width => $width, dark => $_, axe => 1 } } 0, 1 } 390, 1280;
my @found = look(@looks, { %with, url => "$url/trial", width => 390, axe => 1 },
	{ %with, url => "$url?pause", width => 1280, axe => 1 });
for my $found (@found[0 .. 3]) {
	my $look = shift @looks;
	my $name = "$look->{width} pixels, " . ($look->{dark} ? 'dark' : 'light');
	is $found->{status}, 200, "$name: the page";
	like $found->{text}, qr/^50 users$/m, '... shows 50 users';
	like $found->{text}, qr/\tRefused, 400 It was not/, '... and what was refused';
	like $found->{text}, qr/\Q$hostile\E/, '... and a hostile name as text';
	like $found->{title}, qr/ - mixspool\z/, '... which ran nothing';
	is_deeply $found->{requests}, [$url], '... and loaded nothing but itself';
	is_deeply $found->{console}, [], '... and the console is empty';
	is "$found->{scripts}|$found->{cookies}", '0|', '... it has no script, and sets no cookie';
	is_deeply [$found->{scrolls}, @{ $found->{wide} }], [JSON::PP::false], '... nothing is wider than the screen';
	is_deeply $found->{axe}, [], '... axe-core finds nothing';
}
isnt $found[0]{background}, $found[1]{background}, 'the dark is another colour';
my ($trial, $paused) = @found[4, 5];
unlike $trial->{text}, qr/default|^50 users$/m, 'a campaign\'s page is about that one';
is_deeply $trial->{axe}, [], '... axe-core finds nothing';

# A page that loads itself again must let its reader stop that (WCAG 2.2.1). axe-core
# cannot see whether it does, and it knows the element by its lower-case name alone.
like $found[0]{text}, qr/This page loads itself again every minute\. Pause$/m, 'the page can be paused';
like $paused->{text}, qr/^As of .* UTC\. Keep it up to date$/m, '... and goes on again';
is_deeply $paused->{axe}, [], '... axe-core finds nothing';

done_testing;

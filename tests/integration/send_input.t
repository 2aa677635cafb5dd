#!/usr/bin/env perl
# mixspool send and files that are not JSON Lines: the message has the command that
# makes profiles of them, and that command does.

use strict;
use warnings;
use Encode qw(encode);
use JSON::PP;
use Test::More;
use Testbed;

my ($status, $out, $err);

# What the first invalid line is called.
sub reason {
	my ($file) = @_;
	($status, $out, $err) = tool('send', recorder()->{url}, $file);
	return $err =~ /^mixspool send: \Q$file\E:1: (.*)$/m ? $1 : "nothing in $err";
}

# Runs the command of a message over a file, into send: the ids that arrived.
sub ids_after {
	my ($command, $file) = @_;
	my $recorder = recorder();
	my $pid = spawn(['bash', '-c', "set -o pipefail; $command \"\$1\" | \"\$2\" send \"\$3\"", 'bash',
			$file, program('mixspool'), $recorder->{url}], out => '/dev/null');
	$status = exit_of(reap($pid));
	return join ' ', map {@$_} posted_ids($recorder);
}

my $json = JSON::PP->new->canonical;
my $pretty = JSON::PP->new->canonical->pretty;
my @people = map { { '$distinct_id' => $_, '$properties' => { '$name' => "N $_", results => [1] } } } qw(a b c);
my $results = { page => 0, page_size => 1000, session_id => '1234-EFAB', status => 'ok', total => 3,
	results => \@people };
my $page_like = qr/^a page of Mixpanel's Engage API, not a profile: `(jq -c '\.results\[\]')` makes profiles of it$/;
my $list_like = qr/^a list, not an object: `(jq -c '\.\[\]')` makes profiles of it$/;
my $lines_like = qr/^JSON over several lines, not one: `(jq -c '\.')` makes profiles of it$/;
my $big = { '$distinct_id' => 'big', '$properties' => { x => 'x' x 1000 } };
for my $case (
	['a page', $json->encode($results), $page_like, 'a b c'],
	['an old page', '{"results":[{"$properties":{"$created":"2008-12-12T11:20:47","$email":"x@example.com"},'
		. '"$distinct_id":4}]}', $page_like, '4'],
	['a page with a BOM and CRLF', "\xef\xbb\xbf" . $json->encode($results) . "\r\n", $page_like, 'a b c'],
	['a pretty page', $pretty->encode($results), $page_like, 'a b c'],
	['two pages', join('', ($json->encode($results) . "\n") x 2), $page_like, 'a b c a b c'],
	['a page of 2 MB', $json->encode({ results => [($big) x 2000] }), $page_like, join ' ', ('big') x 2000],
	['an empty page', '{"results":[],"page":9,"status":"ok"}', $page_like, ''],
	['a list', $json->encode(\@people), $list_like, 'a b c'],
	['a list of 2 MB', $json->encode([($big) x 2000]), $list_like, join ' ', ('big') x 2000],
	['a pretty list', $pretty->encode(\@people), $list_like, 'a b c'],
	['pretty profiles', join('', map { $pretty->encode($_) } @people), $lines_like, 'a b c'],
	['updates', join("\n", map { $json->encode({ '$token' => 't', '$distinct_id' => $_, '$set' => { x => 1 } }) } qw(a b)),
		qr/^an update of a profile, with \$set in place of \$properties: `(jq -c '[^']+')` makes profiles of it$/, 'a b'],
	['plain names', '{"distinct_id":"a","properties":{"x":1}}',
		qr/^no \$distinct_id, but distinct_id: `(jq -c '[^']+')` makes profiles of it$/, 'a'],
	['flat profiles', '{"$distinct_id":"a","$email":"x@example.com","x":{"$properties":1}}',
		qr/^no \$properties: `(jq -c '[^']+')` makes profiles of it$/, 'a'],
) {
	my ($name, $text, $like, $ids) = @$case;
	my $file = new_file($text);
	my $reason = reason($file);
	like $reason, $like, "$name: the message has a command";
	is $status, 65, '... exit 65';
	like $out, qr/^[12] profiles?, 0 matched, [12] invalid$/m, '... for a line or a file';
	my ($command) = $reason =~ $like;
	is $command ? ids_after($command, $file) : 'nothing', $ids, '... which makes profiles of it';
	is $status, 0, '... without a complaint';
}

# What can be unpacked is, by the command of the message.
my $lines = join '', map { $json->encode($_) . "\n" } @people;
my $plain = new_file($lines);
for my $case (['gzip', 'gzip -c'], ['bzip2', 'bzip2 -c'], ['xz', 'xz -c'], ['zstd', 'zstd -qc']) {
	my ($name, $command) = @$case;
	SKIP: {
		my $file = folder() . "/packed.$name";
		system("command -v $name >/dev/null && $command $plain >$file") == 0 or skip "no $name", 3;
		my $reason = reason($file);
		like $reason, qr/^compressed by $name: `\w+` unpacks it; nothing of it is sent$/, "a file of $name";
		like $out, qr/^1 profile, 0 matched, 1 invalid$/m, '... is one fault';
		is ids_after($reason =~ /`(\w+)`/, $file), 'a b c', '... and its command unpacks it';
	}
}
for my $encoding ('UTF-16LE', 'UTF-16BE', 'UTF-16', 'UTF-32') {
	my $file = new_file(encode($encoding, $lines));
	my $reason = reason($file);
	like $reason, qr/^UTF-(?:16|32): `iconv -f UTF-(?:16|32)(?:LE|BE)? -t UTF-8` makes UTF-8 of it; nothing of it is sent$/,
	    "a file in $encoding";
	is ids_after($reason =~ /`(iconv [^`]+)`/, $file), 'a b c', '... and its command makes UTF-8 of it';
}

# What has no such command is called by its name.
for my $case (
	['{"error":"Unable to authenticate request","status":"error"}', 'an error of Mixpanel\'s API, not a profile: its "error" says why'],
	['{"request":"/api/query/engage?x=secret","error":"Invalid secret"}', 'an error of Mixpanel\'s API, not a profile: its "error" says why'],
	['{"event":"x","properties":{"distinct_id":"a","time":1}}', 'an event, not a profile'],
	["\$distinct_id,\$email\nsecret,secret\@example.com\n", 'CSV, not JSON: profiles are objects, one a line; nothing of it is sent'],
	["\"\$email\";\"distinct_id\"\nsecret;secret\n", 'CSV, not JSON: profiles are objects, one a line; nothing of it is sent'],
	["PK\x03\x04secret", 'a zip archive: `unzip -p` unpacks it; nothing of it is sent'],
	['<html>secret', 'not an object'],
	["\x1f\x8b", 'compressed by gzip: `zcat` unpacks it; nothing of it is sent'],
	['{"results', 'not JSON, it ends too early, near byte 9'],
	['{"a":"results', 'not JSON, it ends too early, near byte 13'],
	['{"a":"\\', 'not JSON, near byte 7'],
) {
	my ($text, $expected) = @$case;
	is reason(new_file($text)), $expected, "called by its name: $expected";
	unlike $err, qr/secret/, '... without a word of it';
	is $status, 65, '... exit 65';
}

# Only a file's beginning decides about the file, and the other files are read.
my $recorder = recorder();
my $damaged = new_file("{\n", profile('behind', ''), "[\n", '$distinct_id,$email', "\n", profile('last', ''));
($status, $out, $err) = tool('send', $recorder->{url}, $damaged, new_file("\x1f\x8b\n", profile('gone', '')),
	new_file(profile('next', '')));
is_deeply [posted_ids($recorder)], [[qw(behind last next)]], 'profiles behind odd lines and odd files are sent';
is $status, 65, '... exit 65';

# The same on standard input.
$recorder = recorder();
my $packed = new_file("\x1f\x8b", 'x' x 200000);
my $all = `cat $packed | @{[program('mixspool')]} send $recorder->{url} 2>&1`;
like $all, qr/^mixspool send: standard input:1: compressed by gzip: `zcat` unpacks it; nothing of it is sent$/m,
    'standard input that is compressed';
is exit_of($?), 65, '... exit 65';

done_testing;

<?php
// The receiver in PHP, for PHP-FPM and php-cgi. OUTPUT is the file that the users
// go to; FDATASYNC=1: they are on disk before the answer.

$users = json_decode($_POST['users'] ?? '');
if (!is_array($users)) {
	http_response_code(400);
	exit("users is not a JSON list\n");
}
$lines = '';
foreach ($users as $user) {
	if (!isset($user->{'$distinct_id'})) {
		http_response_code(400);
		exit("a user has no \$distinct_id\n");
	}
	$lines .= json_encode($user, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES) . "\n";
}
$file = fopen($_SERVER['OUTPUT'], 'ab');
$stored = $file && flock($file, LOCK_EX)
	&& fwrite($file, $lines) === strlen($lines) && fflush($file);
// Others may write while this one waits for the disk.
$stored = $file && flock($file, LOCK_UN) && $stored;
if ($stored && $_SERVER['FDATASYNC']) {
	$stored = fdatasync($file);
}
if (!$stored) {
	http_response_code(503);
	exit("not stored\n");
}
header('Content-Type: text/plain');
echo 'stored ', count($users), " users\n";

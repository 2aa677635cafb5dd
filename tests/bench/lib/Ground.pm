package Ground;

# What the benchmarks ran on.

use strict;
use warnings;
use Bench;
use Exporter qw(import);
use Testbed;

our @EXPORT_OK = qw(machine);

sub version {
	my ($pattern, @command) = @_;
	my $text = run_text('sh', '-c', "@command 2>&1 || true");
	return $text =~ $pattern ? $1 : 'unknown';
}

# The machine and the versions, as a Markdown list.
sub machine {
	my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)/m;
	my $cores = () = slurp('/proc/cpuinfo') =~ /^processor/mg;
	my ($memory) = slurp('/proc/meminfo') =~ /^MemTotal:\s*(\d+)/m;
	my $folder = folder();
	my @list = (
		['machine', sprintf '%s, %d cores, %.0f GiB', $cpu // 'unknown',
			$cores, $memory / 1048576],
		['kernel', version(qr/(.+)/, 'uname -srm')],
		['system', slurp('/etc/os-release') =~ /^PRETTY_NAME="?(.*?)"?$/m],
		['file system', join ', ',
			version(qr/(.+)/, 'findmnt -no FSTYPE -T', $folder),
			version(qr/(.+)/, 'findmnt -no OPTIONS -T', $folder),
			version(qr/(.+)/, q(stat -f -c '%T, blocks of %S'),
				$folder)],
		['mixspool', version(qr/ (\S+)/, program(), '-V')],
		['nginx', version(qr{nginx/(\S+)}, '/usr/sbin/nginx -v')],
		['PHP', version(qr/PHP (\S+)/, 'php-cgi -v')],
		['Python', version(qr/([\d.]+)/, '/usr/bin/python3 -V')],
		['gunicorn, Flask', join ', ',
			version(qr/([\d.]+)/, 'gunicorn --version'),
			version(qr/Flask ([\d.]+)/, '/usr/bin/python3 -m flask --version')],
		['Node.js, fastify', join ', ', version(qr/v(\S+)/, 'node -v'),
			version(qr/"version": "(.*)"/, 'cat', out()
				. '/node/node_modules/fastify/package.json')],
		['Bun', version(qr/(\S+)/, out() . '/node/node_modules/.bin/bun', '--version')],
		['Lua in nginx', version(qr/(\S+)/, q(dpkg-query -Wf '${Version}' libnginx-mod-http-lua))],
		['Perl', version(qr/v([\d.]+)/, 'perl -v')],
		['uWSGI', version(qr/^([\d.]+)/, 'uwsgi --version')],
		['Go', version(qr/go([\d.]+)/, 'go version')],
		['webhook', version(qr/version (\S+)/, 'webhook -version')],
		['jansson', version(qr/(\S+)/, 'pkg-config --modversion jansson')],
		['wrk', version(qr/wrk (?:debian\/)?(\S+)/, 'wrk -v')],
	);
	return join '', map {"- $_->[0]: $_->[1]\n"} @list;
}

1;

package Release;

# The release that `make dist` makes, for the tests of it and of what it is for.

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(machine_here source_copy make_release);

# This machine's architecture by Debian's name, and by that of the release.
sub machine_here {
	chomp(my $architecture = `dpkg --print-architecture`);
	return ($architecture, { amd64 => 'x86-64' }->{$architecture} // $architecture);
}

# The source as it is now, committed or not, as one commit of git in a new FOLDER.
sub source_copy {
	my $folder = shift;
	my $files = -e top() . '/.git' ? 'git ls-files -z --cached --others --exclude-standard'
	    : q(sed '/^#/d; s/^[0-9a-f]*  //' packaging/SOURCE | tr '\n' '\0');
	my $git = 'git -c user.name=test -c user.email=test@example.com';
	system(<<"END") == 0 or croak "no copy in $folder";
set -e
mkdir -p "$folder"
cd @{[top()]}
$files | xargs -0 sh -c 'for f; do [ ! -e "\$f" ] || printf "%s\\0" "\$f"; done' sh |
	tar -c --null -T - | tar -x -C "$folder"
cd "$folder"
git init -q
git add -A -f
GIT_COMMITTER_DATE='1795000000 +0000' $git commit -q -m 'test'
END
	return $folder;
}

# Runs make dist in FOLDER, behind WRAPPER: its messages. %options: architectures,
# wrapper => [command].
sub make_release {
	my ($folder, %options) = @_;
	my $architectures = $options{architectures} // (machine_here())[0];
	my $build = $ENV{BUILD} // 'build';
	my $messages = folder() . '/make-dist';
	my $pid = spawn(['env', 'LIBRARIES=' . ($build =~ m{^/} ? $build : top() . "/$build"),
			@{ $options{wrapper} // [] }, 'make', '-s', '-C', $folder, 'BUILD=build',
			'dist', "DIST=$architectures"], out => spew($messages, ''), err => $messages);
	# It compiles, beside other tests, for one architecture after the other.
	my $exit = exit_of(reap($pid, 1800));
	croak "make dist exits with $exit: " . slurp($messages) if $exit != 0;
	return slurp($messages);
}

1;

#!/usr/bin/env perl
# make dist: the release is the same, bit for bit, whoever makes it where and when, from
# git's folder and from its own tarball; what is in it runs, and is listed. Without
# PROVE=full it has no programs, and shared-hosting.t tries those of this machine.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Links;
use Release;
use Testbed;

my $full = ($ENV{PROVE} // '') eq 'full';
my $architectures = $full ? 'amd64 arm64' : '';
my @machines = $full ? qw(x86-64 arm64) : ();
alarm(3600) if $full;
# Before the release, with the time of the commit that source_copy makes.
my $heading = (slurp(top() . '/CHANGES.md') =~ /^## (.*)$/m)[0];
my $version = $heading =~ s/ \(unreleased\)$/~20261118.1106/r;
like $version, qr/^\d+\.\d+\.\d+(?:~|$)/, 'the version is that of CHANGES.md';
my $name = "mixspool-$version";
my @files = sort 'SHA256SUMS', "$name.tar.gz", "$name.spdx.json",
    map {"$name-linux-$_.zip"} @machines;

sub names { return sort map { s{.*/}{}r } glob "$_[0]/*" }
sub run_in { return `cd $_[0] && { $_[1]; } 2>&1` }

# From git's folder, with a change that is not committed and files that are not git's.
my $one = source_copy(folder() . '/one');
spew("$one/LICENSE", slurp("$one/LICENSE") . "more\n");
spew("$one/stray.c", "int stray;\n");
like make_release($one, architectures => $architectures),
    qr/^dist: what is not committed is left out$/m, 'make dist, beside an uncommitted change';
my $dist = "$one/build/dist";
is_deeply [names($dist)], \@files, 'the files of the release';
is run_in($dist, 'sha256sum -c --quiet --strict SHA256SUMS'), '', 'SHA256SUMS is right';
is scalar(() = slurp("$dist/SHA256SUMS") =~ /^[0-9a-f]{64}  \S+$/mg), @files - 1, '... of all';

# From the tarball, elsewhere, 400 days later, by somebody else with another umask,
# time zone, language and flags.
my $elsewhere = folder() . '/a folder elsewhere' =~ tr/ /-/r;
mkdir $elsewhere;
system('tar', '-x', '-C', $elsewhere, '-f', "$dist/$name.tar.gz") == 0 or die;
my @nobody = $> == 0 ? qw(setpriv --reuid=65534 --regid=65534 --clear-groups) : ();
system("chown -R 65534:65534 $elsewhere; chmod 755 @{[folder()]}") if @nobody;
my @strange = (qw(env -u PERL5LIB TZ=Asia/Kolkata LC_ALL=C.UTF-8 CFLAGS=-O0 CPPFLAGS=-DX HOME=/),
	'LDFLAGS=-Wl,--gc-sections', 'sh', '-c', 'umask 077; exec "$@"', 'sh', qw(faketime -f +400d));
my $two = "$elsewhere/$name";
is make_release($two, architectures => $architectures,
	wrapper => [@nobody, @strange])
    =~ s/^(?:total|-r).*\n//mgr, '', 'make dist, in the unpacked tarball';
for my $file (@files) {
	is system('cmp', "$dist/$file", "$two/build/dist/$file"), 0, "$file is the same again";
}

# Another time is SOURCE_DATE_EPOCH's, and changes times alone.
my ($epoch) = slurp("$two/packaging/SOURCE") =~ /^# epoch (\d+)$/m;
is $epoch, 1795000000, 'the time is that of the commit';
unlike slurp("$two/packaging/SOURCE"), qr/stray|\.git\b/, 'nothing of the folder but git\'s files is in it';
is run_in($two, 'sha256sum -c --quiet --strict packaging/SOURCE'), '', 'packaging/SOURCE is right';
my @tar = split /\n/, run_in($dist, "TZ=UTC tar --full-time --numeric-owner -tvf $name.tar.gz");
is_deeply [grep { !m{^(?:drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) 0/0 .* 2026-11-18 11:06:40 $name/} } @tar],
    [], 'the tarball has one time, no owner, and plain modes';
spew("$two/LICENSE", "changed\n");
like run_in($two, 'make -s dist BUILD=build DIST='), qr/^dist: the source is not as it was released$/m,
    'a changed source is reported';

# What a user gets, by the program with which other systems unpack it, too.
for my $machine (@machines) {
	my $top = "$name-linux-$machine";
	my $folder = folder() . "/$machine/$top";
	is run_in($dist, "unzip -q -d @{[folder()]}/$machine $top.zip"), '', "$machine: unzip";
	my $emulator = $machine eq (machine_here())[1] ? '' : 'qemu-aarch64';
	for my $program (qw(mixspool mixspool.fcgi)) {
		unlike `readelf -dlW $folder/$program`, qr/NEEDED|INTERP/, "... $program needs no library";
		like run_in($folder, "$emulator ./$program -V"), qr/^\Q$program $version\E/, '... and runs';
	}
	my $spool = make_spool();
	local $ENV{MEMCHECK} = $emulator;
	my $answer = cgi({ MIXSPOOL_DIR => $spool, command => "$folder/mixspool.fcgi" },
		form('[' . user('anna') . ']'), {});
	is $answer->{status}, 200, '... by CGI it answers 200' or diag explain $answer;
	is_deeply [lines_in($spool)], [user('anna') . "\n"], '... and has stored the user';
	is_deeply [names($folder)], [qw(README.txt htaccess.txt licences manual mixspool mixspool.cgi
		mixspool.fcgi)], '... beside them is what else is needed';
	is_deeply broken_links("$folder/manual"), [], '... every link of the manual leads somewhere';
	is `find $folder ! -perm -444`, '', '... everybody may read it';
	is join(' ', names("$folder/licences") ) =~ s/libgcc-\d+-dev\S*\.txt/libgcc.txt/r,
	    join(' ', map {"$_.txt"} qw(LGPL-2.1 libc6-dev libfcgi-dev libgcc libjansson-dev libmd-dev mixspool)),
	    '... the licences of all that is linked';
}

# The list of what is in it, by the fields that SPDX 2.3 requires, and by its JSON schema:
# no other members, and words of its lists alone. undef is any text or a list of objects.
my $sbom = decode_json(slurp("$dist/$name.spdx.json"));
my %schema = (
	document => { map { $_ => undef } qw(SPDXID creationInfo dataLicense documentNamespace
		hasExtractedLicensingInfos name packages relationships spdxVersion) },
	creationInfo => { created => qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, creators => undef },
	hasExtractedLicensingInfos => { extractedText => undef, name => undef,
		licenseId => qr/^LicenseRef-[A-Za-z0-9.-]+$/ },
	packages => { (map { $_ => undef } qw(SPDXID checksums copyrightText downloadLocation externalRefs filesAnalyzed
			licenseConcluded licenseDeclared name sourceInfo versionInfo)),
		primaryPackagePurpose => qr/^(?:APPLICATION|ARCHIVE|LIBRARY|SOURCE)$/,
		supplier => qr/^(?:Organization|Person): \S/ },
	checksums => { algorithm => qr/^SHA(?:1|256)$/, checksumValue => qr/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/ },
	externalRefs => { referenceCategory => qr/^PACKAGE-MANAGER$/, referenceType => qr/^purl$/,
		referenceLocator => qr{^pkg:deb/debian/[a-z0-9.-]+@(?:[A-Za-z0-9.~_-]|%[0-9A-F]{2})+\?arch=[a-z0-9]+$} },
	relationships => { spdxElementId => undef, relatedSpdxElement => undef,
		relationshipType => qr/^(?:BUILD_TOOL_OF|CONTAINS|DESCRIBES|GENERATED_FROM|STATIC_LINK)$/ },
);

sub faults_of {
	my ($kind, $object) = @_;
	my @faults;
	for my $member (sort keys %$object) {
		my ($value, $rule) = ($object->{$member}, $schema{$kind}{$member});
		push @faults, "$kind.$member" if !exists $schema{$kind}{$member} || defined $rule && $value !~ $rule;
		push @faults, map { faults_of($member, $_) } grep { ref eq 'HASH' } ref $value eq 'ARRAY' ? @$value : $value;
	}
	return @faults;
}
is_deeply [faults_of(document => $sbom)], [], 'SPDX: nothing that the schema does not have';
is_deeply [grep { !defined $sbom->{$_} } qw(SPDXID creationInfo dataLicense documentNamespace name
	spdxVersion)], [], 'SPDX: the document has what is required';
is "$sbom->{spdxVersion} $sbom->{dataLicense} $sbom->{SPDXID}", 'SPDX-2.3 CC0-1.0 SPDXRef-DOCUMENT',
    '... as it must be';
like $sbom->{documentNamespace}, qr{^https://spdx\.org/spdxdocs/\Q$name\E-[0-9a-f-]{36}$}, '... a name of its own';
is $sbom->{creationInfo}{created}, '2026-11-18T11:06:40Z', '... the time';
my %package = map { $_->{SPDXID} => $_ } @{ $sbom->{packages} };
is scalar(keys %package), scalar @{ $sbom->{packages} }, '... each package has its own id';
my $licence = qr/(?:[A-Z][A-Za-z0-9.]*-[A-Za-z0-9.-]+|MIT|ISC|OML|Beerware)(?: WITH [A-Za-z0-9.-]+)?/;
for my $id (sort keys %package) {
	my $package = $package{$id};
	like $id, qr/^SPDXRef-[A-Za-z0-9.-]+$/, $id;
	is_deeply [grep { ($package->{$_} // '') eq '' } qw(name versionInfo supplier downloadLocation
		licenseConcluded licenseDeclared copyrightText primaryPackagePurpose)], [], '... has its fields';
	like $package->{licenseDeclared}, qr/^$licence(?: AND $licence)*$/, '... a licence';
	ok !$package->{filesAnalyzed}, '... and no files of its own';
}
my %related;
for (@{ $sbom->{relationships} }) {
	my ($from, $to) = @$_{qw(spdxElementId relatedSpdxElement)};
	ok $package{$to} && ($package{$from} || $from eq 'SPDXRef-DOCUMENT'), "SPDX: $from is related to $to";
	push @{ $related{$_->{relationshipType}}{$from} }, $to;
}
is_deeply [sort map { $package{$_}{name} } @{ $related{DESCRIBES}{'SPDXRef-DOCUMENT'} }],
    [grep {/gz$|zip$/} @files], 'SPDX: it describes the release';
for my $package (grep { $_->{checksums} } values %package) {
	my $file = "$dist/$package->{name}";
	($file) = glob "@{[folder()]}/$2/*/$1" if $package->{name} =~ /^(\S+) \((\S+)\)$/;
	my %sum = map { @$_{qw(algorithm checksumValue)} } @{ $package->{checksums} };
	is $sum{SHA256}, `sha256sum $file` =~ s/ .*\n//r, "... with the SHA-256 of $package->{name}";
}
my %linked = ('mixspool.fcgi' => [qw(libc6-dev libfcgi-dev libgcc libjansson-dev libmd-dev)],
	mixspool => [qw(libc6-dev libgcc libjansson-dev)]);
for my $machine (@machines) {
	for my $program (sort keys %linked) {
		my ($id) = grep { $package{$_}{name} eq "$program ($machine)" } keys %package;
		my @packages = map { $package{$_} } @{ $related{STATIC_LINK}{$id} };
		is_deeply [sort map { $_->{name} =~ s/^libgcc-\d+-dev.*/libgcc/r } @packages], $linked{$program},
		    "SPDX: the packages in $program ($machine)";
		my ($libgcc) = grep { $_->{name} =~ /^libgcc/ } @packages;
		my ($gcc) = `readelf -p .comment @{[folder()]}/$machine/*/$program` =~ /GCC: \(Debian (\S+)\)/;
		like $libgcc->{versionInfo}, qr/^\Q$gcc\E/, '... with the version that the program names';
	}
}
is_deeply [sort map { $package{$_}{name} =~ s/(cpp|binutils).*/$1/r } keys %{ $related{BUILD_TOOL_OF} }],
    [@machines ? sort((map { ('cpp', 'binutils') } @machines), 'libseccomp2', 'make') : ()],
    'SPDX: the tools';

done_testing;

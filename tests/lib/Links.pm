package Links;

# The links of the Markdown pages of a project, or of where they are installed.

use strict;
use warnings;
use Exporter qw(import);
use Testbed qw(slurp);

our @EXPORT = qw(pages broken_links);

# README.md and its like, and those in docs/, as paths from BASE.
sub pages {
	my $base = shift;
	return map { s{^\Q$base\E/}{}r } glob "$base/*.md $base/docs/*.md";
}

# Without blocks of code, where # is a comment and [](...) may be an expression.
sub prose {
	return slurp(shift) =~ s/^```.*?^```$//msgr;
}

# Is there a heading with this anchor, made as GitHub and GitLab make it?
sub has_heading {
	my ($path, $anchor) = @_;
	return grep { $_ eq $anchor }
	    map { lc =~ s/[^\w\- ]//gr =~ tr/ /-/r } prose($path) =~ /^#+ (.*)$/mg;
}

# 'PAGE: LINK' for each link to a file or a heading that is not there.
sub broken_links {
	my $base = shift;
	my @broken;
	for my $page (pages($base)) {
		my ($folder) = $page =~ m{^(.*/)};
		for my $link (prose("$base/$page") =~ /\]\(([^)\s]+)\)/g) {
			next if $link =~ /^https?:/;
			my ($path, $anchor) = split /#/, $link, 2;
			my $target = "$base/"
			    . ($path eq '' ? $page : ($folder // '') . $path);
			push @broken, "$page: $link" unless -e $target
			    && (!defined $anchor || has_heading($target, $anchor));
		}
	}
	return \@broken;
}

1;

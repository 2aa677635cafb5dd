#!/usr/bin/env perl
# Each call that the programs import fails in the tests of failing calls, or has a
# reason here why it does not: a call that is added tomorrow must have one, too.

use strict;
use warnings;
use Faults;
use Test::More;
use Testbed;

# By plain names: the compiler makes __snprintf_chk and __isoc23_strtoul of some.
my @reasons = (
	'of a library: its own calls fail, or faults/kernel_without.c makes it fail' =>
	    qr/(?:FCGX|SHA256|curl|jq|jv|json|sqlite3|PQ)_?\w+/,
	'in faults/kernel_without.c' => qr/syscall|prctl/,
	'data, or belongs to the start and the end of a program' =>
	    qr/_ITM_\w+TMCloneTable|__(?:cxa_finalize|gmon_start__|libc_start_main)
	    |__(?:stack_chk_fail|errno_location)|(?:__)?environ|opt(?:arg|ind|opt)
	    |std(?:in|out|err)|_?exit/x,
	'works in memory only' =>
	    # Each str... by its name: strdup and others allocate.
	    qr/mem(?:r?chr|mem|cmp|cpy|move|set)|bcmp|explicit_bzero|free|qsort(?:_r)?|bsearch|mallopt|v?snprintf
	    |str(?:n?(?:case)?cmp|r?chr|chrnul|c?spn|cpy|n?len|str|casestr|tou?l|[fp]time|error|signal)
	    |__ctype_\w+_loc|gmtime_r|timegm|[hn]to[hn][sl]|inet_pton|getopt(?:_long)?|getenv/x,
	'writes into a buffer, and fflush fails' =>
	    qr/f?put[cs]|putchar|__overflow|v?f?printf|fwrite(?:_unlocked)?|ferror|feof/,
	'its failure reads as the end of a file, which then has no certificate' => qr/fgets/,
	'tells nobody whether it failed' => qr/(?:open|sys)log|tzset/,
	'returns a number, and cannot fail' =>
	    qr/getpid|gete?[ug]id|umask|time|clock_gettime/,
	'fails only for a descriptor that is closed or no socket' => qr/getsockname|isatty|dirfd|dup2/,
	'fails only as the malloc in it does' => qr/fdopen|setvbuf/,
	'takes the place of an open, in once_fails.t' => qr/mkostemp/,
	'fails only for a name that is longer than Linux allows' => qr/gethostname/,
	'seeks in a file of ours, or names it' => qr/fseek|lseek(?:64)?|fileno/,
	'its failure is not the end of the file, which is asked for' => qr/__getdelim/,
	'its failure lasts, and costs only comfort' =>
	    qr/[gs]etrlimit|localtime_r/,
	'is called again when a signal ends it' => qr/nanosleep/,
	'releases what another call made' => qr/closedir|munmap|
	    (?:pthread_(?:attr|cond|condattr|mutex)|sem|posix_spawn\w+)_destroy/x,
	'fails only with a bug' =>
	    qr/setitimer|signal|sig(?:action|(?:add|del|empty)set|procmask)|pthread_sigmask
	    |pthread_(?:attr|cond|mutex|condattr)_init|pthread_condattr_setclock|pthread_attr_setstacksize|sem_init
	    |setitimer|pthread_cond_(?:broadcast|signal|(?:timed)?wait)|pthread_mutex_(?:un)?lock|sem_post
	    |posix_spawnattr_\w+|sigwait|abort/x,
	'fails only when the process has ended' =>
	    qr/kill|pthread_kill|setpgid|pthread_(?:join|(?:timed|try)join_np)/,
);
# Of one program.
my %of = (
	# Of setup, which shows another name then.
	'mixspool' => qr/getpwuid/,
	# Without it a full disk is found by the commit.
	'mixspool-once' => qr/statvfs(?:64)?/,
	# It stores nothing: it reports what fails, or sees less.
	'mixspool-doctor' =>
	    qr/realpath|(?:get|free)addrinfo|gai_strerror|get(?:pw|gr)\w+|glob(?:free)?(?:64)?|setsockopt|recv|send|readlink|opendir|f?statv?fs(?:64)?/,
);
my %fails = map { $_ => 1 } faulty_calls();

sub has_reason {
	my ($name, $program) = @_;
	$name = $name =~ s/^__(\w+)_chk$/$1/r =~ s/^__isoc\d+_//r;
	return grep { ref && $name =~ /\A$_\z/ } @reasons, $of{$program} // ();
}

plan skip_all => 'the program has the calls of a sanitizer, or of gcov'
    if $ENV{SANITIZED} || program() =~ m{/coverage/};
for my $name ('mixspool.fcgi', 'mixspool', 'mixspool-send', 'mixspool-once', 'mixspool-once-postgresql', 'mixspool-doctor') {
	my $program = program($name);
	my @imports = map {/ U ([^@\s]+)/} `nm -D --undefined-only $program`;
	cmp_ok @imports, '>', 50, "$name: what it imports";
	is_deeply [grep { !$fails{$_} && !has_reason($_, $name) } @imports], [],
	    "$name: each fails, or has a reason";
}

# The shim has each call that fails.
my $shim = shim();
my %has = map { $_ => 1 } map {/ [TW] (\w+)/} `nm -D --defined-only $shim`;
is_deeply [grep { !$has{$_} } sort keys %fails], [], 'the shim has them';
is_deeply [grep { !$fails{$_} } sort keys %has], [], 'and no others';
done_testing;

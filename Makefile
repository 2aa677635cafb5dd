# mixspool: see README.md. `make help` lists the targets.

VERSION = 0.1.0
CC ?= cc
PREFIX ?= /usr/local
SPOOL ?= /var/spool/mixspool
BUILD ?= build
INSTALL ?= install

SBINDIR = $(PREFIX)/sbin
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/mixspool
LIBDIR = $(PREFIX)/lib
BASH_COMPLETIONS = $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS = $(PREFIX)/share/zsh/site-functions

OPTIMISE ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wcast-qual -Wwrite-strings -Wundef -Wpointer-arith -Wvla -Wnull-dereference \
	-Werror
# Only what this compiler has for this machine, as CET is for x86 alone.
has = $(shell $(CC) $(1) -E -x c /dev/null >/dev/null 2>&1 && echo $(1))
HARDEN := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	$(call has,-fstack-clash-protection) $(call has,-fcf-protection)
CPPFLAGS += -D_GNU_SOURCE -DMIXSPOOL_VERSION='"$(VERSION)"' -Isrc -I.
CFLAGS += -std=c11 -pthread $(OPTIMISE) $(WARNINGS) $(HARDEN)
PIE ?= -pie
# The linker marks a program for CET when each object is. The C library's start
# files are not on every system; they suit the shadow stack as they are, but not
# IBT: so marked, a program would end at its first instruction.
SHSTK = $(if $(findstring -fcf-protection,$(HARDEN)),-z shstk)
LDFLAGS += -pthread $(PIE) -Wl,-z,relro,-z,now,-z,noexecstack $(SHSTK)
LIBFCGI ?= -lfcgi
LIBJANSSON ?= -ljansson
LIBMD ?= -lmd -lresolv
LIBSECCOMP ?= -lseccomp
LIBSEND ?= $(if $(WITHOUT_SEND),,-lcurl -ljq -lsqlite3)

# Each folder is a layer: CONTRIBUTING.md says who may include whom. The linker
# takes what a program needs of an archive.
room = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))
base_objects = $(call room,src/base)
spool_objects = $(call room,src/spool)
users_objects = $(call room,src/users)
objects = $(base_objects) $(spool_objects) $(users_objects) \
	$(filter-out %/main.o,$(call room,cgi))
# mixspool send, the only one that takes libcurl, libjq and SQLite. WITHOUT_SEND=1
# builds mixspool without it and them.
send_objects = $(filter-out %/without_send.o,$(call room,src/send))
tool_objects = $(filter-out %/mixspool.o,$(call room,src/tool)) \
	$(call room,src/drain) \
	$(if $(WITHOUT_SEND),$(BUILD)/src/send/without_send.o,$(send_objects))
archives = $(BUILD)/users.a $(BUILD)/spool.a $(BUILD)/base.a
mains = $(BUILD)/cgi/main.o $(BUILD)/src/tool/mixspool.o
receiver = $(BUILD)/mixspool.fcgi
tool = $(BUILD)/mixspool

Q = $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')

.PHONY: all bench static test test-programs check coverage sanitize soak prove lint format demo serve install \
	uninstall clean help
.DELETE_ON_ERROR:

all: $(receiver) $(tool)

help:
	@sed -n 's/^#: //p' Makefile

#: make            build mixspool.fcgi and mixspool into build/
#: make demo       see a POST travel through nginx into a spool
#: make serve      the same, until Ctrl-C
#: make test       install what is missing, build, run every test
#: make fuzz       an hour of hostile bytes to each parser; SECONDS=10 for less
#: make bench      mixspool beside its peers and its limits, 20 minutes: tables and
#:                 plots in build/bench/; SCENARIO=throughput for one, ROUNDS=5,
#:                 SECONDS=1; make bench-docs keeps the last as docs/benchmarks.md
#: make prove      every test at full length, coverage, sanitize, soak and fuzz,
#:                 some hours; PARTS='faults soak' for some
#: make coverage   which lines the tests run, and why the others are not run
#: make soak       load, restarts and a drain for MINUTES=10: what leaks, what is lost
#: make sanitize   the tests under ASan and UBSan, under TSan, CGI under valgrind
#: make lint       clang-format, clang-tidy, cppcheck, shellcheck, mandoc
#: make static     both without libraries, for shared hosting: build/static/;
#:                 mixspool is without send there
#: make install    to PREFIX (/usr/local), below DESTDIR; make uninstall
#: make clean      remove build/

$(BUILD)/%.a:
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/base.a: $(base_objects)
$(BUILD)/spool.a: $(spool_objects)
$(BUILD)/users.a: $(users_objects)

$(receiver): $(call room,cgi) $(archives)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LIBSECCOMP) $(LDLIBS)

$(tool): $(BUILD)/src/tool/mixspool.o $(tool_objects) $(archives)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBJANSSON) $(LIBSEND) $(LDLIBS)

$(BUILD)/%.o: %.c Makefile
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(objects) $(tool_objects) $(mains))

# The linker warns of gethostbyname in libfcgi, which is never called here.
static:
	@tests/need static
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/static WITHOUT_SEND=1 \
		PIE='-static-pie -Wl,--no-warnings'
	@strip $(BUILD)/static/mixspool.fcgi $(BUILD)/static/mixspool
	@ls -l $(BUILD)/static/mixspool.fcgi $(BUILD)/static/mixspool

demo serve:
	@tests/need build demo
	@$(MAKE) -s --no-print-directory all
	@tests/demo $(if $(filter serve,$@),--stay)

# Unit tests: one program a module, from tests/unit/MODULE.c.
unit = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%.t,$(wildcard tests/unit/*.c))
shims = $(patsubst tests/faults/%.c,$(BUILD)/tests/faults/%.so,$(wildcard tests/faults/*.c))
wrapped_backoff = -Wl,--wrap=clock_ms
wrapped_delivery = -Wl,--wrap=clock_ms -Wl,--wrap=client_post -Wl,--wrap=client_work \
	-Wl,--wrap=client_next_answer
wrapped_users = -Wl,--wrap=malloc
wrapped_spool = -Wl,--wrap=renameat
wrapped_commit = -Wl,--wrap=spool_commit -Wl,--wrap=campaign_open \
	-Wl,--wrap=campaign_settle -Wl,--wrap=pthread_cond_wait -Wl,--wrap=clock_ms

tested = $(sort $(objects) $(tool_objects))

$(BUILD)/tests/unit/%.t: tests/unit/%.c $(tested) Makefile
	$(say) TEST $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(wrapped_$*) -MMD -MP -o $@ $< \
		$(tested) $(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LIBSECCOMP) $(LIBSEND) -lcmocka

$(BUILD)/tests/faults/%.so: tests/faults/%.c Makefile
	$(say) SHIM $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -fPIE --coverage,$(CFLAGS)) -fPIC -shared -o $@ $< -ldl

# A Kafka for the recipes' tests.
helpers = $(BUILD)/tests/recipes/kafka-mock
$(helpers): tests/recipes/kafka-mock.c Makefile
	$(say) TEST $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lrdkafka

-include $(unit:.t=.d)

TESTS ?= $(unit) $(sort $(wildcard tests/integration/*.t))
test:
	@tests/need build test
	@$(MAKE) --no-print-directory check

test-programs: all $(unit) $(shims) $(helpers)

check: test-programs
	@BUILD=$(BUILD) tests/run $(TESTS)

coverage:
	@tests/need build test prove
	@tests/coverage

sanitize:
	@tests/need build test prove
	@tests/sanitize address
	@tests/sanitize thread
	@tests/sanitize memory

# What takes long: CONTRIBUTING.md says what the tests take of it each time.
MINUTES ?= 10
soak:
	@tests/need build demo prove
	@$(MAKE) -s --no-print-directory all
	@BUILD=$(BUILD) tests/soak $(MINUTES)

# One libFuzzer program a file of tests/fuzz/. A module is in the archive, so that
# request.c can have a gateway of its own.
FUZZ_SECONDS = $(if $(filter environment default undefined,$(origin SECONDS)),3600,$(SECONDS))
fuzz_names = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
fuzz_targets = $(fuzz_names:%=$(BUILD)/fuzz/%)
fuzz_compile = clang $(CPPFLAGS) -std=c11 -pthread -O1 -g $(WARNINGS) -MMD -MP \
	-fno-omit-frame-pointer -fno-sanitize-recover=all
fuzz_objects = $(tested:$(BUILD)/%=$(BUILD)/fuzz/objects/%)

$(BUILD)/fuzz/objects/%.o: %.c Makefile
	$(say) FUZZ $<
	$(Q)mkdir -p $(@D)
	$(Q)$(fuzz_compile) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(BUILD)/fuzz/mixspool.a: $(fuzz_objects)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(fuzz_targets): $(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/mixspool.a
	$(say) FUZZ $@
	$(Q)$(fuzz_compile) -fsanitize=fuzzer,address,undefined -o $@ \
		$< $(BUILD)/fuzz/mixspool.a \
		$(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LIBSECCOMP) $(LIBSEND) -lm

-include $(fuzz_objects:.o=.d) $(fuzz_targets:=.d)

.PHONY: fuzz fuzz-programs
fuzz-programs: $(fuzz_targets)

fuzz:
	@tests/need build fuzz
	@$(MAKE) -s --no-print-directory fuzz-programs
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(fuzz_names)

# All that tries to break the promise, for as long as it takes.
prove:
	@tests/need build demo test prove
	@FUZZ_SECONDS=$(FUZZ_SECONDS) MINUTES=$(MINUTES) tests/prove $(PARTS)

# The peers, and the least that a part of the work can cost: programs in C.
limits = $(patsubst tests/bench/limits/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/limits/*.c))
$(limits): $(BUILD)/bench/%: tests/bench/limits/%.c Makefile
	$(say) BENCH $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBFCGI) $(LIBJANSSON)

$(BUILD)/bench/receiver-go: tests/bench/peers/receiver.go
	$(say) BENCH $@
	$(Q)mkdir -p $(@D)
	$(Q)GO111MODULE=off GOCACHE=$(abspath $(@D))/go-cache go build -o $@ $<

fastify = $(BUILD)/bench/node/node_modules/.package-lock.json
$(fastify): tests/bench/peers/package.json tests/bench/peers/package-lock.json
	$(say) BENCH $(BUILD)/bench/node
	$(Q)mkdir -p $(BUILD)/bench/node
	$(Q)cp $^ $(BUILD)/bench/node
	$(Q)npm ci --prefix $(BUILD)/bench/node --no-audit --no-fund --silent
	$(Q)touch $@

.PHONY: bench-programs bench-docs
bench-programs: all $(limits) $(BUILD)/bench/receiver-go $(fastify)

BENCH_SECONDS = $(if $(filter environment default undefined,$(origin SECONDS)),1,$(SECONDS))
bench:
	@tests/need build bench
	@$(MAKE) -s --no-print-directory bench-programs
	@$(MAKE) -s --no-print-directory static >$(BUILD)/bench/static.log
	@BUILD=$(BUILD) SECONDS=$(BENCH_SECONDS) tests/bench/run $(SCENARIO)
	@BUILD=$(BUILD) SECONDS=$(BENCH_SECONDS) tests/bench/report

bench-docs:
	@mkdir -p docs/benchmarks
	@cp $(BUILD)/bench/*.svg docs/benchmarks/
	@sed 's|](\([a-z]*\.svg\))|](benchmarks/\1)|' $(BUILD)/bench/benchmarks.md \
		>docs/benchmarks.md

sources = $(wildcard cgi/*.[ch] src/*/*.[ch] tests/unit/*.[ch] tests/faults/*.c \
	tests/recipes/*.c tests/fuzz/*.[ch] tests/bench/limits/*.c tests/lib/*.c)
scripts = tests/need tests/run tests/lint tests/sanitize tests/coverage tests/fuzz/run .ci/run examples/to-sqlite \
	examples/to-postgres examples/to-kafka examples/to-redis examples/to-csv completion/mixspool.bash \
	tests/bench/peers/webhook-command

lint:
	@tests/need build lint
	@CPPFLAGS="$(subst ",\",$(CPPFLAGS))" tests/lint $(sources) -- $(scripts)

format:
	clang-format -i $(sources)

# Paths as they are installed, and a mode that does not depend on the umask.
install_edited = sed -e 's|/usr/local/sbin|$(SBINDIR)|' \
	-e 's|/var/spool/mixspool|$(SPOOL)|' $(1) >$(BUILD)/edited && \
	$(INSTALL) -m 0644 $(BUILD)/edited $(DESTDIR)$(LIBDIR)/$(2)

install: all
	umask 022 && $(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(DOCDIR)/examples \
		$(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) \
		$(DESTDIR)$(LIBDIR)/systemd/system $(DESTDIR)$(LIBDIR)/sysusers.d \
		$(DESTDIR)$(LIBDIR)/tmpfiles.d
	$(INSTALL) -m 0755 $(receiver) $(DESTDIR)$(SBINDIR)/mixspool.fcgi
	$(INSTALL) -m 0755 $(tool) $(DESTDIR)$(BINDIR)/mixspool
	$(INSTALL) -m 0644 man/mixspool.1 $(DESTDIR)$(MANDIR)/man1/
	$(INSTALL) -m 0644 man/mixspool.5 $(DESTDIR)$(MANDIR)/man5/
	$(INSTALL) -m 0644 man/mixspool.fcgi.8 $(DESTDIR)$(MANDIR)/man8/
	$(INSTALL) -m 0644 completion/mixspool.bash $(DESTDIR)$(BASH_COMPLETIONS)/mixspool
	$(INSTALL) -m 0644 completion/_mixspool $(DESTDIR)$(ZSH_COMPLETIONS)/
	$(INSTALL) -m 0755 examples/to-* $(DESTDIR)$(DOCDIR)/examples/
	$(INSTALL) -m 0644 systemd/mixspool-send.service systemd/mixspool-send.timer \
		$(DESTDIR)$(DOCDIR)/examples/
	$(INSTALL) -m 0644 nginx-example.conf apache-example.conf crontab-example README.md \
		CHANGES.md LICENSE SECURITY.md $(DESTDIR)$(DOCDIR)/
	$(INSTALL) -m 0644 cgi/.htaccess $(DESTDIR)$(DOCDIR)/htaccess-example
	$(call install_edited,systemd/mixspool.service,systemd/system/mixspool.service)
	$(call install_edited,systemd/mixspool.socket,systemd/system/mixspool.socket)
	$(call install_edited,systemd/mixspool.sysusers,sysusers.d/mixspool.conf)
	$(call install_edited,systemd/mixspool.tmpfiles,tmpfiles.d/mixspool.conf)

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/mixspool.fcgi $(DESTDIR)$(BINDIR)/mixspool \
		$(DESTDIR)$(BASH_COMPLETIONS)/mixspool \
		$(DESTDIR)$(ZSH_COMPLETIONS)/_mixspool \
		$(DESTDIR)$(MANDIR)/man1/mixspool.1 \
		$(DESTDIR)$(MANDIR)/man5/mixspool.5 \
		$(DESTDIR)$(MANDIR)/man8/mixspool.fcgi.8 \
		$(DESTDIR)$(LIBDIR)/systemd/system/mixspool.service \
		$(DESTDIR)$(LIBDIR)/systemd/system/mixspool.socket \
		$(DESTDIR)$(LIBDIR)/sysusers.d/mixspool.conf \
		$(DESTDIR)$(LIBDIR)/tmpfiles.d/mixspool.conf
	rm -rf $(DESTDIR)$(DOCDIR)

clean:
	rm -rf $(BUILD)

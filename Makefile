# mixspool: see README.md. `make help` lists the targets, those of tests/tests.mk and
# packaging/ too.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are yours, from the environment or from
# make's command line: they add to what mixspool needs and do not replace it.
# WARNINGS= is for a compiler that warns about more than those that we tried.

VERSION = 0.1.0
CC ?= cc
PREFIX ?= /usr/local
SPOOL ?= /var/spool/mixspool
BUILD ?= build
INSTALL ?= install
STRIP ?= strip

SBINDIR = $(PREFIX)/sbin
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/mixspool
LIBDIR = $(PREFIX)/lib
LIBEXECDIR = $(dir $(BINDIR:/=))libexec/mixspool# mixspool looks there, see program.h
BASH_COMPLETIONS = $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS = $(PREFIX)/share/zsh/site-functions

LIBFCGI ?= -lfcgi
LIBJANSSON ?= -ljansson
# A start finds most symbols in the C library, which is searched first therefore, and
# has fewer libraries to load when the smallest are part of the program.
LIBC_FIRST ?= -Wl,--push-state,--no-as-needed -lc -Wl,--pop-state
has_archive = $(findstring /,$(shell $(CC) -print-file-name=$(1)))
libmd_inside = -Wl,--push-state,-Bstatic -lmd -lresolv -Wl,--pop-state
LIBMD ?= $(if $(and $(call has_archive,libmd.a),$(call has_archive,libresolv.a)),$(libmd_inside),-lmd -lresolv)
LIBSECCOMP ?= -lseccomp
LIBSEND ?= -lcurl -ljq -lsqlite3
LIBONCE ?= -lsqlite3
# LIBPQ= builds all but what keeps the state of `mixspool once` in PostgreSQL.
LIBPQ ?= -lpq
LIBPQ_FLAGS ?= -I$(patsubst --sysroot=%,%,$(filter --sysroot=%,$(CC)))/usr/include/postgresql
LIBDOCTOR ?= -lcurl

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wcast-qual \
	-Wwrite-strings -Wundef -Wpointer-arith -Wvla -Wnull-dereference -Wno-psabi -Werror
# Only what this compiler has for the machine: CET is for x86 alone.
has = $(shell $(CC) $(1) -Werror -S -o /dev/null -x c /dev/null >/dev/null 2>&1 && echo $(1))
HARDEN := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	$(call has,-fstack-clash-protection) $(call has,-fcf-protection)
PIE ?= -pie
# The linker marks a program for CET if each object is marked. The C library's start
# files are not everywhere; they suit the shadow stack as they are, but not IBT.
SHSTK = $(if $(findstring -fcf-protection,$(HARDEN)),-z shstk)
# Where pointers have 32 bits, sizes of files and times have 64 all the same.
WIDE := $(if $(filter 4,$(shell echo __SIZEOF_POINTER__ | $(CC) $(CFLAGS) -E -P - 2>/dev/null)), \
	-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64)
cppflags = $(CPPFLAGS) $(WIDE) -D_GNU_SOURCE -DMIXSPOOL_VERSION='"$(VERSION)"' \
	-DMIXSPOOL_SPOOL='"$(SPOOL)"' -Isrc -I. -I$(BUILD)/generated
cflags = -std=c11 -pthread -O2 -g $(WARNINGS) $(CFLAGS) $(HARDEN)
ldflags = -pthread $(PIE) -Wl,-z,relro,-z,now,-z,noexecstack $(SHSTK) $(LDFLAGS)
compile = $(CC) $(cppflags) $(cflags)
link = $(CC) $(CFLAGS) $(ldflags)

# Each folder is a room: CONTRIBUTING.md says which may include which. The linker
# takes what a program needs from an archive.
room = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))
common_objects = $(foreach name,status journal users spool base,$(call room,src/$(name)))
tool_objects = $(call room,src/tool) $(call room,src/drain)
objects = $(common_objects) $(tool_objects) $(call room,cgi) $(call room,src/send) \
	$(call room,src/once) $(call room,src/web) $(call room,src/doctor)
postgres_objects = $(call room,src/postgres)
archives = $(BUILD)/status.a $(BUILD)/journal.a $(BUILD)/users.a $(BUILD)/spool.a $(BUILD)/base.a
receiver = $(BUILD)/mixspool.fcgi
tool = $(BUILD)/mixspool
sender = $(BUILD)/mixspool-send
doctor = $(BUILD)/mixspool-doctor
filter = $(BUILD)/mixspool-once $(BUILD)/mixspool-members
filter_postgres = $(if $(LIBPQ),$(addsuffix -postgresql,$(filter)))

Q = $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')

.PHONY: all static install uninstall clean help
.DELETE_ON_ERROR:

all: $(receiver) $(tool) $(sender) $(filter) $(filter_postgres) $(doctor) $(BUILD)/mixspool-serve

help:
	@sed -n 's/^#: //p' Makefile $(more_makefiles)

#: make            build mixspool.fcgi, mixspool, mixspool-send, mixspool-once and
#:                 mixspool-doctor into build/
#: make static     the first two without libraries, for shared hosting: build/static/
#: make install    to PREFIX (/usr/local), below DESTDIR; make uninstall
#: make clean      remove build/

.SECONDEXPANSION:
$(archives) $(BUILD)/tool.a $(BUILD)/web.a: $(BUILD)/%.a: $$(call room,src/$$*)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(receiver): $(call room,cgi) $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $(LIBC_FIRST) $^ $(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LDLIBS)

$(tool): $(tool_objects) $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(LIBJANSSON) $(LDLIBS)

# It alone takes libcurl, libjq and SQLite. `mixspool send` runs it.
$(sender): $(call room,src/send) $(BUILD)/web.a $(BUILD)/tool.a $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(LIBJANSSON) $(LIBSEND) $(LDLIBS)

# `mixspool doctor` runs it.
$(doctor): $(call room,src/doctor) $(BUILD)/web.a $(BUILD)/tool.a $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(LIBJANSSON) $(LIBDOCTOR) $(LDLIBS)

# `mixspool once` runs it, and by its other name `mixspool members`.
$(BUILD)/mixspool-once: $(call room,src/once) $(BUILD)/tool.a $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(LIBJANSSON) $(LIBONCE) $(LDLIBS)

# These run it for a STATE in PostgreSQL: libpq and its libraries take longer to load
# than a run with a file.
$(BUILD)/mixspool-once-postgresql: $(filter-out %/main.o $(BUILD)/src/once/state_sqlite%,$(call room,src/once)) \
		$(postgres_objects) $(BUILD)/tool.a $(archives)
	$(say) LINK $@
	$(Q)$(link) -o $@ $^ $(LIBJANSSON) $(LIBPQ) $(LDLIBS)

$(postgres_objects): cppflags += $(LIBPQ_FLAGS)

$(BUILD)/mixspool-members: $(BUILD)/mixspool-once
$(BUILD)/mixspool-members-postgresql: $(BUILD)/mixspool-once-postgresql
$(BUILD)/mixspool-members $(BUILD)/mixspool-members-postgresql:
	$(Q)ln -sf $(<F) $@

# `mixspool serve` runs it.
$(BUILD)/mixspool-serve: init/mixspool-serve
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

$(BUILD)/%.o: %.c Makefile
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

-include $(objects:.o=.d) $(postgres_objects:.o=.d)

# The receiver's filter of system calls is made here, and not at each start. The
# first program is for the machine that builds.
BUILD_CC ?= cc
BUILD_FLAGS ?= $(if $(filter $(BUILD_CC),$(CC)),$(CPPFLAGS) $(LDFLAGS))
filter_program = $(BUILD)/sandbox-filter
filter_header = $(BUILD)/generated/cgi/sandbox_filter.h

$(filter_program): $(wildcard src/filter/*.[ch]) Makefile
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD_CC) -std=c11 -D_GNU_SOURCE -O1 $(WARNINGS) $(BUILD_FLAGS) -Isrc -o $@ \
		$(filter %.c,$^) $(LIBSECCOMP)

$(filter_header): $(filter_program) src/filter/machine.in
	$(Q)mkdir -p $(@D)
	$(Q)$< "$$($(compile) -E -P -x c src/filter/machine.in | tail -n 1)" \
		$(SANDBOX_ALSO) >$@

$(BUILD)/cgi/sandbox_seccomp.o: $(filter_header)

# What mixspool setup prints is a part of the tool, which may be all that is there.
setup_examples = $(addprefix examples/web-servers/,Caddyfile h2o.conf haproxy.cfg lighttpd.conf)
setup_header = $(BUILD)/generated/tool/setup_texts.h
$(setup_header): src/tool/setup/to-header $(wildcard src/tool/setup/*.sh) \
		nginx-example.conf apache-example.conf $(setup_examples) \
		init/mixspool.sysv init/mixspool.openrc init/runit/run init/runit/log/run
	$(Q)mkdir -p $(@D)
	$(Q)$^ >$@

$(foreach place,$(BUILD) $(BUILD)/fuzz/objects,$(place)/src/tool/setup_texts.o): $(setup_header)

# The linker warns about gethostbyname in libfcgi, which is never called here.
static = $(addprefix $(BUILD)/static/,mixspool.fcgi mixspool)
static:
	@tests/need static
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/static $(static) \
		PIE='-static-pie -Wl,--no-warnings'
	@$(STRIP) $(static)
	@ls -l $(static)

# Paths as they are installed, and modes that do not depend on the umask.
place = umask 022 && $(INSTALL) -D -m
edited = umask 022 && mkdir -p $(BUILD) && sed -e 's|/usr/local/sbin|$(SBINDIR)|' \
	-e 's|/var/spool/mixspool|$(SPOOL)|' $(1) >$(BUILD)/edited && \
	$(INSTALL) -D -m 0644 $(BUILD)/edited $(DESTDIR)$(LIBDIR)/$(2)
pages = mixspool.1 mixspool-send.1 mixspool-once.1 mixspool-doctor.1 mixspool.5 mixspool.fcgi.8
documents = nginx-example.conf apache-example.conf crontab-example README.md CHANGES.md \
	CONTRIBUTING.md LICENSE SECURITY.md

install: all
	$(place) 0755 $(receiver) $(DESTDIR)$(SBINDIR)/mixspool.fcgi
	$(place) 0755 $(tool) $(DESTDIR)$(BINDIR)/mixspool
	$(place) 0755 $(sender) $(DESTDIR)$(LIBEXECDIR)/mixspool-send
	$(place) 0755 $(BUILD)/mixspool-once $(DESTDIR)$(LIBEXECDIR)/mixspool-once
	ln -sf mixspool-once $(DESTDIR)$(LIBEXECDIR)/mixspool-members
	if [ -n "$(filter_postgres)" ]; then \
		$(place) 0755 $(BUILD)/mixspool-once-postgresql $(DESTDIR)$(LIBEXECDIR)/mixspool-once-postgresql && \
		ln -sf mixspool-once-postgresql $(DESTDIR)$(LIBEXECDIR)/mixspool-members-postgresql; fi
	$(place) 0755 $(doctor) $(DESTDIR)$(LIBEXECDIR)/mixspool-doctor
	$(place) 0755 init/mixspool-serve $(DESTDIR)$(LIBEXECDIR)/mixspool-serve
	for page in $(pages); do \
		$(place) 0644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} man/$$page || exit; done
	$(place) 0644 completion/mixspool.bash $(DESTDIR)$(BASH_COMPLETIONS)/mixspool
	$(place) 0644 -t $(DESTDIR)$(ZSH_COMPLETIONS) completion/_mixspool
	$(place) 0755 -t $(DESTDIR)$(DOCDIR)/examples examples/to-*
	$(place) 0644 -t $(DESTDIR)$(DOCDIR)/examples systemd/mixspool-send.* \
		examples/apache-busy.asis examples/prometheus-alerts.yml \
		examples/grafana-dashboard.json
	$(place) 0755 -t $(DESTDIR)$(DOCDIR)/examples/init init/mixspool.sysv init/mixspool.openrc
	$(place) 0755 init/runit/run $(DESTDIR)$(DOCDIR)/examples/init/runit/run
	$(place) 0755 init/runit/log/run $(DESTDIR)$(DOCDIR)/examples/init/runit/log/run
	$(place) 0644 -t $(DESTDIR)$(DOCDIR)/examples/web-servers examples/web-servers/*
	$(place) 0644 -t $(DESTDIR)$(DOCDIR)/examples/cluster examples/cluster/*
	$(place) 0644 -t $(DESTDIR)$(DOCDIR) $(documents)
	$(place) 0644 cgi/.htaccess $(DESTDIR)$(DOCDIR)/htaccess-example
	$(place) 0755 -t $(DESTDIR)$(DOCDIR)/examples cgi/mixspool.cgi
	$(place) 0644 -t $(DESTDIR)$(DOCDIR)/docs docs/*.md docs/*.png
	$(place) 0644 -t $(DESTDIR)$(DOCDIR)/docs/benchmarks docs/benchmarks/*.svg
	$(call edited,systemd/mixspool.service,systemd/system/mixspool.service)
	$(call edited,systemd/mixspool.socket,systemd/system/mixspool.socket)
	$(call edited,systemd/mixspool-mounts.target,systemd/system/mixspool-mounts.target)
	$(call edited,systemd/mixspool.sysusers,sysusers.d/mixspool.conf)
	$(call edited,systemd/mixspool.tmpfiles,tmpfiles.d/mixspool.conf)

uninstall:
	rm -rf $(addprefix $(DESTDIR),$(SBINDIR)/mixspool.fcgi $(BINDIR)/mixspool \
		$(addprefix $(LIBEXECDIR)/mixspool-,send once members once-postgresql \
			members-postgresql doctor serve) $(DOCDIR) $(BASH_COMPLETIONS)/mixspool \
		$(ZSH_COMPLETIONS)/_mixspool $(LIBDIR)/systemd/system/mixspool.service \
		$(LIBDIR)/systemd/system/mixspool.socket \
		$(LIBDIR)/systemd/system/mixspool-mounts.target \
		$(LIBDIR)/sysusers.d/mixspool.conf \
		$(LIBDIR)/tmpfiles.d/mixspool.conf \
		$(foreach page,$(pages),$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(page)))

clean:
	rm -rf $(BUILD)

more_makefiles = tests/tests.mk $(sort $(wildcard packaging/*.mk))
include $(more_makefiles)

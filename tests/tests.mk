# The targets for tests, fuzzing, proof, lint, coverage, bench and the demo; the
# Makefile includes this file.

makefiles = Makefile tests/tests.mk

.PHONY: bench bench-docs bench-programs browser check coverage cross demo format fuzz scale-docs \
	fuzz-programs lint proofs prove sanitize screenshot serve soak test \
	test-programs

#: make demo       see a POST travel through nginx into a spool
#: make serve      the same, until Ctrl-C
#: make test       install what is missing, build, run every test; JOBS=1: one at a
#:                 time
#: make screenshot take the picture of the status page in docs/
#: make fuzz       an hour of hostile bytes to each parser; SECONDS=10 for less
#: make bench      mixspool beside its peers and its limits, 30 minutes: tables and
#:                 plots in build/bench/; SCENARIO=throughput for one, ROUNDS=7,
#:                 SECONDS=1; make bench-docs keeps the last as docs/benchmarks.md;
#:                 OLD=PATH compares with another mixspool.fcgi, too
#: make scale-docs the figures of docs/scale.md, in 3 minutes, on a quiet machine
#: make proofs     prove the readers of base/wide.h, for all inputs of some sizes
#: make prove      every test at full length, coverage, sanitize, soak, fuzz, proofs,
#:                 some hours; PARTS='faults soak' for some
#: make coverage   which lines the tests run, and why the others are not run
#: make soak       load, restarts and a drain for MINUTES=10: what leaks, what is lost
#: make sanitize   the tests under ASan and UBSan, under TSan, CGI under valgrind
#: make cross      build for arm64, armhf and i386, and run the unit tests there
#: make lint       clang-format, clang-tidy, cppcheck, shellcheck, mandoc, and which
#:                 room includes which
#: make format     put all C sources into the house's format

demo serve:
	@tests/need build demo
	@$(MAKE) -s --no-print-directory all
	@tests/demo $(if $(filter serve,$@),--stay)

# Unit tests: one program a module, from tests/unit/MODULE.c.
unit = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%.t,$(wildcard tests/unit/*.c))
shims = $(patsubst tests/faults/%.c,$(BUILD)/tests/faults/%.so,$(wildcard tests/faults/*.c))
wrapped_backoff = -Wl,--wrap=clock_ms
wrapped_outbox = -Wl,--wrap=clock_ms -Wl,--wrap=client_has_slot \
	-Wl,--wrap=client_post -Wl,--wrap=client_work -Wl,--wrap=client_next_answer
wrapped_outbox_when = $(wrapped_outbox)
wrapped_journal = -Wl,--wrap=write
wrapped_rights = -Wl,--wrap=fchmod
wrapped_form = -Wl,--wrap=wide_best
wrapped_marks = -Wl,--wrap=wide_best
wrapped_plain = -Wl,--wrap=wide_best
wrapped_users = -Wl,--wrap=wide_best -Wl,--wrap=malloc -Wl,--wrap=realloc
wrapped_batches = -Wl,--wrap=renameat2
wrapped_spool = -Wl,--wrap=renameat2 -Wl,--wrap=writev \
	-Wl,--wrap=clock_gettime
wrapped_spool_open = -Wl,--wrap=folder_open -Wl,--wrap=folder_next \
	-Wl,--wrap=fstatat
wrapped_commit_keep = -Wl,--wrap=campaign_open -Wl,--wrap=clock_ms
wrapped_commit = -Wl,--wrap=spool_commit -Wl,--wrap=campaign_open \
	-Wl,--wrap=campaign_settle -Wl,--wrap=pthread_cond_wait -Wl,--wrap=clock_ms

tested = $(filter-out %/main.o %/mixspool.o,$(objects)) $(BUILD)/src/postgres/place.o

$(BUILD)/tests/unit/%.t: tests/unit/%.c $(tested) $(makefiles)
	$(say) TEST $@
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) $(ldflags) $(wrapped_$*) -MMD -MP -o $@ $< \
		$(tested) $(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LIBSEND) -lcmocka

$(BUILD)/tests/faults/%.so: tests/faults/%.c $(makefiles)
	$(say) SHIM $@
	$(Q)mkdir -p $(@D)
	$(Q)$(filter-out -fPIE --coverage,$(compile)) -fPIC -shared -o $@ $< -ldl

# A Kafka for the recipes' tests.
helpers = $(BUILD)/tests/recipes/kafka-mock
$(helpers): tests/recipes/kafka-mock.c $(makefiles)
	$(say) TEST $@
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) $(ldflags) -o $@ $< -lrdkafka

-include $(unit:.t=.d)

# A browser's driver and axe-core, for the tests of the status page. Without npm, or a
# registry, these are skipped and say so.
browser_modules = $(BUILD)/browser/node_modules/.package-lock.json
$(browser_modules): tests/browser/package.json tests/browser/package-lock.json
	$(say) NPM $(BUILD)/browser
	$(Q)mkdir -p $(BUILD)/browser
	$(Q)cp $^ $(BUILD)/browser
	$(Q)npm ci --prefix $(BUILD)/browser --no-audit --no-fund --silent
	$(Q)touch $@

browser: $(browser_modules)

screenshot:
	@tests/need build browser
	@$(MAKE) -s --no-print-directory all browser
	@BUILD=$(BUILD) tests/browser/screenshot docs/status-page.png

TESTS ?= $(unit) $(sort $(wildcard tests/integration/*.t))
test:
	@tests/need build test
	@$(MAKE) -s --no-print-directory browser || \
		echo "The tests in a browser are skipped: npm has not got their modules." >&2
	@$(MAKE) --no-print-directory check

test-programs: all $(unit) $(shims) $(helpers)

check: all $(filter $(unit),$(TESTS)) $(shims) $(helpers)
	@BUILD=$(BUILD) tests/run $(TESTS)

coverage:
	@tests/need build test prove
	@tests/coverage

sanitize:
	@tests/need build test prove
	@tests/sanitize address
	@tests/sanitize thread
	@tests/sanitize memory

cross:
	@tests/need cross
	@tests/cross

# What takes long: CONTRIBUTING.md says what the tests take of it each time.
MINUTES ?= 10
soak:
	@tests/need build demo prove
	@$(MAKE) -s --no-print-directory all
	@BUILD=$(BUILD) tests/soak $(MINUTES)

# One libFuzzer program a file of tests/fuzz/. A module is in the archive, so that
# request.c can have a gateway of its own.
FUZZ_SECONDS = $(if $(filter environment default undefined,$(origin SECONDS)),3600,$(SECONDS))
$(foreach name,form users cohort request profiles,\
	$(eval fuzz_wrapped_$(name) = -Wl,--wrap=wide_best))
fuzz_names = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
fuzz_targets = $(fuzz_names:%=$(BUILD)/fuzz/%)
fuzz_compile = clang $(cppflags) -std=c11 -pthread -O1 -g $(WARNINGS) -MMD -MP \
	-fno-omit-frame-pointer -fno-sanitize-recover=all
fuzz_objects = $(tested:$(BUILD)/%=$(BUILD)/fuzz/objects/%)

$(BUILD)/fuzz/objects/%.o: %.c $(makefiles)
	$(say) FUZZ $<
	$(Q)mkdir -p $(@D)
	$(Q)$(fuzz_compile) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(BUILD)/fuzz/mixspool.a: $(fuzz_objects)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(fuzz_targets): $(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/mixspool.a
	$(say) FUZZ $@
	$(Q)$(fuzz_compile) -fsanitize=fuzzer,address,undefined $(fuzz_wrapped_$*) -o $@ \
		$< $(BUILD)/fuzz/mixspool.a \
		$(LIBFCGI) $(LIBJANSSON) $(LIBMD) $(LIBSEND) -lm

-include $(fuzz_objects:.o=.d) $(fuzz_targets:=.d)

fuzz-programs: $(fuzz_targets)

fuzz:
	@tests/need build fuzz
	@$(MAKE) -s --no-print-directory fuzz-programs
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(fuzz_names)

proofs:
	@tests/need proofs
	@BUILD=$(BUILD) tests/proofs/run

# All that tries to break the promise, for as long as it takes.
prove:
	@tests/need build demo test prove
	@FUZZ_SECONDS=$(FUZZ_SECONDS) MINUTES=$(MINUTES) tests/prove $(PARTS)

# The peers, and the least that a part of the work can cost: programs in C.
limits = $(patsubst tests/bench/limits/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/limits/*.c))
$(limits): $(BUILD)/bench/%: tests/bench/limits/%.c $(makefiles)
	$(say) BENCH $@
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) $(ldflags) -o $@ $< $(LIBFCGI) $(LIBJANSSON) $(LIBLIMITS)

$(BUILD)/bench/storage: LIBLIMITS = -luring

preloaded = $(patsubst tests/bench/preload/%.c,$(BUILD)/bench/%.so,$(wildcard tests/bench/preload/*.c))
$(preloaded): $(BUILD)/bench/%.so: tests/bench/preload/%.c $(makefiles)
	$(say) SHIM $@
	$(Q)mkdir -p $(@D)
	$(Q)$(filter-out -fPIE,$(compile)) -fPIC -shared -o $@ $< -ldl

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

bench-programs: all $(limits) $(preloaded) $(BUILD)/bench/receiver-go $(fastify)

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

scale-docs: all
	@tests/need build test
	@BUILD=$(BUILD) tests/bench/scale --docs

sources = $(wildcard cgi/*.[ch] src/*/*.[ch] tests/unit/*.[ch] tests/faults/*.c \
	tests/recipes/*.c tests/fuzz/*.[ch] tests/bench/*/*.c tests/lib/*.c)
proof_sources = $(wildcard tests/proofs/*.[ch] tests/proofs/model/*.h)
scripts = tests/need tests/run tests/lint tests/sanitize tests/coverage tests/cross \
	tests/prove tests/proofs/run tests/fuzz/run tests/lib/machine tests/lib/nfs-machine .ci/run \
	examples/to-postgres examples/to-redis examples/to-http \
	examples/web-servers/mini-httpd.cgi completion/mixspool.bash \
	tests/bench/peers/webhook-command init/mixspool-serve init/mixspool.sysv \
	init/runit/run init/runit/log/run src/tool/setup/to-header

lint:
	@tests/need build lint
	@$(MAKE) -s --no-print-directory $(filter_header) $(setup_header)
	@CPPFLAGS="$(subst ",\",$(cppflags) $(LIBPQ_FLAGS))" tests/lint $(sources) -- $(scripts)

format:
	clang-format -i $(sources) $(proof_sources)

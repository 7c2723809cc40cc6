# SPDX-License-Identifier: GPL-2.0-or-later
# Kabari: build, test and install. "make help" lists what there is.
# Nothing is written outside $(BUILD) but by install; "make BUILD=build/mine …"
# keeps a build of one's own.

BUILD        ?= build
PREFIX       ?= /usr/local
CC           ?= cc
AR           ?= ar
CLANG        ?= clang-14
CLANG_FORMAT ?= clang-format-14
CLANG_TIDY   ?= clang-tidy-14
JOBS         ?= $(shell nproc)

# The rooms of gateway/ in the order in which they may include one another.
ROOMS := base config store alarm text registry outbox campaign link dispatch \
         inbound ussd access api web cli

PACKAGES := gammu libevent libevent_pthreads sqlite3 libconfig jansson \
            libsodium libsystemd libcurl expat
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla
# WERROR=-Werror in CI, nothing for users.
WERROR   ?=

# Asked when the first file is compiled, not when this file is read: by then
# "make deps" has brought pkg-config.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $$(PACKAGES)))$(PKG_CFLAGS)
LANG_FLAGS := -std=c11 -D_GNU_SOURCE -Igateway -I.
BASE_FLAGS  = $(LANG_FLAGS) $(PKG_CFLAGS) $(WARNINGS) $(WERROR) -MMD -MP
HARDEN     := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
RELEASE_FLAGS := -O2 -g $(HARDEN)
RELEASE_LINK  := -O2 -pie -Wl,-z,relro,-z,now
TEST_FLAGS    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined
TEST_LINK     := -fsanitize=address,undefined
FUZZ_FLAGS    := -O2 -g -fno-omit-frame-pointer \
                 -fsanitize=fuzzer-no-link,address,undefined \
                 -fno-sanitize-recover=undefined
FUZZ_LINK     := -fsanitize=fuzzer,address,undefined
LIBS_GATEWAY := -levent -lsqlite3 -lconfig -ljansson -lcsv -lsodium -lsystemd \
                -lcurl -lexpat -lpthread -lm
LIBS_WORKER := -lGammu -lpthread -lm
LIBS_SIM    := -levent -ljansson -lm

# "make V=1" shows the commands whole.
Q   := $(if $(V),,@)
say  = $(if $(V),,@echo "$(1)")

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# --- one set of rules per flavour: release (-O2), test (sanitizers), fuzz -----

SCHEMA_SQL := $(sort $(wildcard gateway/store/schema/*.sql))

$(BUILD)/gen/schema.c: $(SCHEMA_SQL) gateway/store/embed_schema.awk
	@mkdir -p $(@D)
	$(call say,gen  $@)
	$(Q)awk -f gateway/store/embed_schema.awk $(SCHEMA_SQL) > $@

PROFILES := $(sort $(wildcard modems/sim/profiles/*.profile))

$(BUILD)/gen/profiles.c: $(PROFILES) modems/sim/embed_profiles.awk
	@mkdir -p $(@D)
	$(call say,gen  $@)
	$(Q)awk -f modems/sim/embed_profiles.awk $(PROFILES) > $@

# The console's pages and the libraries that they bring, packed and embedded.
CONSOLE_FILES := $(shell find gateway/web/console -type f)
$(BUILD)/gen/assets.c $(BUILD)/gen/assets_data.s &: gateway/web/embed_assets.sh $(CONSOLE_FILES)
	@mkdir -p $(BUILD)/gen
	$(call say,gen  $(BUILD)/gen/assets.c)
	$(Q)sh gateway/web/embed_assets.sh $(BUILD)/gen gateway/web/console

# flavour,flags
define FLAVOUR
$(BUILD)/$(1)/gen/%.o: $(BUILD)/gen/%.s
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -c -o $$@ $$<

$(BUILD)/$(1)/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $$(@D)
	$$(call say,cc   $$@)
	$$(Q)$$(CC) $$(BASE_FLAGS) $(2) $$(CFLAGS) -c -o $$@ $$<

$(BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(call say,cc   $$@)
	$$(Q)$$(CC) $$(BASE_FLAGS) $(2) $$(DEFINES) $$(CFLAGS) -c -o $$@ $$<

$(foreach room,$(ROOMS),$(call ROOM_ARCHIVE,$(1),$(room)))
endef

# Parts of rooms that are written by make.
GENERATED_store := schema
GENERATED_web   := assets assets_data

# flavour,room: cli/main.c is the program, not part of its room's archive
define ROOM_ARCHIVE

$(BUILD)/$(1)/$(2).a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(filter-out gateway/cli/main.c,$(wildcard gateway/$(2)/*.c))) $(GENERATED_$(2):%=$(BUILD)/$(1)/gen/%.o)
	@rm -f $$@
	@$$(AR) rcs $$@ $$^

endef

$(eval $(call FLAVOUR,release,$(RELEASE_FLAGS)))
$(eval $(call FLAVOUR,test,$(TEST_FLAGS)))
$(eval $(call FLAVOUR,fuzz,$(FUZZ_FLAGS)))
$(BUILD)/fuzz/%: CC := $(CLANG)
# Words are compared with long lists: the fuzzer gets them as a dictionary (see
# fuzz) instead of watching each comparison, which took most of its time.
$(BUILD)/fuzz/gateway/inbound/%.o $(BUILD)/fuzz/gateway/text/%.o: \
    CFLAGS += -fno-sanitize-coverage=trace-cmp

# flavour -> the archives of all rooms, as a group because rooms meet
all_rooms = $(foreach room,$(ROOMS),$(BUILD)/$(1)/$(room).a)
objects   = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(wildcard $(2)))
group     = -Wl,--start-group $(filter %.a,$(1)) -Wl,--end-group

WORKER_ROOMS = $(BUILD)/$(1)/link.a $(BUILD)/$(1)/base.a
SIM_ROOMS    = $(BUILD)/$(1)/base.a $(BUILD)/$(1)/gen/profiles.o

# flavour,output folder,flags
define PROGRAMS
$(2)/kabarid: $(BUILD)/$(1)/gateway/main.o $(call all_rooms,$(1))
	$$(call say,link $$@)
	$$(Q)$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_GATEWAY)

$(2)/kabari: $(BUILD)/$(1)/gateway/cli/main.o $(call all_rooms,$(1))
	$$(call say,link $$@)
	$$(Q)$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_GATEWAY)

$(2)/kabari-modem: $(call objects,$(1),modems/worker/*.c) $(call WORKER_ROOMS,$(1))
	$$(call say,link $$@)
	$$(Q)$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_WORKER)

$(2)/kabari-sim: $(call objects,$(1),modems/sim/*.c) $(call SIM_ROOMS,$(1))
	$$(call say,link $$@)
	$$(Q)$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_SIM)
endef

$(eval $(call PROGRAMS,release,$(BUILD),$(RELEASE_LINK)))
$(eval $(call PROGRAMS,test,$(BUILD)/test,$(TEST_LINK)))

PROGRAM_NAMES := kabarid kabari kabari-modem kabari-sim
all: $(PROGRAM_NAMES:%=$(BUILD)/%)
test-programs: $(PROGRAM_NAMES:%=$(BUILD)/test/%)

# What was installed where is known to the programs and to the option table
# only; another PREFIX compiles those again.
PREFIX_OBJECTS := $(BUILD)/release/gateway/main.o \
                  $(BUILD)/release/gateway/config/options.o \
                  $(call objects,release,gateway/cli/*.c)
$(PREFIX_OBJECTS): private DEFINES := -DKABARI_PREFIX='"$(PREFIX)"'
$(PREFIX_OBJECTS): $(BUILD)/gen/prefix
$(BUILD)/gen/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@

# --- what Debian must bring ---------------------------------------------------

DEPS_BUILD := gcc libc6-dev pkg-config tzdata libgammu-dev libevent-dev \
              libsqlite3-dev libconfig-dev libjansson-dev libcsv-dev \
              libsodium-dev libsystemd-dev libcurl4-openssl-dev \
              libexpat1-dev libjs-bootstrap5 libjs-chart.js
DEPS_DEMO  := $(DEPS_BUILD) jq
DEPS_TEST  = $(DEPS_BUILD) libcmocka-dev chromium $(NPM_DEPS)
DEPS_LINT  = $(DEPS_TEST) clang-14 clang-format-14 clang-tidy-14 cppcheck
DEPS_FUZZ  := $(DEPS_BUILD) clang-14 libclang-rt-14-dev
DEPS_COVER = $(DEPS_TEST) gcovr
INSTALL_MISSING := sh tests/support/install_missing.sh

deps:
	@$(INSTALL_MISSING) $(DEPS_BUILD)
deps-demo:
	@$(INSTALL_MISSING) $(DEPS_DEMO)
deps-test:
	@$(INSTALL_MISSING) $(DEPS_TEST)
deps-lint:
	@$(INSTALL_MISSING) $(DEPS_LINT)
deps-fuzz:
	@$(INSTALL_MISSING) $(DEPS_FUZZ)
deps-cover:
	@$(INSTALL_MISSING) $(DEPS_COVER)

# A make of its own, as parallel as the machine, or as the caller said.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
SUBMAKE  = $(MAKE) --no-print-directory $(PARALLEL)

# --- the story, played ----------------------------------------------------------

demo: deps-demo
	@$(SUBMAKE) all
	@ONCE='$(ONCE)' bash gateway/share/demo.sh $(BUILD)

# --- unit tests: tests/unit/<room>/<what>_test.c, linked with that room and
# --- the rooms below it only; sim and worker stand for modems/ ---------------

UNIT_SOURCES := $(wildcard tests/unit/*/*_test.c)
UNIT_TESTS   := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/test/unit/%)

upto = $(if $(1),$(firstword $(1)) $(if $(filter $(2),$(firstword $(1))),,$(call upto,$(wordlist 2,99,$(1)),$(2))))
rooms_upto = $(foreach room,$(call upto,$(ROOMS),$(2)),$(BUILD)/$(1)/$(room).a)
# flavour,room -> what a test of that room is linked with
parts_sim    = $(filter-out %/main.o,$(call objects,$(1),modems/sim/*.c)) $(call SIM_ROOMS,$(1))
parts_worker = $(filter-out %/main.o,$(call objects,$(1),modems/worker/*.c)) $(call WORKER_ROOMS,$(1))
parts = $(if $(filter sim worker,$(2)),$(call parts_$(2),$(1)),$(call rooms_upto,$(1),$(2)))
libs  = $(if $(filter worker,$(1)),$(LIBS_WORKER),$(LIBS_GATEWAY))

# <room>/<what>_test,room
define UNIT
$(BUILD)/test/unit/$(1): $(BUILD)/test/tests/unit/$(1).o $(call parts,test,$(2))
	@mkdir -p $$(@D)
	$$(call say,link $$@)
	$$(Q)$$(CC) $(TEST_LINK) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $(call libs,$(2)) -lcmocka
endef
$(foreach test,$(UNIT_SOURCES:tests/unit/%.c=%),$(eval $(call UNIT,$(test),$(patsubst %/,%,$(dir $(test))))))

# make unit ROOM=text builds and runs one room's unit tests.
unit: $(if $(ROOM),$(filter $(BUILD)/test/unit/$(ROOM)/%,$(UNIT_TESTS)),$(UNIT_TESTS))
	@set -e; for test in $^; do "$$test"; done

# --- flow tests: tests/flow/NN_<what>.c (or an executable .sh) against the real
# --- programs; linked with all rooms and tests/support/ ------------------------

SUPPORT      := $(filter-out %_probe.c,$(wildcard tests/support/*.c))
FLOW_SOURCES := $(wildcard tests/flow/*.c)
FLOW_SCRIPTS := $(wildcard tests/flow/*.sh)
FLOW_TESTS   := $(FLOW_SOURCES:tests/flow/%.c=$(BUILD)/test/flow/%)

$(BUILD)/test/flow/%: $(BUILD)/test/tests/flow/%.o $(SUPPORT:%.c=$(BUILD)/test/%.o) $(call all_rooms,test)
	@mkdir -p $(@D)
	$(call say,link $@)
	$(Q)$(CC) $(TEST_LINK) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call group,$^) $(LIBS_GATEWAY) -lcmocka

# tests/shim/<what>_shim.c: comes between a program and its libraries by
# LD_PRELOAD; without sanitizers, whose runtime would want to be first.
SHIMS = $(patsubst tests/shim/%.c,$(BUILD)/test/%.so,$(wildcard tests/shim/*_shim.c))
$(BUILD)/test/%_shim.so: tests/shim/%_shim.c
	@mkdir -p $(@D)
	$(call say,link $@)
	$(Q)$(CC) $(LANG_FLAGS) $(WARNINGS) $(WERROR) -O1 -g -fno-omit-frame-pointer -fPIC -shared -o $@ $< -ldl -lpthread

# tests/shim/hostile_worker.c: stands in kabari-modem's place.
SHIMS += $(BUILD)/test/hostile-worker
$(BUILD)/test/hostile-worker: $(BUILD)/test/tests/shim/hostile_worker.o $(call WORKER_ROOMS,test)
	$(call say,link $@)
	$(Q)$(CC) $(TEST_LINK) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call group,$^)

# What other people's libraries leak is not held against us.
export LSAN_OPTIONS := suppressions=$(CURDIR)/tests/support/leaks.supp:print_suppressions=0

# Checkers from npm that only tests run; Debian has none of them.
NPM_TOOLS := @seriousme/openapi-schema-validator@2.11.0 axe-core@4.10.3 \
             playwright-core@1.54.2
NPM_DEPS  := $(if $(shell command -v npm 2>/dev/null),,nodejs npm)
NODE_HOME := $(abspath $(BUILD))/npm
$(BUILD)/npm/.installed: Makefile
	@mkdir -p $(@D) && echo '{"private":true}' > $(@D)/package.json
	$(call say,npm  $(NPM_TOOLS))
	$(Q)npm install --silent --no-audit --no-fund --prefix $(@D) $(NPM_TOOLS)
	@touch $@
export KABARI_NODE := $(NODE_HOME)

run_tests = KABARI_BUILD='$(abspath $(BUILD)/test)' JOBS='$(JOBS)' \
            bash tests/support/run_tests.sh $(BUILD)/test/log

# make flow ONLY=03 builds and runs the flow tests whose names start so.
flow: test-programs $(SHIMS) $(BUILD)/npm/.installed $(filter $(BUILD)/test/flow/$(ONLY)%,$(FLOW_TESTS))
	@$(run_tests) $(filter $(BUILD)/test/flow/$(ONLY)%,$(FLOW_TESTS)) $(filter tests/flow/$(ONLY)%,$(FLOW_SCRIPTS))

tests: test-programs $(SHIMS) $(UNIT_TESTS) $(FLOW_TESTS) $(BUILD)/npm/.installed
run-tests: tests
	@$(run_tests) $(UNIT_TESTS) $(FLOW_TESTS) $(FLOW_SCRIPTS)

test: deps-test
	@$(SUBMAKE) tests
	@$(MAKE) --no-print-directory run-tests

# --- lint: what CI refuses ------------------------------------------------------

C_SOURCES := $(sort $(wildcard gateway/*.c gateway/*/*.c modems/*/*.c tests/*/*.c tests/unit/*/*.c))
C_HEADERS := $(sort $(wildcard gateway/*/*.h modems/*/*.h tests/*/*.h tests/unit/*/*.h))

lint: deps-lint
	@$(SUBMAKE) -k lint-text lint-warnings lint-cppcheck lint-tidy
	@$(SUBMAKE) -k lint-globals
	@echo lint: clean

lint-text: lint-format lint-includes lint-licence
lint-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(C_SOURCES) $(C_HEADERS)
lint-includes:
	@ROOMS='$(ROOMS)' sh tests/support/lint_includes.sh $(C_SOURCES) $(C_HEADERS)
lint-licence:
	@sh tests/support/lint_licence.sh

# Every file, and every header alone, through both compilers.
lint-warnings:
	@$(MAKE) --no-print-directory -ks warnings V=1 BUILD=$(BUILD)/warn-gcc CC=gcc WERROR=-Werror
	@$(MAKE) --no-print-directory -ks warnings V=1 BUILD=$(BUILD)/warn-clang CC=$(CLANG) WERROR=-Werror
warnings: $(BUILD)/release/gen/schema.o $(BUILD)/release/gen/profiles.o $(BUILD)/release/gen/assets.o $(C_SOURCES:%.c=$(BUILD)/release/%.o) $(C_HEADERS:%.h=$(BUILD)/alone/%.ok)
$(BUILD)/alone/%.ok: %.h
	@mkdir -p $(@D)
	@echo 'typedef int alone;' | $(CC) $(BASE_FLAGS) -MF $(@:.ok=.d) -MT $@ -fsyntax-only -include $< -x c -
	@touch $@

# readdir is safe where no two threads share a DIR; returned structs of pointers
# are taken for dangling ones (clang's analyzer looks after those).
lint-cppcheck:
	@cppcheck --quiet --std=c11 --library=posix -j$(JOBS) --error-exitcode=1 \
	    --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --suppress=readdirCalled \
	    --suppress=returnDanglingLifetime -D_GNU_SOURCE -D__linux__ -Igateway -I. \
	    --include=$(firstword $(wildcard /usr/include/*/sys/queue.h)) $(C_SOURCES)

lint-tidy: $(C_SOURCES:%.c=$(BUILD)/lint/%.tidy)
$(BUILD)/lint/%.tidy: %.c $(C_HEADERS) .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	@$(CLANG_TIDY) --quiet $< -- $(LANG_FLAGS) $(PKG_CFLAGS) > $@.log 2>&1 || \
	    { grep -v 'warnings.* generated\.$$' $@.log; exit 1; }
	@touch $@

PRODUCT_OBJECTS := $(patsubst %.c,$(BUILD)/warn-gcc/release/%.o,$(filter gateway/% modems/%,$(C_SOURCES)))
lint-globals:
	@sh tests/support/lint_globals.sh $(PRODUCT_OBJECTS)

format: deps-lint
	$(CLANG_FORMAT) -i $(C_SOURCES) $(C_HEADERS)

# --- coverage, fuzzing, benchmarks ----------------------------------------------

# The tests once more, without sanitizers, counted line by line.
cover: deps-cover
	@$(SUBMAKE) run-tests BUILD=$(BUILD)/cover TEST_FLAGS='-O0 -g --coverage' TEST_LINK=--coverage
	@gcovr --root . --filter gateway/ --filter modems/ --print-summary \
	    --html-details $(BUILD)/cover/index.html $(BUILD)/cover/test
	@echo "cover: see $(BUILD)/cover/index.html"

# tests/fuzz/<room>_<what>_fuzz.c; its seeds in tests/data/fuzz/<room>_<what>/.
# RUNS=10000000 bounds a run by inputs instead of time, ONLY=inbound names whom.
SECONDS ?= 60
RUNS    ?=
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/$(ONLY)*_fuzz.c))
FUZZ_BOUND = $(if $(RUNS),-runs=$(RUNS),-max_total_time=$(SECONDS))
define FUZZER
$(BUILD)/fuzz/$(1): $(BUILD)/fuzz/tests/fuzz/$(1).o $(call parts,fuzz,$(2))
	$$(call say,link $$@)
	$$(Q)$$(CC) $(FUZZ_LINK) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $(call libs,$(2))
endef
$(foreach fuzzer,$(notdir $(FUZZERS)),$(eval $(call FUZZER,$(fuzzer),$(firstword $(subst _, ,$(fuzzer))))))

# What residents' words are, for the fuzzers of a conversation.
$(BUILD)/fuzz/inbound.dict: templates/intents.rules
	@mkdir -p $(@D)
	$(Q)sed 's/#.*//' $< | tr -cs 'a-z' '\n' | sort -u | \
	    sed -n 's/^..*$$/"&"/p' > $@

fuzz: deps-fuzz $(BUILD)/fuzz/inbound.dict
	@$(SUBMAKE) fuzzers
	@set -e; for fuzzer in $(notdir $(FUZZERS)); do \
	    seeds=tests/data/fuzz/$${fuzzer%_fuzz}; \
	    words=$(BUILD)/fuzz/$${fuzzer%%_*}.dict; \
	    mkdir -p $(BUILD)/fuzz/corpus/$$fuzzer; test -d $$seeds || seeds=; \
	    echo "fuzz: $$fuzzer $(FUZZ_BOUND)"; \
	    ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=3 \
	    $(BUILD)/fuzz/$$fuzzer $(FUZZ_BOUND) -timeout=10 -verbosity=0 \
	        -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ \
	        $$(test -f $$words && echo -dict=$$words) \
	        $(BUILD)/fuzz/corpus/$$fuzzer $$seeds; done
fuzzers: $(FUZZERS)

# tests/bench/<what>.c, each a program that prints its own lines.
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: $(BUILD)/release/tests/bench/%.o $(SUPPORT:%.c=$(BUILD)/release/%.o) $(call all_rooms,release)
	@mkdir -p $(@D)
	$(call say,link $@)
	$(Q)$(CC) $(RELEASE_LINK) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call group,$^) $(LIBS_GATEWAY) -lcmocka

bench: deps-test
	@$(SUBMAKE) all $(BENCHES)
	@set -e; for bench in $(BENCHES); do \
	    echo "bench: $${bench##*/}"; KABARI_BUILD='$(abspath $(BUILD))' $$bench; done

# tests/support/<what>_probe.c: tools for whoever tries a device or a worker.
PROBES := $(patsubst tests/support/%.c,$(BUILD)/probe/%,$(wildcard tests/support/*_probe.c))
$(BUILD)/probe/%: $(BUILD)/release/tests/support/%.o $(call all_rooms,release)
	@mkdir -p $(@D)
	$(call say,link $@)
	$(Q)$(CC) $(RELEASE_LINK) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call group,$^) $(LIBS_GATEWAY)

probes: $(PROBES)

# --- man pages and completion, from the tables of commands and options -----------

MAN_PAGES := kabari.1 kabari-sim.1 kabari.conf.5 kabarid.8
MAN_BUILT := $(MAN_PAGES:%=$(BUILD)/man/%) $(BUILD)/man/kabari.bash
$(BUILD)/man/kabari.bash: gateway/share/completion.in
$(MAN_PAGES:%=$(BUILD)/man/%): $(BUILD)/man/%: gateway/share/man/%.in
$(MAN_BUILT): tests/support/make_manual.sh $(BUILD)/kabari $(BUILD)/kabari-sim
	@mkdir -p $(@D)
	$(call say,man  $@)
	$(Q)sh tests/support/make_manual.sh $(BUILD) $(filter %.in,$^) > $@
man: $(MAN_BUILT)

# --- install ----------------------------------------------------------------------

INSTALL_FILE    = install -D -m 644
INSTALL_PROGRAM = install -D -m 755
to = $(DESTDIR)$(PREFIX)/$(1)
# What a file names under @PREFIX@ or /usr/share/kabari, as installed.
INSTALL_EDITED = sh tests/support/install_edited.sh '$(PREFIX)'

install: all man
	$(INSTALL_PROGRAM) $(BUILD)/kabarid $(call to,sbin/kabarid)
	$(INSTALL_PROGRAM) $(BUILD)/kabari $(call to,bin/kabari)
	$(INSTALL_PROGRAM) $(BUILD)/kabari-sim $(call to,bin/kabari-sim)
	$(INSTALL_PROGRAM) $(BUILD)/kabari-modem $(call to,libexec/kabari/kabari-modem)
	$(call say,inst $(call to,share/kabari/templates))
	$(Q)for file in templates/lint.rules templates/intents.rules templates/ussd.menu $(wildcard templates/*/*.txt); do \
	    $(INSTALL_FILE) $$file $(call to,share/kabari)/$$file || exit 1; done
	$(INSTALL_FILE) gateway/share/balance.rules $(call to,share/kabari/balance.rules)
	$(Q)for file in $(notdir $(wildcard modems/quirks/*)); do \
	    $(INSTALL_FILE) modems/quirks/$$file $(call to,share/kabari/quirks)/$$file || exit 1; done
	$(INSTALL_EDITED) gateway/share/kabari.conf.example $(DESTDIR)/etc/kabari/kabari.conf.example
	$(INSTALL_FILE) gateway/share/holidays.sample $(call to,share/kabari)/holidays.sample
	$(Q)for file in kabari-dashboard.json kabari-alerts.yml; do \
	    $(INSTALL_FILE) gateway/share/monitoring/$$file $(call to,share/kabari)/monitoring/$$file || exit 1; done
	$(Q)for page in $(MAN_PAGES); do \
	    $(INSTALL_FILE) $(BUILD)/man/$$page $(call to,share/man)/man$${page##*.}/$$page || exit 1; done
	$(INSTALL_FILE) README.md $(call to,share/doc/kabari)/README.md
	$(INSTALL_FILE) gateway/api/README.md $(call to,share/doc/kabari)/api.md
	$(INSTALL_FILE) LICENSE $(call to,share/doc/kabari)/copyright
	$(INSTALL_FILE) $(BUILD)/man/kabari.bash $(call to,share/bash-completion/completions/kabari)
	$(INSTALL_EDITED) gateway/share/kabarid.service $(call to,lib/systemd/system/kabarid.service)
	$(INSTALL_FILE) gateway/share/kabari.sysusers $(call to,lib/sysusers.d/kabari.conf)
	$(INSTALL_FILE) gateway/share/kabari.tmpfiles $(call to,lib/tmpfiles.d/kabari.conf)
	$(INSTALL_FILE) gateway/share/70-kabari-modems.rules $(call to,lib/udev/rules.d/70-kabari-modems.rules)

# A package of what is installed, for this machine's Debian.
deb:
	@$(MAKE) --no-print-directory install PREFIX=/usr DESTDIR=$(BUILD)/deb/root
	@sh gateway/share/debian/make_deb.sh $(BUILD)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#: //p' Makefile

#: make                 the four programs, optimised, in build/
#: make deps            installs what Debian packages are missing to build
#: make demo [ONCE=1]   plays the main job on simulated modems
#: make test            every test with sanitizers; last line: N passed, N failed
#: make unit ROOM=text  the unit tests of one room
#: make flow ONLY=03    the flow tests whose names start so
#: make lint            formatter, compilers' warnings, clang-tidy, cppcheck, rules
#: make format          lets clang-format have its way
#: make cover           the tests' coverage, as pages in build/cover/
#: make fuzz SECONDS=60 each fuzzer for so long; RUNS=10000000: for so many inputs
#: make fuzz ONLY=inbound the fuzzers whose names start so
#: make bench           measures a release build
#: make probes          tools that drive one modem by hand, in build/probe/
#: make install PREFIX=/usr/local DESTDIR=
#: make man             man pages and bash completion, in build/man/
#: make deb             a Debian package, in build/
#: make clean

.PHONY: all test-programs deps deps-demo deps-test deps-lint deps-fuzz deps-cover demo \
        unit flow tests run-tests test lint lint-text lint-format \
        lint-includes lint-licence lint-warnings warnings lint-cppcheck \
        lint-tidy lint-globals format cover fuzz fuzzers bench probes man install deb clean \
        help FORCE
# Objects stay, so that a second make has less to do.
.SECONDARY:
BUILT := $(wildcard $(BUILD)/release $(BUILD)/test $(BUILD)/fuzz $(BUILD)/alone)
-include $(if $(BUILT),$(shell find $(BUILT) -name '*.d'))

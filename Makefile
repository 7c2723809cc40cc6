# SPDX-License-Identifier: GPL-2.0-or-later
# Kabari: build, test and install. "make help" lists what there is.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
AR      ?= ar

# The rooms of gateway/ in the order in which they may include one another.
ROOMS := base config store text registry outbox campaign link dispatch \
         inbound ussd api web cli

PACKAGES := gammu libevent libevent_pthreads sqlite3 libconfig jansson \
            libsodium libsystemd
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla
# WERROR=-Werror in CI, nothing for users.
WERROR   ?=

PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -Igateway -I. $(PKG_CFLAGS) $(WARNINGS) \
              $(WERROR) -MMD -MP
HARDEN     := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
RELEASE_FLAGS := -O2 -g $(HARDEN)
TEST_FLAGS    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined
LIBS_STORE  := -lsqlite3
LIBS_GATEWAY := -levent -lsqlite3 -lconfig -ljansson -lcsv -lsodium -lsystemd \
                -lpthread -lm
LIBS_WORKER := -lGammu -lpthread -lm
LIBS_SIM    := -levent -ljansson -lm

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# --- one set of rules per flavour: release (-O2) and test (sanitizers) -------

SCHEMA_SQL := $(sort $(wildcard gateway/store/schema/*.sql))

$(BUILD)/gen/schema.c: $(SCHEMA_SQL) gateway/store/embed_schema.awk
	@mkdir -p $(@D)
	awk -f gateway/store/embed_schema.awk $(SCHEMA_SQL) > $@

# flavour,flags
define FLAVOUR
$(BUILD)/$(1)/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(BASE_FLAGS) $(2) $$(CFLAGS) -c -o $$@ $$<

$(BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(BASE_FLAGS) $(2) $$(CFLAGS) -c -o $$@ $$<

$(foreach room,$(ROOMS),$(call ROOM_ARCHIVE,$(1),$(room)))
endef

# flavour,room: cli/main.c is the program, not part of its room's archive
define ROOM_ARCHIVE

$(BUILD)/$(1)/$(2).a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(filter-out gateway/cli/main.c,$(wildcard gateway/$(2)/*.c))) $(if $(filter store,$(2)),$(BUILD)/$(1)/gen/schema.o)
	@rm -f $$@
	@$$(AR) rcs $$@ $$^

endef

$(eval $(call FLAVOUR,release,$(RELEASE_FLAGS)))
$(eval $(call FLAVOUR,test,$(TEST_FLAGS)))

# flavour -> the archives of all rooms, as a group because rooms meet
all_rooms = $(foreach room,$(ROOMS),$(BUILD)/$(1)/$(room).a)
objects   = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(wildcard $(2)))
group     = -Wl,--start-group $(filter %.a,$(1)) -Wl,--end-group

WORKER_ROOMS = $(BUILD)/$(1)/link.a $(BUILD)/$(1)/base.a
SIM_ROOMS    = $(BUILD)/$(1)/base.a

# flavour,output folder,flags
define PROGRAMS
$(2)/kabarid: $(BUILD)/$(1)/gateway/main.o $(call all_rooms,$(1))
	$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_GATEWAY)

$(2)/kabari: $(BUILD)/$(1)/gateway/cli/main.o $(call all_rooms,$(1))
	$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_GATEWAY)

$(2)/kabari-modem: $(call objects,$(1),modems/worker/*.c) $(call WORKER_ROOMS,$(1))
	$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_WORKER)

$(2)/kabari-sim: $(call objects,$(1),modems/sim/*.c) $(call SIM_ROOMS,$(1))
	$$(CC) $(3) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $$(LIBS_SIM)
endef

RELEASE_LINK := -O2 -pie -Wl,-z,relro,-z,now
TEST_LINK    := -fsanitize=address,undefined
$(eval $(call PROGRAMS,release,$(BUILD),$(RELEASE_LINK)))
$(eval $(call PROGRAMS,test,$(BUILD)/test,$(TEST_LINK)))

PROGRAM_NAMES := kabarid kabari kabari-modem kabari-sim
all: $(PROGRAM_NAMES:%=$(BUILD)/%)
test-programs: $(PROGRAM_NAMES:%=$(BUILD)/test/%)

# --- unit tests: tests/unit/<room>/<what>_test.c, linked with that room and
# --- the rooms below it only; sim and worker stand for modems/ ---------------

UNIT_SOURCES := $(wildcard tests/unit/*/*_test.c)
UNIT_TESTS   := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/test/unit/%)

upto = $(if $(1),$(firstword $(1)) $(if $(filter $(2),$(firstword $(1))),,$(call upto,$(wordlist 2,99,$(1)),$(2))))
rooms_upto = $(foreach room,$(call upto,$(ROOMS),$(1)),$(BUILD)/test/$(room).a)
unit_parts = $(if $(filter sim,$(1)),$(filter-out %/main.o,$(call objects,test,modems/sim/*.c)) $(call SIM_ROOMS,test),$(if $(filter worker,$(1)),$(filter-out %/main.o,$(call objects,test,modems/worker/*.c)) $(call WORKER_ROOMS,test),$(call rooms_upto,$(1))))
unit_libs = $(if $(filter worker,$(1)),$(LIBS_WORKER),$(LIBS_GATEWAY)) -lcmocka

define UNIT
$(BUILD)/test/unit/$(1): $(BUILD)/test/tests/unit/$(1).o $(call unit_parts,$(patsubst %/,%,$(dir $(1))))
	@mkdir -p $$(@D)
	$$(CC) $(TEST_LINK) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$^) $(call unit_libs,$(patsubst %/,%,$(dir $(1))))
endef
$(foreach test,$(UNIT_SOURCES:tests/unit/%.c=%),$(eval $(call UNIT,$(test))))

# make unit ROOM=text builds and runs one room's unit tests.
unit: $(if $(ROOM),$(filter $(BUILD)/test/unit/$(ROOM)/%,$(UNIT_TESTS)),$(UNIT_TESTS))
	@set -e; for test in $^; do "$$test"; done

clean:
	rm -rf $(BUILD)

.PHONY: all test-programs unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# SPDX-License-Identifier: Apache-2.0
# Read from top to bottom: what is built, how, and the commands for people.
# `make` builds, `make up` runs the main job, `make test` passes the tests.

B        := build
CC       := gcc
LIBS     := lua5.4 jansson yaml-0.1 libcurl libpq libcrypto
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla \
            -Wstrict-prototypes -Wmissing-prototypes -Werror
OPT      := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
SAN      := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
            -fno-sanitize-recover=all
CPPFLAGS := -std=c17 -D_GNU_SOURCE -MMD -MP -Ihost
LUA      := lua5.4

HOST_C   := $(filter-out host/main.c,$(wildcard host/*.c host/api/*.c))
LAB_C    := $(filter-out host/lab/main.c,$(wildcard host/lab/*.c))
HOST_LUA := $(sort $(shell find lua -name '*.lua' -not -path 'lua/lab/*'))
LAB_LUA  := $(sort $(shell find lua -name '*.lua'))

.PHONY: all host charms charm-hosts up down fmt lint unit integration kill-test seeds test clean
.PHONY: test-pebble
all: host charms
host: $(B)/charmhost $(B)/charmlab

include vendor/rules.mk
include bench/rules.mk

# --- the two programs, and the same under the sanitizers ---------------------
# $(1): folder of the objects, $(2): compiler flags
define programs
$(1)/obj/%.o: %.c | deps-check
	@mkdir -p $$(@D)
	$$(CC) $(2) $$(CPPFLAGS) $$(WARN) $$(LIB_CFLAGS) -c -o $$@ $$<
$(1)/charmhost: $$(HOST_C:%.c=$(1)/obj/%.o) $(1)/obj/host/main.o \
    $$(B)/gen/charmhost.c
	$$(CC) $(2) $$(CPPFLAGS) $$(LIB_CFLAGS) -o $$@ \
	  $$(filter %.o %.c,$$^) $$(LIB_LIBS)
$(1)/charmlab: $$(HOST_C:%.c=$(1)/obj/%.o) $$(LAB_C:%.c=$(1)/obj/%.o) \
    $(1)/obj/host/lab/main.o $$(B)/gen/charmlab.c
	$$(CC) $(2) $$(CPPFLAGS) $$(LIB_CFLAGS) -o $$@ \
	  $$(filter %.o %.c,$$^) $$(LIB_LIBS)
endef
LIB_CFLAGS = $(shell pkg-config --cflags $(LIBS))
LIB_LIBS   = $(shell pkg-config --libs $(LIBS))
$(eval $(call programs,$(B),$(OPT)))
$(eval $(call programs,$(B)/asan,$(SAN)))
# Runs scripts with memory running out at every point (tests/alloc/main.c).
$(B)/asan/alloc: $(HOST_C:%.c=$(B)/asan/obj/%.o) \
    $(LAB_C:%.c=$(B)/asan/obj/%.o) $(B)/asan/obj/tests/alloc/main.o
	$(CC) $(SAN) $(LIB_CFLAGS) -o $@ $^ $(LIB_LIBS)

# The list of modules is a prerequisite too, so that a removed file is noticed.
$(B)/gen/charmhost.c: $(HOST_LUA) $(B)/gen/host.list host/embed.lua
	$(LUA) host/embed.lua charmhost $(B)/gen/charmhost $(HOST_LUA)
$(B)/gen/charmlab.c: $(LAB_LUA) $(B)/gen/lab.list host/embed.lua
	$(LUA) host/embed.lua charmlab $(B)/gen/charmlab $(LAB_LUA)
$(B)/gen/host.list $(B)/gen/lab.list: FORCE | deps-check
	@mkdir -p $(@D)
	@echo '$(if $(findstring host,$@),$(HOST_LUA),$(LAB_LUA))' | \
	  cmp -s - $@ || echo \
	  '$(if $(findstring host,$@),$(HOST_LUA),$(LAB_LUA))' > $@
FORCE:
# Not build/lab, where containers have files of all names.
-include $(wildcard $(B)/*.d $(B)/asan/*.d) \
  $(shell find $(B)/obj $(B)/asan/obj -name '*.d' 2>/dev/null)

# --- the charms, under the names that the deployment guide uses --------------
ARCH   := $(subst aarch64,arm64,$(subst x86_64,amd64,$(shell uname -m)))
CHARMS := $(notdir $(wildcard charm/*))
charms: $(CHARMS:%=dist/%_ubuntu-20.04-$(ARCH).charm)
dist/%_ubuntu-20.04-$(ARCH).charm: $(B)/charmhost FORCE
	@mkdir -p dist
	@if [ "$$(find charm/$* $(B)/charmhost -newer $@ 2>/dev/null | head -n 1)" \
	  ] || [ ! -e $@ ]; then $(B)/charmhost pack charm/$* -o $@ \
	  --base ubuntu@20.04 --arch $(ARCH); fi

# For `charmcraft pack` in a charm's folder, which takes the host from there.
charm-hosts: $(B)/charmhost
	for charm in charm/*; do \
	  install -D $< $$charm/.host/$(ARCH)/dispatch || exit 1; done

# --- the main job -------------------------------------------------------------
# `make up` may find nothing installed, so the rest of it runs after the deps.
up: deps
	@$(MAKE) --no-print-directory -s host charms temporal client
	@$(B)/charmlab up dist $(ARCH) $(CURDIR)/$(CLIENT)/bin/python tests/integration/workflow.py
down: ; @$(B)/charmlab down

# --- tests --------------------------------------------------------------------
# Each part appends its counts to the tally; the last line adds them up.
TALLY  := $(B)/tally
LAB_SPECS := tests/unit/lab tests/unit/host/lab
ASAN_ENV  := ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
             UBSAN_OPTIONS=print_stacktrace=1
lint: ; @sh tests/lint.sh $(TALLY)
unit: host $(B)/asan/charmhost $(B)/asan/charmlab $(B)/asan/alloc
	@failed=0; run() { "$$@" || failed=1; }; export $(ASAN_ENV); \
	run $(B)/charmhost test --tally $(TALLY) tests/unit \
	  $(LAB_SPECS:%=--exclude %); \
	run $(B)/charmlab test --tally $(TALLY) $(LAB_SPECS); \
	run $(B)/charmlab test --tally $(TALLY) tests/pebble \
	  --exclude tests/pebble/exec_terminal_spec.lua; \
	run $(B)/asan/charmhost test --tally $(TALLY) tests/unit/host \
	  --exclude tests/unit/host/lab; \
	run $(B)/asan/charmlab test --tally $(TALLY) tests/unit/host/lab; \
	run $(B)/asan/alloc $(TALLY) $(sort $(wildcard tests/alloc/*.lua)); \
	exit $$failed
# Kills a dispatch at a system call; kill-test is its part of the integration.
KILLER := $(B)/tests/killer
$(KILLER): tests/kill/killer.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -O2 -static -D_GNU_SOURCE $(WARN) -o $@ $<
kill-test: host charms $(KILLER)
	KILL_STRIDE=1 $(B)/charmlab test \
	  $(wildcard tests/integration/kill_*_spec.lua)
integration: host charms temporal client ops $(KILLER)
	$(B)/charmlab test --tally $(TALLY) tests/integration
# 50 orders of hooks end in the same model; SEED=n tries one again.
seeds: host charms temporal
	SEEDS=50 $(B)/charmlab test tests/integration/seeds_spec.lua
test: deps
	@mkdir -p $(B) && rm -f $(TALLY)
	@failed=0; for part in lint unit integration; do \
	  $(MAKE) --no-print-directory $$part || failed=1; done; \
	$(B)/charmhost test --sum $(TALLY) || failed=1; exit $$failed

# Pebble's contract (tests/pebble/README.md), on the lab's own supervisor or on
# a fresh daemon of another kind: make test-pebble PEBBLE_SOCKET=/path
test-pebble: host
	@$(if $(PEBBLE_SOCKET),PEBBLE_SOCKET=$(PEBBLE_SOCKET)) \
	  $(B)/charmlab test tests/pebble

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')
	sed -i 's/[[:space:]]*$$//' $$(git ls-files '*.lua')

clean:
	rm -rf $(B) dist

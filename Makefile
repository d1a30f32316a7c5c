# SPDX-License-Identifier: Apache-2.0
# Read from top to bottom: what is built, how, and the commands for people.
# `make` builds, `make up` runs the main job, `make test` passes the tests.

B        := build
CC       := gcc
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla \
            -Wstrict-prototypes -Wmissing-prototypes -Werror
SAN      := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
            -fno-sanitize-recover=all
CPPFLAGS := -std=c17 -D_GNU_SOURCE -MMD -MP -Ihost

HOST_C   := $(filter-out host/main.c,$(wildcard host/*.c host/api/*.c))
LAB_C    := $(filter-out host/lab/main.c,$(wildcard host/lab/*.c))
HOST_LUA := $(sort $(shell find lua -name '*.lua' -not -path 'lua/lab/*'))
LAB_LUA  := $(sort $(shell find lua -name '*.lua'))

.PHONY: all host charms charm-hosts up down fmt lint unit integration kill-test
.PHONY: seeds test test-pebble soak dist clean
all: host charms
host: $(B)/charmhost $(B)/charmlab

include vendor/rules.mk

# --- the two programs ---------------------------------------------------------
# $(1): folder, $(2): compiler with flags, $(3): flags of the libraries' headers
# and $(4) to link them, $(5): what must be there first, $(6): embedded Lua,
# $(7): what runs the compiler as a linker
define programs
$(1)/obj/%.o: %.c $(5)
	@mkdir -p $$(@D)
	$(2) $$(CPPFLAGS) $$(WARN) $(3) -c -o $$@ $$<
$(1)/charmhost: $$(HOST_C:%.c=$(1)/obj/%.o) $(1)/obj/host/main.o \
    $(6)/charmhost.c
	$(7) $(2) $$(CPPFLAGS) $(3) -o $$@ $$(filter %.o %.c,$$^) $(4)
$(1)/charmlab: $$(HOST_C:%.c=$(1)/obj/%.o) $$(LAB_C:%.c=$(1)/obj/%.o) \
    $(1)/obj/host/lab/main.o $(6)/charmlab.c
	$(7) $(2) $$(CPPFLAGS) $(3) -o $$@ $$(filter %.o %.c,$$^) $(4)
endef

# $(1): folder, $(2): the Lua to compile with. The list of modules is a
# prerequisite too, so that a removed file is noticed. The sum of the blob is
# in the C file, so that a compiler's cache notices what it only .incbin's.
define embedded
$(1)/charmhost.c: $$(HOST_LUA) $(1)/host.list host/embed.lua host/bytecode.lua $(2)
$(1)/charmlab.c: $$(LAB_LUA) $(1)/lab.list host/embed.lua host/bytecode.lua $(2)
$(1)/charmhost.c $(1)/charmlab.c:
	$(2) host/embed.lua $$(basename $$(@F)) $$(basename $$@) \
	  $$(filter lua/%,$$^)
	@echo "/* $$$$(sha256sum <$$(basename $$@).bin) */" >>$$@
$(1)/host.list $(1)/lab.list: FORCE
	@mkdir -p $$(@D)
	@echo '$$(if $$(findstring host,$$(@F)),$$(HOST_LUA),$$(LAB_LUA))' | \
	  cmp -s - $$@ || echo \
	  '$$(if $$(findstring host,$$(@F)),$$(HOST_LUA),$$(LAB_LUA))' >$$@
endef
FORCE:

# The product: static, one for each processor, stripped. TARGET: this machine.
TARGET  := $(shell uname -m)
TARGETS := x86_64 aarch64 powerpc64le riscv64
product = $(call programs,$(B)/$(1)/full,$(call zig_cc,$(1)) $(OPT) -O2,\
  -isystem $(B)/$(1)/include,$(LINK) $(archives),\
  $(B)/$(1)/lib/.done vendor/link.sh,$(B)/gen,sh vendor/link.sh)
$(foreach t,$(sort $(TARGET) $(TARGETS)),$(eval $(call product,$(t))))
$(eval $(call embedded,$(B)/gen,$(B)/lua))
$(B)/%/charmhost: $(B)/%/full/charmhost ; $(STRIP)
$(B)/%/charmlab: $(B)/%/full/charmlab ; $(STRIP)
STRIP = eu-strip -f $@.debug -o $@.linked $< && \
  eu-strip -R .gnu_debuglink -o $@ $@.linked && rm $@.linked && \
  $(B)/lua vendor/segments.lua $@
$(B)/charmhost $(B)/charmlab: $(B)/%: $(B)/$(TARGET)/%
	ln -f $< $@
$(B)/lua: vendor/lua.c $(B)/$(TARGET)/lib/.done
	$(call zig_cc,$(TARGET)) -isystem $(B)/$(TARGET)/include $(OPT) -o $@ $< \
	  $(B)/$(TARGET)/lib/liblua.a

# The same under the sanitizers, with gcc, glibc and Debian's libraries: a
# second opinion on the code, too. alloc: memory runs out (tests/alloc/main.c).
LIBS        := lua5.4 yaml-0.1 libcurl libpq libcrypto
LIB_CFLAGS   = $(shell pkg-config --cflags $(LIBS))
LIB_LIBS     = $(shell pkg-config --libs $(LIBS))
$(eval $(call programs,$(B)/asan,$(CC) $(SAN),$$(LIB_CFLAGS),$$(LIB_LIBS),,\
  $(B)/asan/gen))
$(eval $(call embedded,$(B)/asan/gen,/usr/bin/lua5.4))
$(B)/asan/alloc: $(HOST_C:%.c=$(B)/asan/obj/%.o) \
    $(LAB_C:%.c=$(B)/asan/obj/%.o) $(B)/asan/obj/tests/alloc/main.o
	$(CC) $(SAN) $(LIB_CFLAGS) -o $@ $^ $(LIB_LIBS) \
	  -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# Random inputs for the readers of foreign bytes.
include tests/fuzz/rules.mk

# The hosts without the sanitizers, for `make bench CASES=start`.
$(eval $(call programs,$(B)/bench/dynamic,$(CC) -O2,$$(LIB_CFLAGS),\
  $$(LIB_LIBS),,$(B)/asan/gen))

include bench/rules.mk

# Not build/lab, where containers have files of all names.
-include $(shell find $(B)/asan $(B)/bench/dynamic $(TARGETS:%=$(B)/%/full) \
  -name '*.d' 2>/dev/null)

# --- the charms, under the names that the deployment guide uses --------------
ARCH   := $(subst aarch64,arm64,$(subst x86_64,amd64,$(shell uname -m)))
CHARMS := $(notdir $(wildcard charm/*))
charms: $(CHARMS:%=dist/%_ubuntu-20.04-$(ARCH).charm)
dist/%_ubuntu-20.04-$(ARCH).charm: $(B)/charmhost dist/LICENCES.txt FORCE
	@if [ "$$(find charm/$* $(B)/charmhost dist/LICENCES.txt -newer $@ \
	  2>/dev/null | head -n 1)" ] || [ ! -e $@ ]; then \
	  $(B)/charmhost pack charm/$* -o $@ --licences dist/LICENCES.txt \
	  --base ubuntu@20.04 --arch $(ARCH); fi

# For `charmcraft pack` in a charm's folder, which takes the host from there.
charm-hosts: $(B)/charmhost
	for charm in charm/*; do \
	  install -D $< $$charm/.host/$(ARCH)/dispatch || exit 1; done

# --- what is given away: the hosts, what is in them, their sums ---------------
VERSION           := $(shell git describe --always 2>/dev/null)
SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
HOSTS             := $(TARGETS:%=dist/charmhost-%)
dist: charms dist/LICENCES.txt $(HOSTS) $(HOSTS:%=%.spdx.json)
	cd dist && sha256sum $$(ls | grep -v -e SHA256SUMS -e debug$$) >SHA256SUMS
	@cd dist && ls -l && cat SHA256SUMS
$(HOSTS): dist/charmhost-%: $(B)/%/charmhost
	@mkdir -p $(@D)
	cp $< $@
	cp $<.debug $@.debug

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
unit: host $(B)/asan/charmhost $(B)/asan/charmlab $(B)/asan/alloc $(REPLAYS)
	@failed=0; run() { "$$@" || failed=1; }; export $(ASAN_ENV); \
	run $(B)/charmhost test --tally $(TALLY) tests/unit \
	  $(LAB_SPECS:%=--exclude %); \
	run $(B)/charmlab test --tally $(TALLY) $(LAB_SPECS); \
	run $(B)/charmlab test --tally $(TALLY) tests/pebble; \
	run $(B)/asan/charmhost test --tally $(TALLY) tests/unit/host \
	  --exclude tests/unit/host/lab; \
	run $(B)/asan/charmlab test --tally $(TALLY) tests/unit/host/lab; \
	run $(B)/asan/alloc $(TALLY) $(sort $(wildcard tests/alloc/*.lua)); \
	$(REPLAY) \
	exit $$failed
# Kills a dispatch at a system call; kill-test is its part of the integration.
KILLER := $(B)/tests/killer
$(KILLER): tests/kill/killer.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -O2 -static -D_GNU_SOURCE $(WARN) -o $@ $<
kill-test: host charms $(KILLER)
	KILL_STRIDE=1 $(B)/charmlab test \
	  $(wildcard tests/integration/kill_*_spec.lua)
integration: host charms temporal client ops charmcraft $(KILLER)
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
test-pebble: host ops
	@$(if $(PEBBLE_SOCKET),PEBBLE_SOCKET=$(PEBBLE_SOCKET)) \
	  $(B)/charmlab test tests/pebble tests/integration/ops_client_spec.lua

# The unit specs on the hosts for another processor, by Debian's packages
# qemu-user-static and binfmt-support: make test-aarch64 (vendor/README.md).
$(TARGETS:%=test-%): test-%: $(B)/%/charmhost $(B)/%/charmlab
	$(B)/$*/charmhost test tests/unit $(LAB_SPECS:%=--exclude %)
	$(B)/$*/charmlab test $(LAB_SPECS) tests/pebble

# The lab's supervisor under mixed load for a while, watched from outside.
SOAK_MINUTES := 30
SOAK_PAUSE   := 0.4
soak: host
	nice $(B)/charmlab script tests/soak/run.lua --minutes $(SOAK_MINUTES) \
	  --pause $(SOAK_PAUSE)

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')
	sed -i 's/[[:space:]]*$$//' $$(git ls-files '*.lua')

clean:
	rm -rf $(B) dist

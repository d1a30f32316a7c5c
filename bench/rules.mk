# SPDX-License-Identifier: Apache-2.0
# `make bench`: the peers, and what measures them. ROUNDS and CASES may be
# given; the numbers go to standard output.
BENCH    := $(B)/bench
ROUNDS   := 30
CASES    :=
PEERS_CC := $(CC) -std=c17 -O2 -static -D_GNU_SOURCE $(WARN)

bench: host charms $(BENCH)/measure $(BENCH)/floor $(BENCH)/jujuc \
    $(BENCH)/empty.charm $(BENCH)/growth.charm $(OPS)/.done $(BENCH)/unpack \
    $(BENCH)/ops-pip.charm $(BENCH)/ops-venv.charm \
    $(BENCH)/dynamic/charmhost
	@sh bench/sandbox.sh $(B)/charmlab script bench/run.lua \
	  --rounds $(ROUNDS) $(CASES)

$(BENCH)/measure: bench/peers/c/measure.c
	@mkdir -p $(@D)
	$(PEERS_CC) -o $@ $^
$(BENCH)/floor $(BENCH)/jujuc: $(BENCH)/%: bench/peers/c/%.c \
    bench/peers/c/agent.c bench/peers/c/agent.h
	@mkdir -p $(@D)
	$(PEERS_CC) -o $@ $(filter %.c,$^)
$(BENCH)/unpack: bench/peers/c/unpack.c
	@mkdir -p $(@D)
	$(PEERS_CC) -o $@ $^ -lz
# The charm on ops, packed in two ways: with what pip installs of ops in venv/,
# and as charmcraft does by default, with all of a venv's site-packages.
PUT_pip  := $(OPS)/bin/pip --disable-pip-version-check -q install \
            --only-binary :all: --require-hashes -r vendor/python-ops.txt \
            --target
PUT_venv := cp -r $(OPS)/lib/python3*/site-packages
$(BENCH)/ops-%.charm: bench/peers/temporal/charm.py \
    bench/peers/temporal/config.jinja bench/peers/temporal/dispatch \
    $(wildcard charm/temporal-k8s/*.yaml) $(OPS)/.done
	@rm -rf $@ $(BENCH)/ops-$* && mkdir -p $(BENCH)/ops-$*/src
	$(PUT_$*) $(BENCH)/ops-$*/venv
	cp $(filter %.yaml %/dispatch,$^) $(BENCH)/ops-$*
	cp bench/peers/temporal/charm.py bench/peers/temporal/config.jinja \
	  $(BENCH)/ops-$*/src
	cd $(BENCH)/ops-$* && python3 -m zipfile -c $(CURDIR)/$@ *
$(BENCH)/%.charm: $(B)/charmhost $(wildcard bench/peers/*/*)
	@mkdir -p $(@D)
	$(B)/charmhost pack bench/peers/$* -o $@

.PHONY: bench

# The Pebble client beside curl and ops.pebble (bench/pebble/README.md).
bench-pebble: host $(BENCH)/measure $(OPS)/.done
	@$(B)/charmlab script bench/pebble/run.lua
.PHONY: bench-pebble

# SPDX-License-Identifier: Apache-2.0
# `make bench`: the peers, and what measures them. ROUNDS and CASES may be
# given; the numbers go to standard output.
BENCH    := $(B)/bench
ROUNDS   := 30
CASES    :=
PEERS_CC := $(CC) -std=c17 -O2 -static -D_GNU_SOURCE $(WARN)

bench: host charms $(BENCH)/measure $(BENCH)/floor $(BENCH)/jujuc \
    $(BENCH)/empty.charm $(BENCH)/growth.charm $(OPS)/.done
	@sh bench/sandbox.sh $(B)/charmlab script bench/run.lua \
	  --rounds $(ROUNDS) $(CASES)

$(BENCH)/measure: bench/peers/c/measure.c
	@mkdir -p $(@D)
	$(PEERS_CC) -o $@ $^
$(BENCH)/floor $(BENCH)/jujuc: $(BENCH)/%: bench/peers/c/%.c \
    bench/peers/c/agent.c bench/peers/c/agent.h
	@mkdir -p $(@D)
	$(PEERS_CC) -o $@ $(filter %.c,$^)
$(BENCH)/%.charm: $(B)/charmhost $(wildcard bench/peers/*/*)
	@mkdir -p $(@D)
	$(B)/charmhost pack bench/peers/$* -o $@

.PHONY: bench

# The Pebble client beside curl and ops.pebble (bench/pebble/README.md).
bench-pebble: host $(BENCH)/measure $(OPS)/.done
	@$(B)/charmlab script bench/pebble/run.lua
.PHONY: bench-pebble

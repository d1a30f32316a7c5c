# SPDX-License-Identifier: Apache-2.0
# `make fuzz`: random inputs for the readers of foreign bytes (README.md), by
# libFuzzer. FUZZ_RUNS, FUZZ_SECONDS (of each) and FUZZ_TARGETS may be given.
# `make unit` runs the same targets over their seeds with gcc (replay.c).
FUZZ_RUNS    := 10000000
FUZZ_SECONDS := 900
FUZZ_TARGETS := ws_frame gob copy multipart
FUZZ         := $(B)/fuzz
CLANG         = $(firstword $(foreach name,clang clang-19 clang-16,\
                  $(shell command -v $(name))))
FUZZ_ASAN    := malloc_context_size=1:quarantine_size_mb=2

# What each is made of, what it needs, its seeds, the longest input.
fuzz_ws_frame := host/api/ws_frame.c host/buffer.c
fuzz_gob      := host/gob.c host/stream.c host/bind.c host/unixaddr.c \
                 host/api/rpc_codec.c
fuzz_copy     := host/api/http_stream.c host/bind.c host/buffer.c
san_multipart := fuzzer
comma         := ,
fuzz_san       = $(or $(san_$(1)),fuzzer$(comma)address$(comma)undefined)
link_gob      := -Wl,--wrap=read,--wrap=poll
seeds_gob     := tests/data/vectors
seeds          = $(or $(seeds_$(1)),tests/fuzz/seeds/$(1))
flags_ws_frame  := -max_len=300
flags_gob       := -max_len=512
flags_copy      := -max_len=100
flags_multipart := -max_len=100 -dict=tests/fuzz/multipart.dict

fuzz: $(FUZZ_TARGETS:%=$(FUZZ)/%)
	@failed=0; for target in $^; do echo "== $$target"; \
	  $(MAKE) --no-print-directory -s run-$$target || failed=1; done; \
	exit $$failed

define fuzz_target
$(FUZZ)/$(1): tests/fuzz/$(1).c tests/fuzz/fuzz.h $$(fuzz_$(1)) \
    $$(wildcard host/*.h host/api/*.h)
	@mkdir -p $$(@D)
	@[ "$$(CLANG)" ] || { echo "cannot fuzz: there is no clang;" \
	  "apt-get install clang libclang-rt-dev" >&2; exit 1; }
	$$(CLANG) -std=c17 -D_GNU_SOURCE -Ihost -O2 -g \
	  -fsanitize=$$(call fuzz_san,$(1)) \
	  -fno-sanitize-recover=all $$(LIB_CFLAGS) -o $$@ $$(filter %.c,$$^) \
	  $$(link_$(1)) $$(LIB_LIBS) -lm
run-$(FUZZ)/$(1):
	@mkdir -p $(FUZZ)/corpus/$(1) $(FUZZ)/found
	@ASAN_OPTIONS=$$(FUZZ_ASAN) $(FUZZ)/$(1) -detect_leaks=0 -timeout=10 \
	  -runs=$$(FUZZ_RUNS) -max_total_time=$$(FUZZ_SECONDS) \
	  -artifact_prefix=$(FUZZ)/found/$(1)- -print_final_stats=1 \
	  $$(flags_$(1)) $(FUZZ)/corpus/$(1) $$(call seeds,$(1))
$(B)/asan/fuzz/$(1): $(B)/asan/obj/tests/fuzz/$(1).o \
    $(B)/asan/obj/tests/fuzz/replay.o $$(fuzz_$(1):%.c=$(B)/asan/obj/%.o)
	@mkdir -p $$(@D)
	$$(CC) $$(SAN) -o $$@ $$^ $$(link_$(1)) $$(LIB_LIBS) -lm
.PHONY: run-$(FUZZ)/$(1)
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(target))))
# For the recipe of `unit`.
REPLAYS := $(FUZZ_TARGETS:%=$(B)/asan/fuzz/%)
REPLAY   = $(foreach t,$(FUZZ_TARGETS),run $(B)/asan/fuzz/$t $(TALLY) \
           $(sort $(wildcard $(call seeds,$t)/*));)
.PHONY: fuzz

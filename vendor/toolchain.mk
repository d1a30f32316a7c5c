# SPDX-License-Identifier: Apache-2.0
# How the product is compiled: by zig, a clang with musl for every processor,
# the same everywhere; small, hardened, and independent of the folder it is in.
# Lua and our own code are compiled with -O2 on top (libs.mk, Makefile).
export ZIG_GLOBAL_CACHE_DIR := $(CURDIR)/$(B)/zig/cache
export ZIG_LOCAL_CACHE_DIR  := $(ZIG_GLOBAL_CACHE_DIR)
zig_cc   = $(CURDIR)/$(B)/zig/zig cc -target $(1)-linux-musl
OPT     := -Os -g -fPIE -ffunction-sections -fdata-sections \
           -fno-asynchronous-unwind-tables -fno-unwind-tables \
           -fstack-protector-strong -ffile-prefix-map=$(CURDIR)=.
# A program's build id is the sum of what it is linked from: by it a debugger
# finds its debug information. zig's own parts carry the folder in theirs, so
# neither an id nor a link made from that would be the same everywhere.
archives = $(patsubst %,$(B)/$(1)/lib/lib%.a,\
           curl nghttp2 pq ssl crypto yaml lua)
LINK     = -static -pie -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now \
           -Wl,--build-id=0x$$$$(cat $$^ $(archives) | sha1sum | cut -c 1-40)

# SPDX-License-Identifier: Apache-2.0
# Builds the C libraries of versions.mk for one processor, from the sources in
# build/vendor: static, with only what the host uses. Run by rules.mk as
#   make -f vendor/libs.mk TARGET=x86_64 OUT=build/x86_64
# with CC, AR and CFLAGS in the environment.
include vendor/versions.mk

V   := build/vendor
OBJ := $(OUT)/vendor
INC := $(OUT)/include
LIB := $(OUT)/lib
INPUTS := $(V)/.done $(V)/recipes
RUN := $(CC) $(CFLAGS) -w -fvisibility=hidden

all: $(patsubst %,$(LIB)/lib%.a,lua yaml nghttp2 curl pq) $(LIB)/libssl.a

# $(1): library, $(2): folder of the sources in $(V), $(3): sources in it,
# $(4): flags
define library
$(LIB)/lib$(1).a: $$(patsubst %.c,$(OBJ)/$(1)/%.o,$(3))
	@mkdir -p $$(@D) && rm -f $$@
	$(AR) rcsD $$@ $$^
$(OBJ)/$(1)/%.o: $(V)/$(2)/%.c $(INPUTS) | $(INC)/.done
	@mkdir -p $$(@D)
	$(RUN) $(4) -c -o $$@ $$<
endef
sources = $(patsubst $(V)/$(1)/%,%,$(sort $(wildcard $(V)/$(1)/*.c \
  $(2:%=$(V)/$(1)/%/*.c))))

# As Lua's own makefile does for POSIX systems, but no C module is ever loaded.
# For speed rather than size, with room for the strings of a dispatch from the
# start: a fifth fewer instructions a dispatch for 60 kB.
LUA := lua/lua-$(lua_VERSION)
$(eval $(call library,lua,$(LUA),$(call sources,$(LUA)),\
  -O2 -DLUA_USE_POSIX -DLUA_COMPAT_5_3 -DMINSTRTABSIZE=4096))

YAML := libyaml/libyaml/src
$(eval $(call library,yaml,$(YAML),$(call sources,$(YAML)),\
  -I$(V)/libyaml/libyaml/include -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2\
  -DYAML_VERSION_PATCH=2 -DYAML_VERSION_STRING='"$(libyaml_VERSION)"'))

NGHTTP2     := nghttp2/nghttp2/lib
NGHTTP2_NUM := $(shell printf 0x%02x%02x%02x $(subst ., ,$(nghttp2_VERSION)))
$(eval $(call library,nghttp2,$(NGHTTP2),$(call sources,$(NGHTTP2)),\
  -I$(V)/$(NGHTTP2)/includes -I$(INC) -DNGHTTP2_STATICLIB -DHAVE_TIME_H\
  -DHAVE_ARPA_INET_H -DHAVE_NETINET_IN_H -DHAVE_CLOCK_GETTIME))

# Every file is compiled; vendor/config/curl_config.h says what remains of it.
CURL := curl/curl/lib
$(eval $(call library,curl,$(CURL),\
  $(call sources,$(CURL),curlx vauth vdns vquic vssh vtls),\
  -D_GNU_SOURCE -DHAVE_CONFIG_H -DBUILDING_LIBCURL -DCURL_STATICLIB\
  -DNGHTTP2_STATICLIB -Ivendor/config -I$(V)/$(CURL) -I$(V)/curl/curl/include -I$(INC)))

# Only what libpq needs of PostgreSQL's two libraries of helpers; the linker
# leaves out what it does not.
PQ      := libpq/source/src
PQ_PORT := $(patsubst %,port/%.c,bsearch_arg chklocale explicit_bzero \
  getpeereid inet_net_ntop noblock pg_bitutils pg_strong_random pgsleep \
  pgstrcasecmp pgstrsignal pqsignal qsort quotes snprintf strerror strlcat \
  strlcpy timingsafe_bcmp)
PQ_COMMON := $(patsubst %,common/%.c,base64 cryptohash_openssl encnames \
  fe_memutils hmac_openssl ip jsonapi link-canary md5_common pg_prng psprintf \
  saslprep scram-common string stringinfo unicode_norm username wchar)
PQ_CLIENT := $(call sources,$(PQ),interfaces/libpq)
PQ_OFF    := $(patsubst %,interfaces/libpq/%.c,fe-gssapi-common \
  fe-secure-gssapi pthread-win32 win32 fe-auth-oauth-curl)
PQ_NUM    := $(shell printf %d%04d $(subst ., ,$(libpq_VERSION)))
$(eval $(call library,pq,$(PQ),\
  $(PQ_PORT) $(PQ_COMMON) $(filter-out $(PQ_OFF),$(PQ_CLIENT)),\
  -DFRONTEND -D_GNU_SOURCE -DSTRERROR_R_INT -DHAVE_TERMIOS_H -DHAVE_STRCHRNUL\
  -DHAVE_STRSIGNAL -DUSE_OPENSSL=1 -DPG_VERSION='"$(libpq_VERSION)"'\
  -DPG_VERSION_NUM=$(PQ_NUM) -DPG_VERSION_STR='"PostgreSQL $(libpq_VERSION)"'\
  -DPG_MAJORVERSION='"$(basename $(libpq_VERSION))"'\
  -DPG_MAJORVERSION_NUM=$(basename $(libpq_VERSION))\
  -DPG_MINORVERSION_NUM=$(patsubst .%,%,$(suffix $(libpq_VERSION)))\
  -I$(V)/$(PQ)/port -I$(V)/$(PQ)/include -I$(V)/libpq/additional_include\
  -I$(INC)))
$(LIB)/libpq.a: | $(LIB)/libssl.a
$(patsubst %.c,$(OBJ)/pq/%.o,$(PQ_PORT) $(PQ_COMMON) $(PQ_CLIENT)): \
  | $(OBJ)/openssl/Makefile

# The headers that the host includes, and those that releases generate.
$(INC)/.done: $(INPUTS)
	@mkdir -p $(INC)/nghttp2
	cp $(V)/$(LUA)/lua.h $(V)/$(LUA)/luaconf.h $(V)/$(LUA)/lualib.h \
	  $(V)/$(LUA)/lauxlib.h $(V)/libyaml/libyaml/include/yaml.h \
	  $(V)/$(PQ)/interfaces/libpq/libpq-fe.h \
	  $(V)/$(PQ)/include/postgres_ext.h \
	  $(V)/libpq/additional_include/pg_config_ext.h $(INC)
	cp -r $(V)/curl/curl/include/curl $(INC)
	cp $(V)/$(PQ)/include/port/linux.h $(INC)/pg_config_os.h
	cp $(V)/$(NGHTTP2)/includes/nghttp2/nghttp2.h $(INC)/nghttp2
	sed -e 's/@PACKAGE_VERSION@/$(nghttp2_VERSION)/' \
	  -e 's/@PACKAGE_VERSION_NUM@/$(NGHTTP2_NUM)/' \
	  $(V)/$(NGHTTP2)/includes/nghttp2/nghttp2ver.h.in \
	  >$(INC)/nghttp2/nghttp2ver.h
	@touch $@


include vendor/openssl.mk

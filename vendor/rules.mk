# SPDX-License-Identifier: Apache-2.0
# How what others wrote gets here: Debian packages, a C compiler, the sources of
# the C libraries, the Temporal server and SQL tool, Python's Temporal client.
include vendor/versions.mk vendor/toolchain.mk

TEMPORAL := $(B)/temporal
CLIENT   := $(B)/client
OPS      := $(B)/ops
CRAFT    := $(B)/charmcraft

deps: ; @sh vendor/deps.sh

# --- the compiler, the C libraries' sources, the libraries -------------------
# Each is built anew when its pins change, not when git touches the files: what
# it depends on is a copy that is only written when it differs.
ZIG     := $(B)/zig
PINS     = $(foreach l,$(LIBRARIES),$(l) $($(l)_CRATE) $($(l)_SHA256))
RECIPES := vendor/zig.txt vendor/toolchain.mk vendor/libs.mk vendor/openssl.mk \
           vendor/config/curl_config.h
update   = mkdir -p $(@D) && $(1) >$@.new && \
           if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/vendor/zig.txt: FORCE ; @$(call update,cat vendor/zig.txt)
$(B)/vendor/pins: FORCE ; @$(call update,echo '$(PINS)')
$(B)/vendor/recipes: FORCE ; @$(call update,cat $(RECIPES))

$(ZIG)/.done: $(B)/vendor/zig.txt
	@command -v cargo eu-strip perl >/dev/null || \
	  { echo "programs are missing; run: make deps" >&2; exit 1; }
	python3 -m venv $(ZIG)
	$(ZIG)/bin/pip --disable-pip-version-check -q install \
	  --only-binary :all: --require-hashes -r vendor/zig.txt
	ln -sf "$$(cd $(ZIG) && echo lib/python3*/site-packages/ziglang/zig)" \
	  $(ZIG)/zig
	cp $(ZIG)/lib/python3*/site-packages/ziglang/lib/libc/musl/COPYRIGHT $(ZIG)
	@touch $@

$(B)/vendor/.done: $(B)/vendor/pins
	sh vendor/fetch.sh $(B)/vendor $(PINS)
	@touch $@

$(B)/%/lib/.done: $(B)/vendor/.done $(ZIG)/.done $(B)/vendor/recipes
	@echo "building the C libraries for $*; this takes about three minutes"
	+@CC='$(call zig_cc,$*)' AR='$(CURDIR)/$(ZIG)/zig ar' CFLAGS='$(OPT)' \
	  $(MAKE) --no-print-directory -s -f vendor/libs.mk TARGET=$* OUT=$(B)/$*
	@touch $@
.PRECIOUS: $(B)/%/lib/.done

# What is linked, for sbom.lua, a line each; their licences; what is newer.
define PACKAGES
$(foreach l,$(LIBRARIES),$(l)|$($(l)_VERSION)|$($(l)_LICENCE)|$(\
  )pkg:cargo/$(subst $(SPACE),@,$($(l)_CRATE))|$($(l)_SHA256)|$(\
  )$(firstword $(wildcard vendor/licences/$($(l)_TEXT)) \
  $(B)/vendor/$(l)/$($(l)_TEXT))|$($(l)_WHY)\n)musl|$(MUSL_VERSION)|MIT|$(\
  )pkg:pypi/ziglang@$(ZIG_VERSION)||$(ZIG)/COPYRIGHT|the C library
endef
SPACE := $(subst ,, )
sbom = printf '$(PACKAGES)\n' | $(B)/lua vendor/sbom.lua
dist/LICENCES.txt: $(B)/lua vendor/sbom.lua vendor/versions.mk
	@mkdir -p $(@D)
	$(sbom) licences $@
dist/%.spdx.json: dist/% $(B)/lua vendor/sbom.lua vendor/versions.mk
	$(sbom) spdx $@ $* '$(VERSION)' $(SOURCE_DATE_EPOCH) \
	  $$(sha256sum $< | cut -d ' ' -f 1)
vendor-check: $(B)/vendor/.done $(ZIG)/.done
	@failed=0; sh vendor/check.sh $(B)/vendor $(PINS) || failed=1; \
	sh vendor/advisories.sh $(B)/vendor $(ADVISORIES_READ) \
	  $(ADVISORIES_OF) || failed=1; \
	$(ZIG)/bin/pip --disable-pip-version-check list --outdated; exit $$failed

# --- Temporal -----------------------------------------------------------------
temporal: $(TEMPORAL)/.done
$(TEMPORAL)/.done: vendor/versions.mk vendor/temporal.sh vendor/go.sh
	sh vendor/temporal.sh $(TEMPORAL) $(B)/go $(GO_MINIMUM) \
	  $(TEMPORAL_MODULE) v$(TEMPORAL_VERSION) $(TEMPORAL_SUM)
	@touch $@

# The Temporal client for the workflow that proves a deployment.
client: $(CLIENT)/.done
$(CLIENT)/.done: vendor/python.txt
	python3 -m venv $(CLIENT)
	$(CLIENT)/bin/pip --disable-pip-version-check -q install \
	  --only-binary :all: --require-hashes -r vendor/python.txt
	@touch $@

# Python's ops, for a charm that is not ours. Hooks see /usr alone, so it is for
# the Python there.
ops: $(OPS)/.done
$(OPS)/.done: vendor/python-ops.txt
	$(firstword $(wildcard /usr/bin/python3) python3) -m venv $(OPS)
	$(OPS)/bin/pip --disable-pip-version-check -q install \
	  --only-binary :all: --require-hashes -r vendor/python-ops.txt
	@touch $@

# charmcraft, of which specs want the analysis of a charm.
charmcraft: $(CRAFT)/.done
$(CRAFT)/.done: vendor/python-charmcraft.txt
	python3 -m venv $(CRAFT)
	$(CRAFT)/bin/pip --disable-pip-version-check -q install \
	  --only-binary :all: --require-hashes -r vendor/python-charmcraft.txt
	@touch $@

.PHONY: deps vendor-check temporal client ops charmcraft

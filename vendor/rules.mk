# SPDX-License-Identifier: Apache-2.0
# How what others wrote gets here: Debian packages, Go where the machine has
# none, the Temporal server and SQL tool, and Python's Temporal client.
include vendor/versions.mk

TEMPORAL := $(B)/temporal
CLIENT   := $(B)/client
OPS      := $(B)/ops
CRAFT    := $(B)/charmcraft

deps: ; @sh vendor/deps.sh

# Says what to do before a compiler says it in its own words.
deps-check:
	@pkg-config --exists $(LIBS) && command -v $(LUA) >/dev/null || \
	  { echo "libraries are missing; run: make deps" >&2; exit 1; }

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

.PHONY: deps deps-check temporal client ops charmcraft

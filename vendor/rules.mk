# SPDX-License-Identifier: Apache-2.0
# What comes from others at build time: Debian packages, Go, Temporal, Python.
deps-check: ;
deps: ;
charms: ;

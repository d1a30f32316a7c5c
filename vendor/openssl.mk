# SPDX-License-Identifier: Apache-2.0
# OpenSSL as libpq needs it: a TLS 1.2 and 1.3 client that verifies X.509
# certificates, with the digests of SCRAM and MD5 authentication. Part of
# libs.mk.

# no part of a library: programs, documents, tests, plug-ins, configuration
# files (what a charm may do must not hang on a file of the container)
SSL_OFF := apps docs tests shared module dso legacy autoload-config ui-console
# no protocol but TLS 1.2 and 1.3 over a socket that libpq gives
SSL_OFF += tls1 tls1_1 dtls quic dgram http ech srtp srp psk nextprotoneg \
  comp ktls sctp ssl-trace
# no formats beyond certificates and keys
SSL_OFF += cms cmp ct ocsp ts rfc3779
# no algorithm that a TLS 1.2 or 1.3 server of today does not take
SSL_OFF += argon2 aria bf blake2 camellia cast cmac des dsa ec2m gost idea lms \
  md4 mdc2 ml-dsa ocb rc2 rc4 rmd160 scrypt seed siphash siv slh-dsa sm2 sm3 \
  sm4 whirlpool integrity-only-ciphers
# no key derivation but TLS's own
SSL_OFF += hmac-drbg-kdf kbkdf krb5kdf pvkkdf snmpkdf srtpkdf sshkdf sskdf \
  x942kdf x963kdf
# no threads or coroutines of its own
SSL_OFF += async thread-pool default-thread-pool

SSL_x86_64      := linux-x86_64
SSL_aarch64     := linux-aarch64
SSL_powerpc64le := linux-ppc64le
SSL_s390x       := linux64-s390x
SSL_riscv64     := linux64-riscv64

# The assembly is generated as for a clang before AVX: that leaves out 1 MB of
# code for a throughput that a charm's queries never see. With it goes a file
# that would say when and with which flags, and so in which folder, it was built.
# Where certificates are looked for if a connection does not say: Debian's.
$(OBJ)/openssl/Makefile: $(INPUTS)
	@rm -rf $(@D) && mkdir -p $(@D)
	cd $(@D) && CC='$(CC)' AR='$(AR)' RANLIB=true \
	  ../../../vendor/openssl/openssl/Configure \
	  $(SSL_$(TARGET)) --prefix=/usr --openssldir=/etc/ssl \
	  --api=1.1.1 $(SSL_OFF:%=no-%) CFLAGS='$(CFLAGS) -w' >configure.log
	+SOURCE_DATE_EPOCH=0 $(MAKE) -C $(@D) -s CC='echo clang version 2.9' \
	  CFLAGS= build_generated crypto/buildinf.h \
	  $$(sed -n '/^GENERATED=/,/[^\\]$$/s/[^ ]*\.[sS] /\n&\n/gp' $@ | \
	  grep '[.][sS] $$') >$(@D)/generated.log 2>&1
	@mkdir -p $(INC)
	cp -r $(V)/openssl/openssl/include/openssl $(INC)
	cp -r $(@D)/include/openssl $(INC)
$(LIB)/libssl.a: $(OBJ)/openssl/Makefile
	+$(MAKE) -C $(OBJ)/openssl -s libcrypto.a libssl.a
	@mkdir -p $(@D)
	cp $(OBJ)/openssl/libcrypto.a $(OBJ)/openssl/libssl.a $(@D)

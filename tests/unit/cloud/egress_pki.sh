#!/bin/sh
# Keys and certificates for the egress tests in the folder $1: two authorities, servers good, expired
# and foreign, and a client; the client's also as DER, as an application has it.
set -eu
cd "$1"
# key NAME [ALGORITHM OPTION]
key() {
    openssl genpkey -quiet -algorithm "${2:-EC}" -pkeyopt "${3:-ec_paramgen_curve:P-256}" -out "$1.key" 2>&1
}
authority() {
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE
    openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}
# issue NAME CA EXTENSION [DAYS ALGORITHM OPTION]
issue() {
    key "$1" "${5:-}" "${6:-}"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf '%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial \
        -extfile "$1.ext" -days "${4:-30}" -out "$1.pem" 2>/dev/null
    openssl x509 -in "$1.pem" -outform DER -out "$1.der"
    openssl pkcs8 -topk8 -nocrypt -in "$1.key" -outform DER -out "$1.key.der"
}
authority ca
authority other
issue server ca "subjectAltName=DNS:localhost,IP:127.0.0.1"
issue expired ca "subjectAltName=DNS:localhost,IP:127.0.0.1" 0
issue misnamed ca "subjectAltName=DNS:elsewhere.example"
issue foreign other "subjectAltName=DNS:localhost,IP:127.0.0.1"
issue client ca "extendedKeyUsage=clientAuth"
issue client_rsa ca "extendedKeyUsage=clientAuth" 30 RSA rsa_keygen_bits:2048
issue client_huge ca "extendedKeyUsage=clientAuth" 30 RSA rsa_keygen_bits:4104
issue client_odd ca "extendedKeyUsage=clientAuth" 30 EC ec_paramgen_curve:secp256k1
issue server_rsa ca "subjectAltName=DNS:localhost,IP:127.0.0.1" 30 RSA rsa_keygen_bits:2048

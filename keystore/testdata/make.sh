#!/usr/bin/env bash
# Writes the fixtures of this directory anew. Needs openssl 3.0, keytool
# (OpenJDK 17), certtool 3.7 and ssh-keygen.
set -euo pipefail
cd "$(dirname "$0")"
find . -type f ! -name make.sh ! -name README.md -delete
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pw=changeit
ext() { printf '%s\n' "$@"; }

# A small chain, whose dates are fixed so that tests can name them.
sign() { # sign NAME ISSUER EXTENSION...: issues NAME.csr as NAME.pem
  local name=$1 issuer=$2
  shift 2
  : >"$work/index.txt"
  printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$work/index.txt" "new_certs_dir=$work" 'default_md=sha256' \
    'policy=p' 'rand_serial=yes' 'unique_subject=no' '[p]' 'commonName=supplied' 'organizationName=optional' >"$work/ca.cnf"
  local self=(-cert "$work/$issuer.pem" -keyfile "$work/$issuer.key")
  [ "$name" = "$issuer" ] && self=(-selfsign -keyfile "$work/$issuer.key")
  openssl ca -batch -notext -config "$work/ca.cnf" "${self[@]}" -in "$work/$name.csr" -out "$work/$name.pem" \
    -startdate 20260101000000Z -enddate 20360101000000Z -extfile <(ext "$@") 2>/dev/null
}
request() { # request NAME SUBJECT
  openssl req -new -key "$work/$1.key" -subj "$2" -out "$work/$1.csr" 2>/dev/null
}
for name in root ca mux; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$name.key"
done
request root "/O=Example/CN=Fixture Root"
sign root root basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash
request ca "/O=Example/CN=Fixture CA"
sign ca root basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash authorityKeyIdentifier=keyid
request mux "/O=Example/CN=mux.example.com"
sign mux ca basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth \
  subjectAltName=DNS:mux.example.com,IP:192.0.2.1 subjectKeyIdentifier=hash authorityKeyIdentifier=keyid

# PEM
cat "$work/mux.pem" "$work/ca.pem" "$work/root.pem" >chain.pem
cat "$work/mux.key" chain.pem >server.pem
openssl pkcs8 -topk8 -in "$work/mux.key" -passout pass:$pw -out "$work/mux-encrypted.key"
cat "$work/mux-encrypted.key" chain.pem >server-encrypted.pem
openssl ec -in "$work/mux.key" -aes-256-cbc -passout pass:$pw -out key-ec-legacy.pem 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out key-ec-parameters.pem
openssl ecparam -name secp256k1 -genkey -noout -out key-secp256k1.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/rsa.key" 2>/dev/null
openssl rsa -in "$work/rsa.key" -traditional -out key-rsa-pkcs1.pem 2>/dev/null
openssl rsa -in "$work/rsa.key" -traditional -aes-128-cbc -passout pass:$pw -out key-rsa-legacy.pem 2>/dev/null
openssl rsa -in "$work/rsa.key" -RSAPublicKey_out -out public-rsa-pkcs1.pem 2>/dev/null
openssl pkey -in "$work/mux.key" -pubout -out public-ec.pem
openssl dsaparam -out "$work/dsa.params" 1024 2>/dev/null
openssl gendsa -out "$work/dsa.key" "$work/dsa.params" 2>/dev/null
openssl pkey -in "$work/dsa.key" -traditional -out key-dsa.pem
openssl genpkey -algorithm ED448 -out "$work/ed448.key"
openssl req -x509 -new -key "$work/ed448.key" -subj /CN=ed448.example.com -addext subjectAltName=DNS:ed448.example.com -days 9000 -out "$work/ed448.pem"
cat "$work/ed448.key" "$work/ed448.pem" >ed448.pem
openssl x509 -in "$work/root.pem" -trustout -setalias "fixture root" -addtrust serverAuth -out trusted.pem
cp "$work/mux.csr" request.pem
openssl dhparam -out dh-parameters.pem 512 2>/dev/null
ssh-keygen -q -t ed25519 -N '' -C fixture -f "$work/ssh"
cp "$work/ssh" ssh-private
cp "$work/ssh.pub" ssh-public.pub
ssh-keygen -q -t rsa -b 2048 -N changeit -a 1 -Z aes192-cbc -C fixture -f "$work/ssh-rsa"
ssh-keygen -q -t ecdsa -b 521 -N changeit -a 2 -Z aes256-gcm@openssh.com -C fixture -f "$work/ssh-ecdsa"
ssh-keygen -q -t dsa -N '' -C fixture -f "$work/ssh-dsa"
cp "$work/ssh-rsa" ssh-rsa-cbc
cp "$work/ssh-ecdsa" ssh-ecdsa-gcm
cp "$work/ssh-dsa" ssh-dsa

# What "openssl pkcs12" prints: aliases stand in text between the blocks.
openssl pkcs12 -export -inkey "$work/mux.key" -in "$work/mux.pem" -certfile <(cat "$work/ca.pem" "$work/root.pem") -name "Mux Key" \
  -caname "the CA" -caname "the Root" -passout pass:$pw -out "$work/mux.p12"
openssl pkcs12 -in "$work/mux.p12" -passin pass:$pw -nodes -out bag-attributes.pem
certtool --to-p12 --load-privkey "$work/mux.key" --load-certificate "$work/mux.pem" --p12-name mux --password $pw \
  --outfile certtool-p12.pem 2>/dev/null

# DER
openssl x509 -in "$work/mux.pem" -outform DER -out certificate.der
openssl x509 -req -in "$work/mux.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 9000 -outform DER -out certificate-v1.der 2>/dev/null
for name in mux ca root; do openssl x509 -in "$work/$name.pem" -outform DER; done >certificates.der
openssl req -in "$work/mux.csr" -outform DER -out request.der
openssl pkey -in "$work/mux.key" -outform DER -out key-sec1.der
openssl pkcs8 -topk8 -nocrypt -in "$work/mux.key" -outform DER -out key-pkcs8.der
openssl pkcs8 -topk8 -in "$work/mux.key" -passout pass:$pw -outform DER -out key-encrypted.der
openssl rsa -in "$work/rsa.key" -traditional -outform DER -out key-pkcs1.der 2>/dev/null
openssl pkey -in "$work/mux.key" -pubout -outform DER -out public.der
base64 -w 64 certificate.der >certificate.base64

# CRL: two certificates revoked, one of them for a reason.
printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$work/crl.txt" 'default_md=sha256' "crlnumber=$work/crlnumber" 'crl_extensions=x' \
  '[x]' 'authorityKeyIdentifier=keyid' >"$work/crl.cnf"
printf 'R\t360101000000Z\t260201000000Z,keyCompromise\t0A\tunknown\t/CN=one\nR\t360101000000Z\t260202000000Z\t0B\tunknown\t/CN=two\n' >"$work/crl.txt"
echo 2A >"$work/crlnumber"
openssl ca -config "$work/crl.cnf" -gencrl -cert "$work/ca.pem" -keyfile "$work/ca.key" -crl_lastupdate 20260301000000Z \
  -crl_nextupdate 20260401000000Z -out crl.pem 2>/dev/null
openssl crl -in crl.pem -outform DER -out crl.der

# PKCS#7: the envelope for chains, a signature (BER, as streaming writes it),
# and an encrypted message, which holds no certificates in the open.
openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out chain.p7b
openssl crl2pkcs7 -nocrl -certfile chain.pem -out chain-pem.p7b
openssl crl2pkcs7 -in crl.pem -certfile "$work/ca.pem" -outform DER -out with-crl.p7b
echo hello | openssl cms -sign -nodetach -stream -indef -signer "$work/mux.pem" -inkey "$work/mux.key" -certfile "$work/ca.pem" \
  -outform DER -out signed-ber.p7m
openssl cms -encrypt -in <(echo hello) -outform DER -out enveloped.p7m "$work/mux.pem"

# Java's own formats.
for type in jks jceks; do
  keytool -genkeypair -storetype $type -keystore "store.$type" -storepass $pw -keypass $pw -alias mux -dname CN=mux.example.com \
    -keyalg EC -groupname secp256r1 -validity 9000 2>/dev/null
done

# A Kubernetes Secret that carries a keystore.
{
  printf '%s\n' 'apiVersion: v1' 'kind: Secret' 'metadata:' '  name: mux' 'type: Opaque' 'data:'
  printf '  keystore.p12: %s\n' "$(base64 -w 0 ../../pkcs12x/testdata/openssl-default.p12)"
} >secret.yaml

#!/usr/bin/env bash
# Writes the fixtures of this directory anew. Needs keytool (OpenJDK 17), and as
# JAVA25_KEYTOOL that of a JDK 25, openssl 3.0, certtool 3.7 and pk12util 3.87.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.p12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pw=changeit
java25=${JAVA25_KEYTOOL:-keytool}

# A small chain: root, intermediate, leaf.
ext() { printf '%s\n' "$@"; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/root.key" -out "$work/root.pem" \
  -subj "/CN=Fixture Root" -days 9000 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.csr" -subj "/CN=Fixture CA" 2>/dev/null
openssl x509 -req -in "$work/ca.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -CAcreateserial -days 9000 \
  -extfile <(ext basicConstraints=critical,CA:TRUE subjectKeyIdentifier=hash authorityKeyIdentifier=keyid) -out "$work/ca.pem" 2>/dev/null
leaf() { # leaf NAME KEYFILE: a certificate for an existing key
  openssl req -new -key "$2" -out "$work/$1.csr" -subj "/CN=$1.example.com" 2>/dev/null
  openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 9000 \
    -extfile <(ext subjectAltName=DNS:"$1".example.com authorityKeyIdentifier=keyid) -out "$work/$1.pem" 2>/dev/null
}
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/mux.key"
leaf mux "$work/mux.key"
cat "$work/ca.pem" "$work/root.pem" >"$work/issuers.pem"

# OpenSSL: ciphers, MACs, and what is left out.
export_p12() { # export_p12 FILE ARG...
  local out=$1
  shift
  openssl pkcs12 -export -inkey "$work/mux.key" -in "$work/mux.pem" -certfile "$work/issuers.pem" -name mux \
    -passout pass:$pw -out "$out" "$@"
}
export_p12 openssl-default.p12
export_p12 openssl-legacy.p12 -legacy
for cipher in AES-128-CBC AES-192-CBC DES-EDE3-CBC CAMELLIA-256-CBC; do
  export_p12 "openssl-pbes2-$(tr A-Z a-z <<<"$cipher").p12" -keypbe $cipher -certpbe $cipher
done
for cipher in PBE-SHA1-RC4-128 PBE-SHA1-RC4-40 PBE-SHA1-2DES PBE-SHA1-RC2-128 PBE-MD5-DES PBE-SHA1-DES; do
  export_p12 "openssl-$(tr A-Z a-z <<<"$cipher").p12" -legacy -keypbe $cipher -certpbe $cipher
done
for hash in sha1 sha224 sha384 sha512 sha512-256 sha3-256 blake2b512; do
  export_p12 "openssl-mac-$hash.p12" -macalg $hash
done
export_p12 openssl-no-mac.p12 -nomac
export_p12 openssl-plain-certs.p12 -certpbe NONE
export_p12 openssl-plain.p12 -keypbe NONE -certpbe NONE
export_p12 openssl-plain-no-mac.p12 -keypbe NONE -certpbe NONE -nomac
export_p12 openssl-iterations-1.p12 -noiter -nomaciter
openssl pkcs12 -export -nokeys -in "$work/issuers.pem" -passout pass:$pw -out openssl-certs-only.p12
openssl pkcs12 -export -inkey "$work/mux.key" -nocerts -passout pass:$pw -out openssl-key-only.p12
openssl pkcs12 -export -inkey "$work/mux.key" -in "$work/mux.pem" -passout pass: -out openssl-empty-password.p12
LC_ALL=C.UTF-8 openssl pkcs12 -export -inkey "$work/mux.key" -in "$work/mux.pem" -name "mux" -passout "pass:grün€😀" -out openssl-password-unicode.p12
LC_ALL=C.UTF-8 openssl pkcs12 -export -legacy -inkey "$work/mux.key" -in "$work/mux.pem" -name "mux" -passout "pass:grün€😀" -out openssl-legacy-password-unicode.p12
for key in "rsa RSA -pkeyopt rsa_keygen_bits:2048" "rsa-pss RSA-PSS -pkeyopt rsa_keygen_bits:2048" "p224 EC -pkeyopt ec_paramgen_curve:P-224" \
  "p521 EC -pkeyopt ec_paramgen_curve:P-521" "ed25519 ED25519" "ed448 ED448" "secp256k1 EC -pkeyopt ec_paramgen_curve:secp256k1" \
  "brainpool EC -pkeyopt ec_paramgen_curve:brainpoolP256r1"; do
  read -r name algorithm options <<<"$key"
  # shellcheck disable=SC2086 # options are words
  openssl genpkey -algorithm "$algorithm" $options -out "$work/$name.key" 2>/dev/null
  leaf "$name" "$work/$name.key"
  openssl pkcs12 -export -inkey "$work/$name.key" -in "$work/$name.pem" -certfile "$work/issuers.pem" -name "$name" -passout pass:$pw -out "openssl-key-$name.p12"
done
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out "$work/dsa.par" 2>/dev/null
openssl genpkey -paramfile "$work/dsa.par" -out "$work/dsa.key"
leaf dsa "$work/dsa.key"
openssl pkcs12 -export -inkey "$work/dsa.key" -in "$work/dsa.pem" -name dsa -passout pass:$pw -out openssl-key-dsa.p12

# keytool.
pair() { # pair KEYTOOL FILE ALIAS ARG...
  local tool=$1 out=$2 name=$3
  shift 3
  "$tool" -genkeypair -alias "$name" -keyalg EC -dname "CN=$name.example.com" -validity 9000 -keystore "$out" -storetype PKCS12 -storepass $pw "$@" 2>/dev/null
}
pair keytool keytool-17.p12 Mux
pair keytool keytool-17.p12 second
pair "$java25" keytool-25.p12 mux
LC_ALL=C.UTF-8 "$java25" -J-Dkeystore.pkcs12.legacy -importkeystore -noprompt -srckeystore keytool-25.p12 -srcstorepass $pw \
  -destkeystore keytool-25-legacy-password-unicode.p12 -deststorepass 'grün€😀' 2>/dev/null
pair keytool keytool-legacy.p12 mux -J-Dkeystore.pkcs12.legacy
keytool -importcert -noprompt -alias Root -file "$work/root.pem" -keystore keytool-trust.p12 -storetype PKCS12 -storepass $pw 2>/dev/null
keytool -importcert -noprompt -alias root -file "$work/root.pem" -keystore keytool-passwordless.p12 -storetype PKCS12 -storepass $pw \
  -J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE -J-Dkeystore.pkcs12.macAlgorithm=NONE 2>/dev/null
keytool -genseckey -alias aes -keyalg AES -keysize 256 -keystore keytool-secret.p12 -storetype PKCS12 -storepass $pw 2>/dev/null
pair keytool keytool-secret.p12 mux

# certtool.
certtool --generate-crl --load-ca-privkey "$work/ca.key" --load-ca-certificate "$work/ca.pem" --outfile "$work/crl.pem" \
  --template <(ext crl_next_update=9000 crl_number=1) 2>/dev/null
for cipher in aes-256 3des-pkcs12 rc2-40 arcfour; do
  certtool --to-p12 --load-privkey "$work/mux.key" --load-certificate "$work/mux.pem" --load-ca-certificate "$work/ca.pem" --load-crl "$work/crl.pem" \
    --p12-name mux --password $pw --pkcs-cipher $cipher --outder --outfile certtool-$cipher.p12 2>/dev/null
done

# pk12util, which goes through an NSS database.
echo $pw >"$work/pw"
certutil -N -d "sql:$work" -f "$work/pw"
pk12util -i openssl-default.p12 -d "sql:$work" -k "$work/pw" -w "$work/pw" >/dev/null
pk12util -o pk12util-default.p12 -n mux -d "sql:$work" -k "$work/pw" -w "$work/pw" >/dev/null
pk12util -o pk12util-aes.p12 -n mux -d "sql:$work" -k "$work/pw" -w "$work/pw" -c AES-256-CBC -C AES-128-CBC -M SHA-256 >/dev/null
ls | wc -l

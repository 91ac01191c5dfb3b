#!/usr/bin/env bash
# Writes the fixtures of this directory anew. Needs the JDK 17 (keytool, java).
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.jks ./*.jceks
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Root, intermediate and leaf, and a store of each format with a key and its
# chain, a key under a password of its own, and a trusted certificate.
for type in JKS JCEKS; do
  out="keytool.${type,,}"
  kt() { keytool "$@" -storetype $type -storepass changeit 2>/dev/null; }
  kt -genkeypair -keystore "$work/root.$type" -alias root -keypass changeit -dname 'CN=Fixture Root' -ext bc:c -keyalg EC -groupname secp256r1 -validity 9000
  kt -genkeypair -keystore "$work/ca.$type" -alias ca -keypass changeit -dname 'CN=Fixture CA' -ext bc:c -keyalg EC -groupname secp256r1 -validity 9000
  kt -exportcert -rfc -keystore "$work/root.$type" -alias root >"$work/root.pem"
  kt -certreq -keystore "$work/ca.$type" -alias ca |
    kt -gencert -keystore "$work/root.$type" -alias root -ext bc:c -validity 9000 -rfc >"$work/ca.pem"
  cat "$work/root.pem" "$work/ca.pem" >"$work/chain.pem"
  kt -importcert -noprompt -keystore "$work/ca.$type" -alias ca -keypass changeit -file "$work/chain.pem"
  kt -genkeypair -keystore "$out" -alias Mux -keypass changeit -dname CN=mux.example.com -keyalg EC -groupname secp256r1 -validity 9000
  kt -certreq -keystore "$out" -alias mux -keypass changeit |
    kt -gencert -keystore "$work/ca.$type" -alias ca -ext san=dns:mux.example.com -validity 9000 -rfc >"$work/mux.pem"
  cat "$work/chain.pem" "$work/mux.pem" >"$work/reply.pem"
  kt -importcert -noprompt -keystore "$out" -alias mux -keypass changeit -file "$work/reply.pem"
  kt -genkeypair -keystore "$out" -alias other -keypass own-secret -dname CN=other.example.com -keyalg RSA -keysize 2048 -validity 9000
  kt -importcert -noprompt -keystore "$out" -alias 'root ca' -file "$work/root.pem"
done

# Certificates alone.
keytool -importcert -noprompt -keystore trust.jks -storetype JKS -storepass changeit -alias root -file "$work/root.pem" 2>/dev/null

# Secret keys: those of the JDK's own classes become KeyRep, the others
# SecretKeySpec.
for key in AES:256 DES:56 DESede:168 HmacSHA256:256 Blowfish:128; do
  keytool -genseckey -keystore secret.jceks -storetype JCEKS -storepass changeit -keypass changeit -alias "${key%:*}" \
    -keyalg "${key%:*}" -keysize "${key#*:}" 2>/dev/null
done
java Make.java

# One that was cut short.
head -c 1000 keytool.jks >cut.jks

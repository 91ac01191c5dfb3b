#!/bin/sh
# Makes signed.jar with OpenJDK 17's jar, keytool and jarsigner.
set -e
cd "$(dirname "$0")"
here=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo hello >hello.txt
jar -cf signed.jar hello.txt
keytool -genkeypair -alias ca -keyalg EC -dname CN=CA -ext bc:c -keystore ks -storepass changeit -validity 36500
keytool -genkeypair -alias signer -signer ca -keyalg EC -dname "CN=Signer,O=Example" -keystore ks -storepass changeit -validity 36500
jarsigner -keystore ks -storepass changeit signed.jar signer
jarsigner -keystore ks -storepass changeit -sigfile SECOND signed.jar ca
mv signed.jar "$here/signed.jar"

#!/usr/bin/env bash
# Writes the fixtures of this directory anew. Needs the JDK 17 and Bouncy Castle
# (Debian's libbcprov-java). The keys are those of keystore/jks/testdata.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.bks ./*.uber
java -cp /usr/share/java/bcprov.jar Make.java

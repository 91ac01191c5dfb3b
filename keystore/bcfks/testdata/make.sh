#!/usr/bin/env bash
# Writes the fixtures of this directory anew. Needs a JDK and Bouncy Castle
# (Debian: default-jdk-headless, libbcprov-java). Keys and chains come from
# ../../jks/testdata.
set -euo pipefail
cd "$(dirname "$0")"
rm -f ./*.bcfks
java -cp /usr/share/java/bcprov.jar Make.java
head -c 1000 default.bcfks >cut.bcfks # one that was cut short

#!/usr/bin/env bash
# Writes wishes.csr anew. Needs openssl 3.0.
set -euo pipefail
cd "$(dirname "$0")"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out wishes.csr -config <(printf '%s\n' \
  '[req]' 'prompt=no' 'distinguished_name=dn' 'attributes=a' 'req_extensions=x' '[dn]' 'CN=mux.example.com' \
  '[a]' 'challengePassword=s3cret' \
  '[x]' 'subjectAltName=DNS:mux.example.com,DNS:*.mux.example.com,IP:192.0.2.1' 'keyUsage=digitalSignature' \
  'extendedKeyUsage=serverAuth' 'basicConstraints=CA:FALSE') 2>/dev/null

# A CA, three nodes with keystores and trust stores, and a client: what is run again for
# each environment. $1 is the directory in which keytool is.
set -eu
PATH=$1:$PATH
# muxkey:allow MUX-SECRETS-001 reason="the stores are thrown away"
pass=changeit
nodes="node1 node2 node3"

# the CA, with an intermediate
keytool -genkeypair -alias root -keyalg EC -groupname secp256r1 -validity 3650 -dname "CN=Example Root, O=Example" -ext bc:c -ext ku:c=keyCertSign,cRLSign -keystore root.p12 -storetype PKCS12 -storepass $pass
keytool -exportcert -rfc -alias root -keystore root.p12 -storepass $pass -file root.pem
keytool -genkeypair -alias ca -keyalg EC -groupname secp256r1 -validity 1825 -dname "CN=Example CA, O=Example" -keystore ca.p12 -storetype PKCS12 -storepass $pass
keytool -certreq -alias ca -keystore ca.p12 -storepass $pass -file ca.csr
keytool -gencert -alias root -keystore root.p12 -storepass $pass -infile ca.csr -outfile ca.pem -rfc -validity 1825 -ext bc:c=0 -ext ku:c=keyCertSign,cRLSign
keytool -importcert -noprompt -alias root -file root.pem -keystore ca.p12 -storepass $pass
keytool -importcert -noprompt -alias ca -file ca.pem -keystore ca.p12 -storepass $pass

keytool -printcert -file ca.pem | grep -q "Issuer: CN=Example Root"

# one trust store for all, and a list of what is in it
keytool -importcert -noprompt -trustcacerts -alias root -file root.pem -keystore truststore.jks -storetype JKS -storepass $pass
keytool -importcert -noprompt -trustcacerts -alias ca -file ca.pem -keystore truststore.jks -storepass $pass
keytool -list -keystore truststore.jks -storepass $pass | grep -c trustedCertEntry

# the nodes: a key, a request, the answer, and a password of their own
for node in $nodes; do
	store=$node.p12
	keytool -genkeypair -alias "$node" -keyalg EC -groupname secp256r1 -dname "CN=$node.example.com, O=Example" -keystore "$store" -storetype PKCS12 -storepass $pass
	keytool -certreq -alias "$node" -keystore "$store" -storepass $pass -file "$node.csr"
	keytool -gencert -alias ca -keystore ca.p12 -storepass $pass -infile "$node.csr" -outfile "$node.pem" -rfc -validity 397 -ext "SAN=dns:$node.example.com,dns:localhost" -ext eku=serverAuth,clientAuth
	keytool -importcert -noprompt -alias root -file root.pem -keystore "$store" -storepass $pass
	keytool -importcert -noprompt -alias ca -file ca.pem -keystore "$store" -storepass $pass
	keytool -importcert -noprompt -alias "$node" -file "$node.pem" -keystore "$store" -storepass $pass
	keytool -list -v -alias "$node" -keystore "$store" -storepass $pass | grep -q "Certificate chain length: 3"
	keytool -importkeystore -noprompt -srckeystore "$store" -srcstorepass $pass -srcalias "$node" -destkeystore "$node.jks" -deststoretype JKS -deststorepass $pass
	keytool -exportcert -rfc -alias "$node" -keystore "$node.jks" -storepass $pass -file "$node.cer"
	cat "$node.cer" >>nodes.pem
	cp truststore.jks "$node.trust.jks"
	keytool -storepasswd -keystore "$store" -storepass $pass -new "$node-secret"
	keytool -list -keystore "$store" -storepass "$node-secret" >"$node.txt"
done

# a client for the administrator, whose old entry goes
keytool -genkeypair -alias admin -keyalg EC -groupname secp256r1 -dname "CN=admin, O=Example" -signer ca -keystore ca.p12 -storepass $pass -ext eku=clientAuth
keytool -importkeystore -noprompt -srckeystore ca.p12 -srcstorepass $pass -srcalias admin -destkeystore admin.p12 -deststoretype PKCS12 -deststorepass $pass
keytool -delete -alias admin -keystore ca.p12 -storepass $pass
keytool -changealias -alias admin -destalias operator -keystore admin.p12 -storepass $pass
keytool -exportcert -alias operator -keystore admin.p12 -storepass $pass -file operator.cer
keytool -printcert -file operator.cer | grep -q "Owner: CN=admin"

# an empty list of what is revoked, for the load balancer
keytool -gencrl -alias ca -keystore ca.p12 -storepass $pass -validity 30 -file ca.crl
keytool -printcrl -file ca.crl -keystore truststore.jks -storepass $pass >crl.txt

#!/bin/sh
# Makes the databases of this directory anew, with NSS's own tools
# (libnss3-tools), sqlite3, gzip and the muxkey that is given. Keys differ each time.
set -eu
muxkey=${1:?usage: make.sh MUXKEY}
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'nss-secret-1\n' >"$work/pw"
head -c 64 /dev/urandom >"$work/noise"

"$muxkey" create p12.example.com --alias 'from p12' --key ec-p256 --password pass:changeit -o "$work/in.p12" >/dev/null

# fill DIR: a CA that is trusted and has no key here, a server with an EC key and
# one with an RSA key, a key of DSA and one of RSA without certificates, one from a PKCS#12
# file, two secret keys, a CRL, a certificate that is never trusted, and two of
# one name.
fill() {
	certutil -S -d "sql:$1" -f "$work/pw" -z "$work/noise" -k ec -q nistp256 -n ca -s 'CN=Test CA' -x -t 'CT,C,C' -m 1 -v 240 >/dev/null
	certutil -S -d "sql:$1" -f "$work/pw" -z "$work/noise" -k ec -q nistp384 -n server -s 'CN=server.example.com' -c ca -t ',,' -m 2 -v 120 >/dev/null
	certutil -S -d "sql:$1" -f "$work/pw" -z "$work/noise" -k rsa -g 1024 -n rsa -s 'CN=rsa.example.com' -c ca -t 'Pu,,' -m 3 -v 120 >/dev/null
	certutil -S -d "sql:$1" -f "$work/pw" -z "$work/noise" -k ec -q nistp256 -n gone -s 'CN=gone.example.com' -x -t 'p,p,p' -m 4 -v 120 >/dev/null
	crlutil -G -d "sql:$1" -f "$work/pw" -n ca -c /dev/stdin <<-CRL >/dev/null
		update=20260101000000Z
		addcert 3 20260101000000Z
	CRL
	# the keys of these two go, the certificates stay
	for name in ca gone; do
		certutil -L -d "sql:$1" -n $name -a >"$work/$name.pem"
		certutil -F -d "sql:$1" -f "$work/pw" -n $name >/dev/null
	done
	certutil -A -d "sql:$1" -f "$work/pw" -n ca -t 'CT,C,C' -i "$work/ca.pem"
	certutil -A -d "sql:$1" -f "$work/pw" -n gone -t 'p,p,p' -i "$work/gone.pem"
	certutil -G -d "sql:$1" -f "$work/pw" -z "$work/noise" -k dsa -g 1024 >/dev/null 2>&1
	certutil -G -d "sql:$1" -f "$work/pw" -z "$work/noise" -k rsa -g 1024 >/dev/null 2>&1
	pk12util -i "$work/in.p12" -d "sql:$1" -k "$work/pw" -W changeit >/dev/null
	symkeyutil -K -n aes -t aes -s 32 -d "sql:$1" -f "$work/pw" >/dev/null
	symkeyutil -K -n generic -t generic -s 16 -d "sql:$1" -f "$work/pw" >/dev/null
}

keep() { # keep DIR NAME
	for db in cert9 key4; do
		sqlite3 "$1/$db.db" vacuum
		gzip -9 -n -c "$1/$db.db" >"$2-$db.db.gz"
	done
}

mkdir "$work/empty" "$work/password" "$work/old"
certutil -N -d "sql:$work/empty" --empty-password
fill "$work/empty"
keep "$work/empty" empty
certutil -N -d "sql:$work/password" -f "$work/pw"
fill "$work/password"
keep "$work/password" password

# A database of before 2009, which NSS has brought into the new form: its key is
# under the old encryption.
certutil -N -d "dbm:$work/old" -f "$work/pw"
certutil -S -d "dbm:$work/old" -f "$work/pw" -z "$work/noise" -k rsa -g 1024 -n old -s 'CN=old.example.com' -x -t 'C,,' -m 5 -v 240 >/dev/null
gzip -9 -n -c "$work/old/cert8.db" >old-cert8.db.gz
gzip -9 -n -c "$work/old/key3.db" >old-key3.db.gz
certutil -K -X -d "sql:$work/old" -f "$work/pw" >/dev/null
keep "$work/old" old

for db in empty password old; do
	certutil -L -d "sql:$work/$db" | grep -E ' +[CTPcpu,]+$' >$db.list
done

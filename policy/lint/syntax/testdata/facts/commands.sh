#!/bin/bash
sudo -u root -E env -u X A=1 curl -k https://a.example.com
time nohup nice -n 5 ionice -c 2 timeout -s KILL 5 wget --no-check-certificate b
find . -name x -exec curl -k {} \;
xargs -I{} -n 1 curl -k {}
ssh -p 22 -o StrictHostKeyChecking=no host "curl -k \"https://x\""
su - user -c 'curl -k y'
watch -n 5 'curl -k z'
eval "curl -k $X"
docker run --rm -it -e GIT_SSL_NO_VERIFY=1 --env=A=b -v /x:/y image:1 sh -c 'curl -k q'
docker run -d --name x image
kubectl exec -n x pod -c y -- curl -k r
X=1 Y="a b" cmd --server.ssl.enabled=false --set a.b=c,d=e
export NODE_TLS_REJECT_UNAUTHORIZED='0' B
declare -x C=1; local D=2; readonly E=$F
unset GIT_SSL_NO_VERIFY
OPTS="-k"; curl $OPTS "$OPTS" x
ARGS=(-k --insecure "a b"); curl "${ARGS[@]}"
for O in a b; do curl $O; done
Y=$(curl -k s) && echo "curl -k" | grep -k "--insecure" || sed 's/a/b/' f
echo "trust.all=true" >> /etc/app.properties
printf 'a=%s\nb=c\n' x > d.env
printf '%s\n' 'trust.all=true' 'x=y' >> e.properties
sudo tee -a /etc/f.properties <<E >/dev/null
g=$H
E
cat <<'E' | sudo tee i.ini
[s]
j=k
E
bash <<E
curl -k l
E
python3 - <<'E'
x(verify=False)
E
curl -H "Authorization: $T" -d '{"a": "-k"}' \
  --data-urlencode x=y # -k
[ "$X" = "-k" ] && exit 1
powershell -Command "Invoke-WebRequest -SkipCertificateCheck x"
cmd.exe /c "set A=1 && curl -k m"
"$CURL" -k n
exec -a x curl -k o
fish_set() { set -gx P q; }
curl -k 'unterminated

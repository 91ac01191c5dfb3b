@set "A=1" & curl -k x
if exist y (
  curl -k z
) else curl -k w
for /f "tokens=*" %%i in ('curl -k v') do echo %%i
powershell -NoProfile -Command "iwr https://u -SkipCertificateCheck"
echo curl -k
set B=%C%

function F { param([switch]$SkipCertificateCheck, [string]$A = "x")
  Invoke-RestMethod -Uri $A -SkipCertificateCheck:$SkipCertificateCheck }
[System.Net.ServicePointManager]::ServerCertificateValidationCallback = { $true }
[Net.ServicePointManager]::ServerCertificateValidationCallback += {return $true}
$PSDefaultParameterValues['Invoke-WebRequest:SkipCertificateCheck'] = $true
$p = @{
  Uri = 'https://x'
  SkipCertificateCheck = $true
}
if (-not $x) { $y = iwr https://z -SkipCertificateCheck | select -First 1 }
Write-Host "iwr -SkipCertificateCheck"
& curl.exe -k "https://w"
Start-Process curl -ArgumentList '-k','https://v'
[Environment]::SetEnvironmentVariable("NODE_TLS_REJECT_UNAUTHORIZED", "0", "User")
New-Item -Path Env:\B -Value 'c'
$s = New-PSSessionOption -SkipCACheck -SkipCNCheck
$env:D = "e $f"

package target

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"

	"muxkey/trust"
	"muxkey/trust/winstore"
)

// The stores of Windows. What stands in CA helps to find a way to a root and is
// trusted by itself no more than any other certificate; TrustedPeople is for
// certificates of servers themselves, and Chrome and Edge heed it.
const (
	winRoot       = "ROOT"
	winCA         = "CA"
	winPeople     = "TrustedPeople"
	winDisallowed = "Disallowed"
)

// winStore is where an anchor belongs. Just self-signed certificates may stand
// among the roots: another one there makes servers of Windows 2012 and later
// refuse the certificates of clients (Microsoft's KB 2795828).
func winStore(a *trust.Anchor) string {
	switch {
	case a.SelfIssued():
		return winRoot
	case a.CA:
		return winCA
	}
	return winPeople
}

// winEntry is a certificate and the store that it goes into.
type winEntry struct {
	*trust.Anchor
	store string
}

// winEntries are all certificates of a job. What is distrusted for some purposes
// and trusted for another keeps its place among the trusted ones, for Disallowed
// knows no purposes.
func winEntries(j Job) []winEntry {
	var list []winEntry
	for _, e := range entries(j) {
		if e.trusted {
			list = append(list, winEntry{e.Anchor, winStore(e.Anchor)})
		} else {
			list = append(list, winEntry{e.Anchor, winDisallowed})
		}
	}
	return list
}

func (e winEntry) thumbprint() string {
	sum := sha1.Sum(e.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// windowsSSTTarget is a serialized store. Certutil and Import-Certificate take its
// certificates over with their properties, as Microsoft's own list of roots is
// distributed (certutil -generateSSTFromWU).
var windowsSSTTarget = Target{
	ID:      "windows-sst",
	Title:   "serialized certificate store of Windows",
	Clients: "Windows: certutil, Import-Certificate, group policies; dates from which on issuing is not trusted need Windows 10",
	Name:    "roots.sst",
	Says:    Terms{Purposes: true, DistrustAfter: true},
	Write: func(_ context.Context, j Job) ([]File, error) {
		out := []byte(winstore.Header)
		for _, a := range j.Set.Anchors {
			out = winstore.Certificate{Raw: a.Raw, Terms: a.Terms}.Append(out)
		}
		return []File{{Data: append(out, winstore.End...)}}, nil
	},
	Use: func(path string, j Job) []Step {
		name := powershellQuote(path)
		return append([]Step{{
			Text:    "As an administrator, import it in PowerShell:",
			Command: "Import-Certificate -FilePath " + name + ` -CertStoreLocation Cert:\LocalMachine\Root`,
			Shell:   "powershell",
		}}, winRemarks(j, "import into CA instead of Root")...)
	},
	Proof: "its structure is compared with [MS-OSHARED] by a second parser; Wine, where it is installed, opens it if no certificate is restricted",
}

// windowsRegTarget is a file for regedit, whose export format it has: UTF-16 with
// a mark, lines that end in CR and LF and are broken at 80 characters
// (https://support.microsoft.com/help/310516).
var windowsRegTarget = Target{
	ID:      "windows-reg",
	Title:   "registry file with the certificate stores of Windows",
	Clients: "Windows: regedit, reg import, deployment tools; dates from which on issuing is not trusted need Windows 10",
	Name:    "roots.reg",
	Says:    Terms{Purposes: true, Rejected: true, DistrustAfter: true},
	Options: []Option{Comments},
	Write: func(_ context.Context, j Job) ([]File, error) {
		text := new(bytes.Buffer)
		text.WriteString("Windows Registry Editor Version 5.00\r\n")
		entries := winEntries(j)
		anchors := make([]*trust.Anchor, len(entries))
		for i, e := range entries {
			anchors[i] = e.Anchor
		}
		names := uniqueNames(anchors, oneLine)
		for i, e := range entries {
			text.WriteString("\r\n")
			if j.Comments {
				fmt.Fprintf(text, "; %s\r\n", names[i])
			}
			fmt.Fprintf(text, "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SystemCertificates\\%s\\Certificates\\%s]\r\n", e.store, e.thumbprint())
			c := winstore.Certificate{Raw: e.Raw, Name: names[i]}
			if e.store != winDisallowed {
				c.Terms = e.Terms
			}
			regBinary(text, "Blob", c.AppendNamed(nil))
		}
		return []File{{Data: utf16le(text.String())}}, nil
	},
	Use: func(path string, j Job) []Step {
		return append([]Step{{
			Text:    "As an administrator, import it:",
			Command: `reg import "` + path + `"`,
			Shell:   "cmd",
		}}, winRemarks(j, "")...)
	},
	Proof: "its structure is compared with regedit's format by a second parser; Wine, where it is installed, imports it, and then has the certificates in the stores",
}

// regBinary writes a binary value as regedit does.
func regBinary(out *bytes.Buffer, name string, value []byte) {
	const most = 76 // characters before an octet, as regedit counts
	column, _ := fmt.Fprintf(out, "%q=hex:", name)
	for i, b := range value {
		if i > 0 {
			out.WriteByte(',')
			if column += 3; column > most {
				out.WriteString("\\\r\n  ")
				column = 2
			}
		}
		out.Write(hex.AppendEncode(out.AvailableBuffer(), []byte{b}))
	}
	out.WriteString("\r\n")
}

// utf16le is text in UTF-16 with the mark that tells the order of its octets.
func utf16le(text string) []byte {
	out := make([]byte, 0, 2+2*len(text))
	out = append(out, 0xff, 0xfe)
	for _, r := range text {
		if r < 0x80 { // nearly all of it
			out = append(out, byte(r), 0)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = binary.LittleEndian.AppendUint16(out, unit)
		}
	}
	return out
}

// winRemarks says what Windows will not do with some of the anchors.
func winRemarks(j Job, instead string) []Step {
	other := 0
	for _, a := range j.Set.Anchors {
		if !a.SelfIssued() {
			other++
		}
	}
	if other == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of the certificates are no roots: Windows trusts them only when their roots are trusted too", other)
	if instead != "" {
		text += "; " + instead
	}
	return []Step{{Text: text + "."}}
}

// windowsPowershellTarget is a script that needs nothing but itself. It may be run
// again, and it takes out what it has put in.
var windowsPowershellTarget = Target{
	ID:      "windows-powershell",
	Title:   "PowerShell script that installs and removes",
	Clients: "Windows PowerShell 5.1, PowerShell 7; logon scripts, Intune, Ansible",
	Name:    "trust.ps1",
	Says:    Terms{Rejected: true},
	Write: func(_ context.Context, j Job) ([]File, error) {
		out := new(bytes.Buffer)
		out.WriteString("\ufeff") // without the mark, PowerShell 5.1 takes text for that of the code page
		out.WriteString(powershellHead)
		for _, e := range winEntries(j) {
			fmt.Fprintf(out, "    @{ Store = '%s'; Name = %s\n       Thumbprint = '%s'\n       SHA256 = '%X'\n       Data = '%s' }\n",
				e.store, powershellQuote(cmp.Or(strings.TrimSpace(oneLine(e.Name())), e.Fingerprint()[:16])), e.thumbprint(), e.SHA256, base64.StdEncoding.EncodeToString(e.Raw))
		}
		out.WriteString(powershellTail)
		return []File{{Data: bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte("\r\n"))}}, nil
	},
	Use: func(path string, j Job) []Step {
		run := `powershell -NoProfile -ExecutionPolicy Bypass -File "` + path + `"`
		return append([]Step{
			{Text: "As an administrator, for all users of the machine:", Command: run, Shell: "cmd"},
			{Text: "Or for one user, whom Windows asks about each root:", Command: run + " -Location CurrentUser", Shell: "cmd"},
			{Text: "To take the certificates out again:", Command: run + " -Uninstall", Shell: "cmd"},
		}, winRemarks(j, "")...)
	},
	Proof: "a second reader of PowerShell's quoting finds the certificates and names in it; it was not run in PowerShell",
}

const powershellHead = `<#
.SYNOPSIS
Adds certificates to the certificate stores of Windows, or takes them out.
.DESCRIPTION
Certificates that are there already are left as they are, so the script may run
again. Each one is compared with its SHA-256 first. -WhatIf changes nothing.
.PARAMETER Location
LocalMachine for all users, which takes an administrator; or CurrentUser.
.PARAMETER Uninstall
Take the certificates out.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [ValidateSet('LocalMachine', 'CurrentUser')]
    [string] $Location = 'LocalMachine',
    [switch] $Uninstall
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$entries = @(
`

const powershellTail = `)

$namespace = 'System.Security.Cryptography.X509Certificates'
$hash = [System.Security.Cryptography.SHA256]::Create()
$failed = 0
foreach ($entry in $entries) {
    $store = $null
    try {
        $raw = [Convert]::FromBase64String($entry.Data)
        $sum = [BitConverter]::ToString($hash.ComputeHash($raw)).Replace('-', '')
        $certificate = New-Object "$namespace.X509Certificate2" -ArgumentList (, $raw)
        if ($sum -ne $entry.SHA256 -or $certificate.Thumbprint -ne $entry.Thumbprint) {
            throw 'the certificate in this script is damaged'
        }
        $store = New-Object "$namespace.X509Store" -ArgumentList $entry.Store, $Location
        $store.Open('ReadWrite')
        $there = $store.Certificates.Find('FindByThumbprint', $entry.Thumbprint, $false).Count -gt 0
        $what = "$($entry.Name) ($($entry.Thumbprint))"
        $where = "$Location\$($entry.Store)"
        if ($Uninstall) {
            if (-not $there) {
                Write-Output "not in ${where}: $what"
            } elseif ($PSCmdlet.ShouldProcess($where, "remove $what")) {
                $store.Remove($certificate)
                Write-Output "removed from ${where}: $what"
            }
        } elseif ($there) {
            Write-Output "already in ${where}: $what"
        } elseif ($PSCmdlet.ShouldProcess($where, "add $what")) {
            $certificate.FriendlyName = $entry.Name
            $store.Add($certificate)
            Write-Output "added to ${where}: $what"
        }
    } catch {
        $failed++
        Write-Warning "$($entry.Name): $($_.Exception.Message)"
    } finally {
        if ($null -ne $store) { $store.Close() }
    }
}
if ($failed -gt 0) {
    Write-Warning "$failed of $($entries.Count) certificates failed"
    exit 1
}
`

// powershellQuote makes a string of PowerShell in which nothing is expanded. Five
// characters end one, each of which stands for itself when it is doubled
// (CharTraits and ScanStringLiteral in PowerShell's tokenizer.cs).
func powershellQuote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		switch r {
		case '\'', '\u2018', '\u2019', '\u201a', '\u201b':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

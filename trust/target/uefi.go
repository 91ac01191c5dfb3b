package target

import (
	"bytes"
	"context"
	"encoding/binary"

	"muxkey/internal/command"
)

// uefiTarget is the variable TlsCaCertificate of firmware that boots over HTTPS,
// and a form in which tools take keys for secure boot.
var uefiTarget = Target{
	ID:      "uefi",
	Title:   "list of EFI signatures",
	Clients: "UEFI firmware: HTTPS boot of EDK II and OVMF, tools for secure boot",
	Name:    "cacerts.esl",
	Write: func(_ context.Context, j Job) ([]File, error) {
		var out bytes.Buffer
		for _, a := range j.Set.Anchors {
			signatureList(&out, a.Raw)
		}
		return []File{{Data: out.Bytes()}}, nil
	},
	Use: func(path string, _ Job) []Step {
		return []Step{{
			Text:    "Give the file to a virtual machine with OVMF, whose firmware then trusts the anchors for HTTPS boot:",
			Command: "qemu-system-x86_64 -fw_cfg name=etc/edk2/https/cacerts,file=" + command.Quote(path) + " ...",
		}}
	},
	Proof: "cert-to-efi-sig-list of efitools makes the same bytes, and trust extract --format=edk2-cacerts does but for the owner; sig-list-to-certs takes it apart again",
}

const (
	// EFI_CERT_X509_GUID a5c059a1-94e4-4aa7-87b5-ab155c2bf072, UEFI specification
	// 2.10 section 32.4.1.1; the first three fields of a GUID are little-endian.
	certX509GUID = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
	// ownerGUID names muxkey as the one that made the entry:
	// 30bc4586-9ac9-56f1-8253-a0c8e9782f13 is the UUIDv5 of the DNS name "muxkey".
	ownerGUID = "\x86\x45\xbc\x30\xc9\x9a\xf1\x56\x82\x53\xa0\xc8\xe9\x78\x2f\x13"
)

// signatureList writes one EFI_SIGNATURE_LIST. All entries of a list have one
// length, so each certificate has a list of its own.
func signatureList(out *bytes.Buffer, der []byte) {
	const header, owner = 28, 16
	size := owner + len(der)
	out.WriteString(certX509GUID)
	for _, n := range []int{header + size, 0, size} { // SignatureListSize, SignatureHeaderSize, SignatureSize
		out.Write(binary.LittleEndian.AppendUint32(nil, uint32(n))) //nolint:gosec // a certificate is far below 4 GiB
	}
	out.WriteString(ownerGUID)
	out.Write(der)
}

package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"muxkey/keystore"
	"muxkey/trust"
)

// uefiKind are lists of EFI signatures: what target uefi writes, and db, KEK and
// dbx of secure boot, as files of their own or as they lie below
// /sys/firmware/efi/efivars, with the four octets of attributes in front.
var uefiKind = Kind{
	ID:     "uefi",
	Title:  "list of EFI signatures",
	Detect: func(data []byte) bool { _, ok := signatureLists(data); return ok },
	Read:   readUEFI,
}

// signatureTypes are the SignatureType of UEFI specification 2.10 section 32.4.1, in
// the byte order of the file. What is empty is a certificate.
var signatureTypes = map[string]string{
	"\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72": "",                                // EFI_CERT_X509_GUID
	"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28": "SHA-256 of programs",             // EFI_CERT_SHA256_GUID
	"\x12\xa5\x6c\x82\x10\xcf\xc9\x4a\xb1\x87\xbe\x01\x49\x66\x31\xbd": "SHA-1 of programs",               // EFI_CERT_SHA1_GUID
	"\x33\x52\x6e\x0b\x5c\xa6\xc9\x44\x94\x07\xd9\xab\x83\xbf\xc8\xbd": "SHA-224 of programs",             // EFI_CERT_SHA224_GUID
	"\x07\x53\x3e\xff\xd0\x9f\xc9\x48\x85\xf1\x8a\xd5\x6c\x70\x1e\x01": "SHA-384 of programs",             // EFI_CERT_SHA384_GUID
	"\xae\x0f\x3e\x09\xc4\xa6\x50\x4f\x9f\x1b\xd4\x1e\x2b\x89\xc1\x9a": "SHA-512 of programs",             // EFI_CERT_SHA512_GUID
	"\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed": "SHA-256 of revoked certificates", // EFI_CERT_X509_SHA256_GUID
	"\x6e\x87\x76\x70\xc2\x80\xe6\x4e\xaa\xd2\x28\xb3\x49\xa6\x86\x5b": "SHA-384 of revoked certificates", // EFI_CERT_X509_SHA384_GUID
	"\x63\xbf\x6d\x44\x02\x25\xda\x4c\xbc\xfa\x24\x65\xd2\xb0\xfe\x9d": "SHA-512 of revoked certificates", // EFI_CERT_X509_SHA512_GUID
	"\xe8\x66\x57\x3c\x9c\x26\x34\x4e\xaa\x14\xed\x77\x6e\x85\xb3\xb6": "RSA keys",                        // EFI_CERT_RSA2048_GUID
}

// signatureLists finds where the lists begin.
func signatureLists(data []byte) ([]byte, bool) {
	for _, at := range []int{0, 4} {
		if len(data) >= at+signatureListHeader {
			if _, ok := signatureTypes[string(data[at:at+16])]; ok {
				return data[at:], true
			}
		}
	}
	return nil, false
}

const (
	signatureListHeader = 16 + 3*4
	signatureOwner      = 16
)

func readUEFI(ctx context.Context, b *trust.Builder, in Input) error {
	data, _ := signatureLists(in.Data)
	damaged := func(number int, why string) error {
		return &keystore.FormatError{Path: in.origin("").String(), What: "a list of EFI signatures", Damaged: true, Err: fmt.Errorf("list %d %s", number, why)}
	}
	for number := 1; len(data) > 0; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(bytes.Trim(data, "\x00")) == 0 {
			break // padding of a flash or a partition
		}
		if len(data) < signatureListHeader {
			return damaged(number, "is cut off")
		}
		total := int(binary.LittleEndian.Uint32(data[16:]))
		header := int(binary.LittleEndian.Uint32(data[20:]))
		size := int(binary.LittleEndian.Uint32(data[24:]))
		switch {
		case total < signatureListHeader || header > total-signatureListHeader || size <= signatureOwner:
			return damaged(number, "has lengths that cannot be")
		case total > len(data):
			return damaged(number, fmt.Sprintf("says that it has %d octets, and %d are left", total, len(data)))
		}
		entries := data[signatureListHeader+header : total]
		if len(entries)%size != 0 {
			return damaged(number, "ends within an entry")
		}
		what, known := signatureTypes[string(data[:16])]
		entry := fmt.Sprintf("list %d", number)
		switch {
		case !known:
			b.Skip(in.origin(entry), fmt.Sprintf("it is of type %x, which is not known", data[:16]))
		case what != "":
			b.Skip(in.origin(entry), fmt.Sprintf("it holds %d %s, and no certificates", len(entries)/size, what))
		default:
			for ; len(entries) > 0; entries = entries[size:] {
				a, err := trust.Parse(entries[signatureOwner:size:size])
				if err != nil {
					return damaged(number, "holds what is no certificate")
				}
				a.Origins = []trust.Origin{in.origin("")}
				b.Add(a)
			}
		}
		data = data[total:]
	}
	return nil
}

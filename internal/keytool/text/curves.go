package text

// curve is an elliptic curve that the JDK knows.
type curve struct {
	name   string
	bits   int // of the order
	octets int // of a coordinate
}

// curves returns the curve of an object identifier.
func curves(oid string) (c curve, ok bool) {
	switch oid {
	case "1.2.840.10045.3.0.5":
		c = curve{"X9.62 c2tnb191v1", 191, 24}
	case "1.2.840.10045.3.0.6":
		c = curve{"X9.62 c2tnb191v2", 190, 24}
	case "1.2.840.10045.3.0.7":
		c = curve{"X9.62 c2tnb191v3", 189, 24}
	case "1.2.840.10045.3.0.11":
		c = curve{"X9.62 c2tnb239v1", 238, 30}
	case "1.2.840.10045.3.0.12":
		c = curve{"X9.62 c2tnb239v2", 237, 30}
	case "1.2.840.10045.3.0.13":
		c = curve{"X9.62 c2tnb239v3", 236, 30}
	case "1.2.840.10045.3.0.18":
		c = curve{"X9.62 c2tnb359v1", 353, 45}
	case "1.2.840.10045.3.0.20":
		c = curve{"X9.62 c2tnb431r1", 418, 54}
	case "1.2.840.10045.3.1.1":
		c = curve{"secp192r1", 192, 24}
	case "1.2.840.10045.3.1.2":
		c = curve{"X9.62 prime192v2", 192, 24}
	case "1.2.840.10045.3.1.3":
		c = curve{"X9.62 prime192v3", 192, 24}
	case "1.2.840.10045.3.1.4":
		c = curve{"X9.62 prime239v1", 239, 30}
	case "1.2.840.10045.3.1.5":
		c = curve{"X9.62 prime239v2", 239, 30}
	case "1.2.840.10045.3.1.6":
		c = curve{"X9.62 prime239v3", 239, 30}
	case "1.2.840.10045.3.1.7":
		c = curve{"secp256r1", 256, 32}
	case "1.3.36.3.3.2.8.1.1.1":
		c = curve{"brainpoolP160r1", 160, 20}
	case "1.3.36.3.3.2.8.1.1.3":
		c = curve{"brainpoolP192r1", 192, 24}
	case "1.3.36.3.3.2.8.1.1.5":
		c = curve{"brainpoolP224r1", 224, 28}
	case "1.3.36.3.3.2.8.1.1.7":
		c = curve{"brainpoolP256r1", 256, 32}
	case "1.3.36.3.3.2.8.1.1.9":
		c = curve{"brainpoolP320r1", 320, 40}
	case "1.3.36.3.3.2.8.1.1.11":
		c = curve{"brainpoolP384r1", 384, 48}
	case "1.3.36.3.3.2.8.1.1.13":
		c = curve{"brainpoolP512r1", 512, 64}
	case "1.3.132.0.1":
		c = curve{"sect163k1", 163, 21}
	case "1.3.132.0.2":
		c = curve{"sect163r1", 162, 21}
	case "1.3.132.0.3":
		c = curve{"sect239k1", 238, 30}
	case "1.3.132.0.4":
		c = curve{"sect113r1", 113, 15}
	case "1.3.132.0.5":
		c = curve{"sect113r2", 113, 15}
	case "1.3.132.0.6":
		c = curve{"secp112r1", 112, 14}
	case "1.3.132.0.7":
		c = curve{"secp112r2", 110, 14}
	case "1.3.132.0.8":
		c = curve{"secp160r1", 161, 20}
	case "1.3.132.0.9":
		c = curve{"secp160k1", 161, 20}
	case "1.3.132.0.10":
		c = curve{"secp256k1", 256, 32}
	case "1.3.132.0.15":
		c = curve{"sect163r2", 163, 21}
	case "1.3.132.0.16":
		c = curve{"sect283k1", 281, 36}
	case "1.3.132.0.17":
		c = curve{"sect283r1", 282, 36}
	case "1.3.132.0.22":
		c = curve{"sect131r1", 131, 17}
	case "1.3.132.0.23":
		c = curve{"sect131r2", 131, 17}
	case "1.3.132.0.24":
		c = curve{"sect193r1", 193, 25}
	case "1.3.132.0.25":
		c = curve{"sect193r2", 193, 25}
	case "1.3.132.0.26":
		c = curve{"sect233k1", 232, 30}
	case "1.3.132.0.27":
		c = curve{"sect233r1", 233, 30}
	case "1.3.132.0.28":
		c = curve{"secp128r1", 128, 16}
	case "1.3.132.0.29":
		c = curve{"secp128r2", 126, 16}
	case "1.3.132.0.30":
		c = curve{"secp160r2", 161, 20}
	case "1.3.132.0.31":
		c = curve{"secp192k1", 192, 24}
	case "1.3.132.0.32":
		c = curve{"secp224k1", 225, 28}
	case "1.3.132.0.33":
		c = curve{"secp224r1", 224, 28}
	case "1.3.132.0.34":
		c = curve{"secp384r1", 384, 48}
	case "1.3.132.0.35":
		c = curve{"secp521r1", 521, 66}
	case "1.3.132.0.36":
		c = curve{"sect409k1", 407, 52}
	case "1.3.132.0.37":
		c = curve{"sect409r1", 409, 52}
	case "1.3.132.0.38":
		c = curve{"sect571k1", 570, 72}
	case "1.3.132.0.39":
		c = curve{"sect571r1", 570, 72}
	default:
		return c, false
	}
	return c, true
}

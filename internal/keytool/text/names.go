package text

// Name is the name that the JDK has for an object identifier in dotted form: of
// an algorithm, an extended key usage, an attribute. ok is false for those that it
// has none for. The names were read out of JDK 25; those of 17 are the same but for
// two that do not occur in certificates.
func Name(oid string) (name string, ok bool) {
	switch oid {
	case "0.9.2342.19200300.100.1.1":
		return "UCL_UserID", true
	case "0.9.2342.19200300.100.1.25":
		return "UCL_DomainComponent", true
	case "1.2.840.10040.4.1", "1.3.14.3.2.12":
		return "DSA", true
	case "1.2.840.10040.4.3", "1.3.14.3.2.13", "1.3.14.3.2.27":
		return "SHA1withDSA", true
	case "1.2.840.10045.2.1":
		return "EC", true
	case "1.2.840.10045.4.1":
		return "SHA1withECDSA", true
	case "1.2.840.10045.4.3":
		return "SpecifiedSHA2withECDSA", true
	case "1.2.840.10045.4.3.1":
		return "SHA224withECDSA", true
	case "1.2.840.10045.4.3.2":
		return "SHA256withECDSA", true
	case "1.2.840.10045.4.3.3":
		return "SHA384withECDSA", true
	case "1.2.840.10045.4.3.4":
		return "SHA512withECDSA", true
	case "1.2.840.10046.2.1", "1.2.840.113549.1.3.1":
		return "DiffieHellman", true
	case "1.2.840.113549.1.1", "1.2.840.113549.1.1.1", "2.5.8.1.1":
		return "RSA", true
	case "1.2.840.113549.1.1.2":
		return "MD2withRSA", true
	case "1.2.840.113549.1.1.4":
		return "MD5withRSA", true
	case "1.2.840.113549.1.1.5", "1.3.14.3.2.15", "1.3.14.3.2.29":
		return "SHA1withRSA", true
	case "1.2.840.113549.1.1.7":
		return "OAEP", true
	case "1.2.840.113549.1.1.8":
		return "MGF1", true
	case "1.2.840.113549.1.1.9":
		return "PSpecified", true
	case "1.2.840.113549.1.1.10":
		return "RSASSA-PSS", true
	case "1.2.840.113549.1.1.11":
		return "SHA256withRSA", true
	case "1.2.840.113549.1.1.12":
		return "SHA384withRSA", true
	case "1.2.840.113549.1.1.13":
		return "SHA512withRSA", true
	case "1.2.840.113549.1.1.14":
		return "SHA224withRSA", true
	case "1.2.840.113549.1.1.15":
		return "SHA512/224withRSA", true
	case "1.2.840.113549.1.1.16":
		return "SHA512/256withRSA", true
	case "1.2.840.113549.1.5.3":
		return "PBEWithMD5AndDES", true
	case "1.2.840.113549.1.5.6":
		return "PBEWithMD5AndRC2", true
	case "1.2.840.113549.1.5.10":
		return "PBEWithSHA1AndDES", true
	case "1.2.840.113549.1.5.11":
		return "PBEWithSHA1AndRC2", true
	case "1.2.840.113549.1.5.12":
		return "PBKDF2WithHmacSHA1", true
	case "1.2.840.113549.1.5.13":
		return "PBES2", true
	case "1.2.840.113549.1.7":
		return "PKCS7", true
	case "1.2.840.113549.1.7.1":
		return "Data", true
	case "1.2.840.113549.1.7.2":
		return "SignedData", true
	case "1.2.840.113549.1.7.3":
		return "EnvelopedData", true
	case "1.2.840.113549.1.7.4":
		return "SignedAndEnvelopedData", true
	case "1.2.840.113549.1.7.5":
		return "DigestedData", true
	case "1.2.840.113549.1.7.6":
		return "EncryptedData", true
	case "1.2.840.113549.1.9.1":
		return "EmailAddress", true
	case "1.2.840.113549.1.9.2":
		return "UnstructuredName", true
	case "1.2.840.113549.1.9.3":
		return "ContentType", true
	case "1.2.840.113549.1.9.4":
		return "MessageDigest", true
	case "1.2.840.113549.1.9.5":
		return "SigningTime", true
	case "1.2.840.113549.1.9.6":
		return "CounterSignature", true
	case "1.2.840.113549.1.9.7":
		return "ChallengePassword", true
	case "1.2.840.113549.1.9.8":
		return "UnstructuredAddress", true
	case "1.2.840.113549.1.9.9":
		return "ExtendedCertificateAttributes", true
	case "1.2.840.113549.1.9.10":
		return "IssuerAndSerialNumber", true
	case "1.2.840.113549.1.9.14":
		return "ExtensionRequest", true
	case "1.2.840.113549.1.9.15":
		return "SMIMECapability", true
	case "1.2.840.113549.1.9.16.1.4":
		return "TimeStampTokenInfo", true
	case "1.2.840.113549.1.9.16.2.12":
		return "SigningCertificate", true
	case "1.2.840.113549.1.9.16.2.14":
		return "SignatureTimestampToken", true
	case "1.2.840.113549.1.9.16.3.17":
		return "HSS/LMS", true
	case "1.2.840.113549.1.9.16.3.18":
		return "CHACHA20-POLY1305", true
	case "1.2.840.113549.1.9.20":
		return "FriendlyName", true
	case "1.2.840.113549.1.9.21":
		return "LocalKeyID", true
	case "1.2.840.113549.1.9.22.1":
		return "CertTypeX509", true
	case "1.2.840.113549.1.9.52":
		return "CMSAlgorithmProtection", true
	case "1.2.840.113549.1.12.1.1":
		return "PBEWithSHA1AndRC4_128", true
	case "1.2.840.113549.1.12.1.2":
		return "PBEWithSHA1AndRC4_40", true
	case "1.2.840.113549.1.12.1.3":
		return "PBEWithSHA1AndDESede", true
	case "1.2.840.113549.1.12.1.5":
		return "PBEWithSHA1AndRC2_128", true
	case "1.2.840.113549.1.12.1.6":
		return "PBEWithSHA1AndRC2_40", true
	case "1.2.840.113549.1.12.10.1.2":
		return "PKCS8ShroudedKeyBag", true
	case "1.2.840.113549.1.12.10.1.3":
		return "CertBag", true
	case "1.2.840.113549.1.12.10.1.5":
		return "SecretBag", true
	case "1.2.840.113549.2.2":
		return "MD2", true
	case "1.2.840.113549.2.5":
		return "MD5", true
	case "1.2.840.113549.2.7":
		return "HmacSHA1", true
	case "1.2.840.113549.2.8":
		return "HmacSHA224", true
	case "1.2.840.113549.2.9":
		return "HmacSHA256", true
	case "1.2.840.113549.2.10":
		return "HmacSHA384", true
	case "1.2.840.113549.2.11":
		return "HmacSHA512", true
	case "1.2.840.113549.2.12":
		return "HmacSHA512/224", true
	case "1.2.840.113549.2.13":
		return "HmacSHA512/256", true
	case "1.2.840.113549.3.2":
		return "RC2/CBC/PKCS5Padding", true
	case "1.2.840.113549.3.4":
		return "ARCFOUR", true
	case "1.2.840.113549.3.7":
		return "DESede/CBC/NoPadding", true
	case "1.2.840.113549.3.9":
		return "RC5/CBC/PKCS5Padding", true
	case "1.2.840.1113549.1.7.1":
		return "JDK_OLD_Data", true
	case "1.2.840.1113549.1.7.2":
		return "JDK_OLD_SignedData", true
	case "1.3.6.1.4.1.42.2.11.2.1":
		return "SkipIPAddress", true
	case "1.3.6.1.4.1.42.2.17.1.1":
		return "JAVASOFT_JDKKeyProtector", true
	case "1.3.6.1.4.1.42.2.19.1":
		return "JAVASOFT_JCEKeyProtector", true
	case "1.3.6.1.4.1.311.10.3.3":
		return "MICROSOFT_ExportApproved", true
	case "1.3.6.1.4.1.3029.1.1.2":
		return "Blowfish", true
	case "1.3.6.1.5.5.7.1.1":
		return "AuthInfoAccess", true
	case "1.3.6.1.5.5.7.1.11":
		return "SubjectInfoAccess", true
	case "1.3.6.1.5.5.7.3.1":
		return "serverAuth", true
	case "1.3.6.1.5.5.7.3.2":
		return "clientAuth", true
	case "1.3.6.1.5.5.7.3.3":
		return "codeSigning", true
	case "1.3.6.1.5.5.7.3.4":
		return "emailProtection", true
	case "1.3.6.1.5.5.7.3.5":
		return "ipsecEndSystem", true
	case "1.3.6.1.5.5.7.3.6":
		return "ipsecTunnel", true
	case "1.3.6.1.5.5.7.3.7":
		return "ipsecUser", true
	case "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.48.3":
		return "timeStamping", true
	case "1.3.6.1.5.5.7.3.9":
		return "OCSPSigning", true
	case "1.3.6.1.5.5.7.48.1":
		return "OCSP", true
	case "1.3.6.1.5.5.7.48.1.1":
		return "OCSPBasicResponse", true
	case "1.3.6.1.5.5.7.48.1.2":
		return "OCSPNonceExt", true
	case "1.3.6.1.5.5.7.48.1.5":
		return "OCSPNoCheck", true
	case "1.3.6.1.5.5.7.48.2":
		return "caIssuers", true
	case "1.3.6.1.5.5.7.48.5":
		return "caRepository", true
	case "1.3.14.3.2.7":
		return "DES/CBC", true
	case "1.3.14.3.2.17":
		return "DESede", true
	case "1.3.14.3.2.26":
		return "SHA-1", true
	case "1.3.101.110":
		return "X25519", true
	case "1.3.101.111":
		return "X448", true
	case "1.3.101.112":
		return "Ed25519", true
	case "1.3.101.113":
		return "Ed448", true
	case "1.3.132.1.12":
		return "ECDH", true
	case "2.5.4.3":
		return "CommonName", true
	case "2.5.4.4":
		return "Surname", true
	case "2.5.4.5":
		return "SerialNumber", true
	case "2.5.4.6":
		return "CountryName", true
	case "2.5.4.7":
		return "LocalityName", true
	case "2.5.4.8":
		return "StateName", true
	case "2.5.4.9":
		return "StreetAddress", true
	case "2.5.4.10":
		return "OrgName", true
	case "2.5.4.11":
		return "OrgUnitName", true
	case "2.5.4.12":
		return "Title", true
	case "2.5.4.42":
		return "GivenName", true
	case "2.5.4.43":
		return "Initials", true
	case "2.5.4.44":
		return "GenerationQualifier", true
	case "2.5.4.46":
		return "DNQualifier", true
	case "2.5.29.9":
		return "SubjectDirectoryAttributes", true
	case "2.5.29.14":
		return "SubjectKeyID", true
	case "2.5.29.15":
		return "KeyUsage", true
	case "2.5.29.16":
		return "PrivateKeyUsage", true
	case "2.5.29.17":
		return "SubjectAlternativeName", true
	case "2.5.29.18":
		return "IssuerAlternativeName", true
	case "2.5.29.19":
		return "BasicConstraints", true
	case "2.5.29.20":
		return "CRLNumber", true
	case "2.5.29.21":
		return "ReasonCode", true
	case "2.5.29.23":
		return "HoldInstructionCode", true
	case "2.5.29.24":
		return "InvalidityDate", true
	case "2.5.29.27":
		return "DeltaCRLIndicator", true
	case "2.5.29.28":
		return "IssuingDistributionPoint", true
	case "2.5.29.29":
		return "CertificateIssuer", true
	case "2.5.29.30":
		return "NameConstraints", true
	case "2.5.29.31":
		return "CRLDistributionPoints", true
	case "2.5.29.32":
		return "CertificatePolicies", true
	case "2.5.29.32.0":
		return "CE_CERT_POLICIES_ANY", true
	case "2.5.29.33":
		return "PolicyMappings", true
	case "2.5.29.35":
		return "AuthorityKeyID", true
	case "2.5.29.36":
		return "PolicyConstraints", true
	case "2.5.29.37":
		return "extendedKeyUsage", true
	case "2.5.29.37.0":
		return "anyExtendedKeyUsage", true
	case "2.5.29.46":
		return "FreshestCRL", true
	case "2.5.29.54":
		return "InhibitAnyPolicy", true
	case "2.16.840.1.101.3.4.1":
		return "AES", true
	case "2.16.840.1.101.3.4.1.1":
		return "AES_128/ECB/NoPadding", true
	case "2.16.840.1.101.3.4.1.2":
		return "AES_128/CBC/NoPadding", true
	case "2.16.840.1.101.3.4.1.3":
		return "AES_128/OFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.4":
		return "AES_128/CFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.5":
		return "AES_128/KW/NoPadding", true
	case "2.16.840.1.101.3.4.1.6":
		return "AES_128/GCM/NoPadding", true
	case "2.16.840.1.101.3.4.1.8":
		return "AES_128/KWP/NoPadding", true
	case "2.16.840.1.101.3.4.1.21":
		return "AES_192/ECB/NoPadding", true
	case "2.16.840.1.101.3.4.1.22":
		return "AES_192/CBC/NoPadding", true
	case "2.16.840.1.101.3.4.1.23":
		return "AES_192/OFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.24":
		return "AES_192/CFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.25":
		return "AES_192/KW/NoPadding", true
	case "2.16.840.1.101.3.4.1.26":
		return "AES_192/GCM/NoPadding", true
	case "2.16.840.1.101.3.4.1.28":
		return "AES_192/KWP/NoPadding", true
	case "2.16.840.1.101.3.4.1.41":
		return "AES_256/ECB/NoPadding", true
	case "2.16.840.1.101.3.4.1.42":
		return "AES_256/CBC/NoPadding", true
	case "2.16.840.1.101.3.4.1.43":
		return "AES_256/OFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.44":
		return "AES_256/CFB/NoPadding", true
	case "2.16.840.1.101.3.4.1.45":
		return "AES_256/KW/NoPadding", true
	case "2.16.840.1.101.3.4.1.46":
		return "AES_256/GCM/NoPadding", true
	case "2.16.840.1.101.3.4.1.48":
		return "AES_256/KWP/NoPadding", true
	case "2.16.840.1.101.3.4.2.1":
		return "SHA-256", true
	case "2.16.840.1.101.3.4.2.2":
		return "SHA-384", true
	case "2.16.840.1.101.3.4.2.3":
		return "SHA-512", true
	case "2.16.840.1.101.3.4.2.4":
		return "SHA-224", true
	case "2.16.840.1.101.3.4.2.5":
		return "SHA-512/224", true
	case "2.16.840.1.101.3.4.2.6":
		return "SHA-512/256", true
	case "2.16.840.1.101.3.4.2.7":
		return "SHA3-224", true
	case "2.16.840.1.101.3.4.2.8":
		return "SHA3-256", true
	case "2.16.840.1.101.3.4.2.9":
		return "SHA3-384", true
	case "2.16.840.1.101.3.4.2.10":
		return "SHA3-512", true
	case "2.16.840.1.101.3.4.2.11":
		return "SHAKE128-256", true
	case "2.16.840.1.101.3.4.2.12":
		return "SHAKE256-512", true
	case "2.16.840.1.101.3.4.2.13":
		return "HmacSHA3-224", true
	case "2.16.840.1.101.3.4.2.14":
		return "HmacSHA3-256", true
	case "2.16.840.1.101.3.4.2.15":
		return "HmacSHA3-384", true
	case "2.16.840.1.101.3.4.2.16":
		return "HmacSHA3-512", true
	case "2.16.840.1.101.3.4.2.17":
		return "SHAKE128-LEN", true
	case "2.16.840.1.101.3.4.2.18":
		return "SHAKE256-LEN", true
	case "2.16.840.1.101.3.4.3.1":
		return "SHA224withDSA", true
	case "2.16.840.1.101.3.4.3.2":
		return "SHA256withDSA", true
	case "2.16.840.1.101.3.4.3.3":
		return "SHA384withDSA", true
	case "2.16.840.1.101.3.4.3.4":
		return "SHA512withDSA", true
	case "2.16.840.1.101.3.4.3.5":
		return "SHA3-224withDSA", true
	case "2.16.840.1.101.3.4.3.6":
		return "SHA3-256withDSA", true
	case "2.16.840.1.101.3.4.3.7":
		return "SHA3-384withDSA", true
	case "2.16.840.1.101.3.4.3.8":
		return "SHA3-512withDSA", true
	case "2.16.840.1.101.3.4.3.9":
		return "SHA3-224withECDSA", true
	case "2.16.840.1.101.3.4.3.10":
		return "SHA3-256withECDSA", true
	case "2.16.840.1.101.3.4.3.11":
		return "SHA3-384withECDSA", true
	case "2.16.840.1.101.3.4.3.12":
		return "SHA3-512withECDSA", true
	case "2.16.840.1.101.3.4.3.13":
		return "SHA3-224withRSA", true
	case "2.16.840.1.101.3.4.3.14":
		return "SHA3-256withRSA", true
	case "2.16.840.1.101.3.4.3.15":
		return "SHA3-384withRSA", true
	case "2.16.840.1.101.3.4.3.16":
		return "SHA3-512withRSA", true
	case "2.16.840.1.101.3.4.3.17":
		return "ML-DSA-44", true
	case "2.16.840.1.101.3.4.3.18":
		return "ML-DSA-65", true
	case "2.16.840.1.101.3.4.3.19":
		return "ML-DSA-87", true
	case "2.16.840.1.101.3.4.4.1":
		return "ML-KEM-512", true
	case "2.16.840.1.101.3.4.4.2":
		return "ML-KEM-768", true
	case "2.16.840.1.101.3.4.4.3":
		return "ML-KEM-1024", true
	case "2.16.840.1.113730.1.1":
		return "NETSCAPE_CertType", true
	case "2.16.840.1.113730.2.5":
		return "NETSCAPE_CertSequence", true
	case "2.16.840.1.113730.4.1":
		return "NETSCAPE_ExportApproved", true
	case "2.16.840.1.113894.746875.1.1":
		return "ORACLE_TrustedKeyUsage", true
	}
	if c, ok := curves(oid); ok {
		return c.name, true
	}
	return "", false
}

// nameOr is Name, or the identifier itself where it has none.
func nameOr(oid string) string {
	if name, ok := Name(oid); ok {
		return name
	}
	return oid
}

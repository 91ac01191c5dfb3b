package report

// What a bill of materials says, in the names of CycloneDX 1.6 (ECMA-424).
// CycloneDX/cyclonedx-go has all of the standard, and a start of every command
// paid for its encoders of XML and gob, neither of which was used.
type (
	cdxBOM struct {
		Schema       string         `json:"$schema"`
		Format       string         `json:"bomFormat"`
		SpecVersion  string         `json:"specVersion"`
		SerialNumber string         `json:"serialNumber,omitempty"`
		Version      int            `json:"version"`
		Metadata     *cdxMetadata   `json:"metadata,omitempty"`
		Components   []cdxComponent `json:"components"`
	}
	cdxMetadata struct {
		Timestamp string   `json:"timestamp"`
		Tools     cdxTools `json:"tools"`
	}
	cdxTools struct {
		Components []cdxComponent `json:"components"`
	}
	cdxComponent struct {
		Ref        string         `json:"bom-ref,omitempty"`
		Type       string         `json:"type"`
		Name       string         `json:"name"`
		Version    string         `json:"version,omitempty"`
		Hashes     []cdxHash      `json:"hashes,omitempty"`
		Properties []cdxProperty  `json:"properties,omitempty"`
		Evidence   *cdxEvidence   `json:"evidence,omitempty"`
		Crypto     *cdxProperties `json:"cryptoProperties,omitempty"`
	}
	cdxHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	cdxProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	cdxEvidence struct {
		Occurrences []cdxOccurrence `json:"occurrences"`
	}
	cdxOccurrence struct {
		Location string `json:"location,omitempty"`
		Context  string `json:"additionalContext,omitempty"`
	}
	cdxProperties struct {
		Asset       cdxAsset        `json:"assetType"`
		Algorithm   *cdxAlgorithm   `json:"algorithmProperties,omitempty"`
		Certificate *cdxCertificate `json:"certificateProperties,omitempty"`
		Material    *cdxMaterial    `json:"relatedCryptoMaterialProperties,omitempty"`
		OID         string          `json:"oid,omitempty"`
	}
	cdxAlgorithm struct {
		Primitive    cdxPrimitive `json:"primitive,omitempty"`
		ParameterSet string       `json:"parameterSetIdentifier,omitempty"`
		Curve        string       `json:"curve,omitempty"`
		Mode         string       `json:"mode,omitempty"`
		QuantumLevel *int         `json:"nistQuantumSecurityLevel,omitempty"`
	}
	cdxCertificate struct {
		Subject            string `json:"subjectName,omitempty"`
		Issuer             string `json:"issuerName,omitempty"`
		NotBefore          string `json:"notValidBefore,omitempty"`
		NotAfter           string `json:"notValidAfter,omitempty"`
		SignatureAlgorithm cdxRef `json:"signatureAlgorithmRef,omitempty"`
		PublicKey          cdxRef `json:"subjectPublicKeyRef,omitempty"`
		Format             string `json:"certificateFormat,omitempty"`
	}
	cdxMaterial struct {
		Type      cdxMaterialType `json:"type,omitempty"`
		ID        string          `json:"id,omitempty"`
		Algorithm cdxRef          `json:"algorithmRef,omitempty"`
		Created   string          `json:"creationDate,omitempty"`
		Size      *int            `json:"size,omitempty"`
		SecuredBy *cdxSecuredBy   `json:"securedBy,omitempty"`
	}
	cdxSecuredBy struct {
		Mechanism string `json:"mechanism,omitempty"`
		Algorithm cdxRef `json:"algorithmRef,omitempty"`
	}

	cdxRef          string // the bom-ref of a component
	cdxAsset        string
	cdxMaterialType string
	cdxPrimitive    string
)

const (
	cdxAssetAlgorithm   cdxAsset = "algorithm"
	cdxAssetCertificate cdxAsset = "certificate"
	cdxAssetMaterial    cdxAsset = "related-crypto-material"

	cdxPublicKey  cdxMaterialType = "public-key"
	cdxPrivateKey cdxMaterialType = "private-key"
	cdxSecretKey  cdxMaterialType = "secret-key"

	cdxAE           cdxPrimitive = "ae"
	cdxBlockCipher  cdxPrimitive = "block-cipher"
	cdxKDF          cdxPrimitive = "kdf"
	cdxKEM          cdxPrimitive = "kem"
	cdxKeyAgreement cdxPrimitive = "key-agree"
	cdxMAC          cdxPrimitive = "mac"
	cdxOther        cdxPrimitive = "other"
	cdxPKE          cdxPrimitive = "pke"
	cdxSignature    cdxPrimitive = "signature"
	cdxStreamCipher cdxPrimitive = "stream-cipher"
	cdxUnknown      cdxPrimitive = "unknown"
)

package pkcs12x

// Placeholder by the codec's author so that the package compiles; the owner of
// this file replaces it whole. MACSpec.Hash is a name as in kdf.go's digests.

type Scheme string

const (
	SchemeNone          Scheme = ""
	SchemeAES256        Scheme = "PBES2 AES-256-CBC"
	SchemeAES128        Scheme = "PBES2 AES-128-CBC"
	SchemeSHA1TripleDES Scheme = "PBE-SHA1-3DES"
	SchemeSHA1RC2x40    Scheme = "PBE-SHA1-RC2-40"
)

type Encryption struct {
	Scheme              Scheme
	Iterations, SaltLen int
}
type MACSpec struct {
	Hash                string
	PBMAC1              bool
	Iterations, SaltLen int
}
type Profile struct {
	Name, Title string
	Aliases     []string
	Key, Cert   Encryption
	MAC         MACSpec
	Reads       string
}

func Profiles() []Profile {
	return []Profile{
		{Name: "modern-2026", Key: Encryption{SchemeAES256, 10000, 20}, Cert: Encryption{SchemeAES256, 10000, 20}, MAC: MACSpec{"SHA256", true, 10000, 20}},
		{Name: "modern-2023", Key: Encryption{SchemeAES256, 10000, 20}, Cert: Encryption{SchemeAES256, 10000, 20}, MAC: MACSpec{"SHA256", false, 10000, 20}},
		{Name: "legacy-3des", Key: Encryption{SchemeSHA1TripleDES, 50000, 20}, Cert: Encryption{SchemeSHA1TripleDES, 50000, 20}, MAC: MACSpec{"SHA1", false, 100000, 20}},
		{Name: "legacy-rc2", Key: Encryption{SchemeSHA1TripleDES, 50000, 20}, Cert: Encryption{SchemeSHA1RC2x40, 50000, 20}, MAC: MACSpec{"SHA1", false, 100000, 20}},
		{Name: "passwordless"},
	}
}

func ProfileByName(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

func (p Profile) WithIterations(encryption, mac int) Profile {
	p.Key.Iterations, p.Cert.Iterations, p.MAC.Iterations = encryption, encryption, mac
	return p
}

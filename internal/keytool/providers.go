package keytool

import (
	"slices"
	"strings"

	"muxkey/internal/keytool/exception"
)

// fromProvider holds -providername against the providers of the JDK. One that is
// named is asked for the type of -storetype or the usual one: nobody looks into the
// file then.
func (t *tool) fromProvider() error {
	if t.call.Provider == nil {
		return nil
	}
	name := *t.call.Provider
	if name == "" {
		return exception.New(exception.IllegalArgument, "missing provider")
	}
	types, ok := storeTypes(name)
	if !ok {
		return exception.New("java.security.NoSuchProviderException", "no such provider: "+name)
	}
	kind := text(t.call.StoreType, t.level.StoreType)
	if !slices.Contains(types, strings.ToUpper(kind)) {
		return exception.New(exception.KeyStore, kind+" not found")
	}
	t.call.StoreType = &kind
	return nil
}

// storeTypes are the types of keystores that a provider has, by its exact name.
func storeTypes(provider string) (types []string, ok bool) {
	switch provider {
	case "SUN":
		return []string{"JKS", "CASEEXACTJKS", "DKS", "PKCS12"}, true
	case "SunJSSE":
		return []string{"PKCS12"}, true
	case "SunJCE":
		return []string{"JCEKS"}, true
	case "SunRsaSign", "SunEC", "SunJGSS", "SunSASL", "XMLDSig", "SunPCSC", "JdkLDAP", "JdkSASL", "SunPKCS11":
		return nil, true
	}
	return nil, false
}

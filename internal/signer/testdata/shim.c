/* A PKCS#11 module that stands before SoftHSM and does what SoftHSM never does:
 * $SHIM_HANG names a function that never returns, and with $SHIM_LEAKY new
 * private keys can be exported whatever the template says, and with $SHIM_ALWAYS
 * they want the PIN for each signature. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CK_PTR *
#define CK_DECLARE_FUNCTION(returnType, name) returnType name
#define CK_DECLARE_FUNCTION_POINTER(returnType, name) returnType(*name)
#define CK_CALLBACK_FUNCTION(returnType, name) returnType(*name)
#define NULL_PTR 0
#include "pkcs11.h"

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;

static void hang(const char *name) {
	const char *wish = getenv("SHIM_HANG");
	while (wish && !strcmp(wish, name))
		sleep(1);
}

static CK_RV initialize(CK_VOID_PTR args) {
	hang("C_Initialize");
	return real->C_Initialize(args);
}

static CK_RV sign(CK_SESSION_HANDLE s, CK_BYTE_PTR data, CK_ULONG n, CK_BYTE_PTR out, CK_ULONG_PTR outn) {
	hang("C_Sign");
	return real->C_Sign(s, data, n, out, outn);
}

static CK_RV generate(CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_ATTRIBUTE_PTR pub, CK_ULONG npub,
		      CK_ATTRIBUTE_PTR priv, CK_ULONG npriv, CK_OBJECT_HANDLE_PTR hpub, CK_OBJECT_HANDLE_PTR hpriv) {
	for (CK_ULONG i = 0; getenv("SHIM_LEAKY") && i < npriv; i++)
		if (priv[i].type == CKA_EXTRACTABLE)
			*(CK_BBOOL *)priv[i].pValue = CK_TRUE;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE more[npriv + 1];
	memcpy(more, priv, npriv * sizeof *priv);
	if (getenv("SHIM_ALWAYS"))
		more[npriv++] = (CK_ATTRIBUTE){CKA_ALWAYS_AUTHENTICATE, &yes, sizeof yes};
	return real->C_GenerateKeyPair(s, m, pub, npub, more, npriv, hpub, hpriv);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out) {
	void *module = dlopen(getenv("SHIM_MODULE"), RTLD_NOW);
	CK_C_GetFunctionList get = module ? (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : 0;
	if (!get || get(&real) != CKR_OK)
		return CKR_GENERAL_ERROR;
	list = *real;
	list.C_Initialize = initialize;
	list.C_Sign = sign;
	list.C_GenerateKeyPair = generate;
	*out = &list;
	return CKR_OK;
}

// SPDX-License-Identifier: EUPL-1.2
//
// A program that uses the module as browsers do, for module_test.go: it opens a session, finds the objects, reads their
// attributes, logs in and signs, and prints what each call answered. Built with the sanitizers, together with the module.

#include <stdio.h>
#include <string.h>

#include "pkcs11.h"

static void said(const char *what, CK_RV rv) { printf("%s %#lx\n", what, (unsigned long)rv); }

static void sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
	CK_BYTE data[51] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", signature[512];
	CK_ULONG length = 0;
	CK_RV rv = C_SignInit(session, &m, key);
	said("C_SignInit", rv);
	if (rv != CKR_OK)
		return;
	said("C_Sign length", C_Sign(session, data, sizeof data, NULL, &length));
	length = sizeof signature;
	rv = C_Sign(session, data, sizeof data, signature, &length);
	said("C_Sign", rv);
	if (rv == CKR_OK) {
		int zeros = 1;
		for (CK_ULONG i = 0; i < length; i++)
			zeros = zeros && signature[i] == 0;
		printf("signature %lu%s\n", (unsigned long)length, zeros ? " zeros" : "");
	}
}

static void objects(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE found[16], key = 0;
	CK_ULONG n = 0;
	CK_RV rv = C_FindObjectsInit(session, NULL, 0);
	said("C_FindObjectsInit", rv);
	if (rv == CKR_OK) {
		said("C_FindObjects", C_FindObjects(session, found, 16, &n));
		said("C_FindObjectsFinal", C_FindObjectsFinal(session));
	}
	printf("objects %lu\n", (unsigned long)n);
	for (CK_ULONG i = 0; i < n; i++) {
		CK_OBJECT_CLASS class = 0;
		CK_BYTE value[8192], id[64];
		CK_ATTRIBUTE a[] = {{CKA_CLASS, &class, sizeof class}, {CKA_VALUE, value, sizeof value}, {CKA_ID, id, sizeof id}, {CKA_LABEL, NULL, 0}};
		rv = C_GetAttributeValue(session, found[i], a, 4);
		printf("object %lu class %#lx\n", (unsigned long)rv, (unsigned long)class);
		if (class == CKO_PRIVATE_KEY)
			key = found[i];
	}
	said("C_Login", C_Login(session, CKU_USER, NULL, 0));
	sign(session, key);
}

// two signs with each key that is there.
static void two(void)
{
	CK_SESSION_HANDLE session = 0;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE want = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE found[16];
	CK_ULONG n = 0;
	said("C_OpenSession", C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session));
	said("C_FindObjectsInit", C_FindObjectsInit(session, &want, 1));
	said("C_FindObjects", C_FindObjects(session, found, 16, &n));
	said("C_FindObjectsFinal", C_FindObjectsFinal(session));
	printf("keys %lu\n", (unsigned long)n);
	for (CK_ULONG i = 0; i < n; i++)
		sign(session, found[i]);
}

static CK_OBJECT_HANDLE find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE want = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG n = 0;
	if (C_FindObjectsInit(session, &want, 1) == CKR_OK) {
		C_FindObjects(session, &found, 1, &n);
		C_FindObjectsFinal(session);
	}
	return found;
}

// sessions does what browsers do with several connections at once: what one session finds, another uses.
static void sessions(void)
{
	CK_SESSION_HANDLE first = 0, second = 0;
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof class};
	said("first", C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &first));
	said("second", C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &second));
	said("certificate in second", C_GetAttributeValue(second, find(first, CKO_CERTIFICATE), &a, 1));
	printf("key before the login %lu\n", (unsigned long)find(first, CKO_PRIVATE_KEY));
	said("C_Login", C_Login(first, CKU_USER, NULL, 0));
	CK_OBJECT_HANDLE key = find(first, CKO_PRIVATE_KEY);
	sign(second, key);
	said("C_Logout", C_Logout(second));
	printf("key after the logout %lu\n", (unsigned long)find(second, CKO_PRIVATE_KEY));
	sign(first, key);
	said("no such object", C_GetAttributeValue(first, 99, &a, 1));
}

int main(int argc, char **argv)
{
	CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK, .pReserved = argc > 1 ? argv[1] : NULL};
	if (argc > 1 && strcmp(argv[1], "nss") == 0) { // as NSS without parameters
		arguments.flags |= CKF_LIBRARY_CANT_CREATE_OS_THREADS;
		arguments.pReserved = NULL;
	}
	CK_SLOT_ID slot;
	CK_ULONG n = 1;
	CK_TOKEN_INFO token;
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE session = 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	said("C_Initialize", C_Initialize(&arguments));
	if (argc > 1 && strcmp(argv[1], "sessions") == 0) {
		sessions();
		said("C_Finalize", C_Finalize(NULL));
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "ui=sign two") == 0) {
		two();
		said("C_Finalize", C_Finalize(NULL));
		return 0;
	}
	said("C_GetSlotList", C_GetSlotList(CK_TRUE, &slot, &n));
	printf("tokens %lu\n", (unsigned long)n);
	CK_RV rv = C_GetTokenInfo(1, &token);
	said("C_GetTokenInfo", rv);
	if (rv == CKR_OK)
		printf("flags %#lx\n", (unsigned long)token.flags);
	said("C_OpenSession", C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session));
	said("C_GetSessionInfo", C_GetSessionInfo(session, &info));
	objects(session);
	said("C_CloseSession", C_CloseSession(session));
	said("C_Finalize", C_Finalize(NULL));
	return 0;
}

// SPDX-License-Identifier: EUPL-1.2
//
// The module against an agent whose answers are the input: a program for AFL++ and libFuzzer, and, with an input on its
// standard input, for fuzz_linux_test.go. An answer is as much as the module wants to read; after the input there is silence.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "pkcs11.h"

static const unsigned char *input;
static size_t left;

struct agent_connection {
	int open;
} connection;

struct agent_connection *agent_connect(unsigned timeout_ms) { return (void)timeout_ms, left == 0 ? NULL : &connection; }
void agent_close(struct agent_connection *c) { c->open = 0; }

int agent_send(struct agent_connection *c, const unsigned char *bytes, size_t length)
{
	(void)c;
	unsigned sum = 0; // reads all of it: a request must be initialised to its end
	for (size_t i = 0; i < length; i++)
		sum += bytes[i];
	return sum != 0;
}

int agent_receive(struct agent_connection *c, unsigned char *bytes, size_t length)
{
	(void)c;
	if (length > left)
		return left = 0;
	memcpy(bytes, input, length);
	input += length;
	left -= length;
	return 1;
}

static void use(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE found[16];
	CK_ULONG n = 0, length = 512;
	CK_SESSION_INFO info;
	C_GetSessionInfo(session, &info);
	if (C_FindObjectsInit(session, NULL, 0) == CKR_OK) {
		C_FindObjects(session, found, 16, &n);
		C_FindObjectsFinal(session);
	}
	C_Login(session, CKU_USER, NULL, 0);
	for (CK_ULONG i = 0; i <= n; i++) {
		CK_OBJECT_CLASS class = 0;
		CK_BYTE value[64], data[32] = {0}, signature[512];
		CK_ATTRIBUTE a[] = {{CKA_CLASS, &class, sizeof class}, {CKA_VALUE, value, sizeof value}, {CKA_MODULUS, NULL, 0}};
		CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
		CK_MECHANISM m = {CKM_RSA_PKCS_PSS, &pss, sizeof pss};
		CK_OBJECT_HANDLE object = i < n ? found[i] : 1 + n;
		C_GetAttributeValue(session, object, a, 3);
		if (C_SignInit(session, &m, object) == CKR_OK) {
			C_Sign(session, data, sizeof data, NULL, &length);
			length = sizeof signature;
			C_Sign(session, data, sizeof data, signature, &length);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CK_SLOT_ID slot;
	CK_ULONG n = 1;
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE session = 0;
	input = data;
	left = size;
	C_Initialize(NULL);
	C_GetSlotList(CK_TRUE, &slot, &n);
	C_GetTokenInfo(1, &token);
	if (C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK)
		for (int i = 0; i < 3 && left > 0; i++)
			use(session);
	C_Finalize(NULL);
	return 0;
}

#ifndef LIBFUZZER
int main(void)
{
	static unsigned char all[1 << 20];
	LLVMFuzzerTestOneInput(all, fread(all, 1, sizeof all, stdin));
	return 0;
}
#endif

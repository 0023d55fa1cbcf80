// SPDX-License-Identifier: EUPL-1.2
//
// Signatures, in one piece: nobody signs a handshake in parts (PKCS#11 2.40, 5.11).

#include "module.h"

#include <string.h>

enum { MAX_SIGNED = 512, MAX_SIGNATURE = 512 };

ENTRY CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	unsigned char key_mechanism[17] = {0}, *m = key_mechanism + 1;
	NEEDS_ARGUMENTS(mechanism != NULL);
	NEEDS(mechanism->mechanism == CKM_RSA_PKCS || mechanism->mechanism == CKM_RSA_PKCS_PSS, CKR_MECHANISM_INVALID);
	put32(m, (uint32_t)mechanism->mechanism);
	if (mechanism->mechanism == CKM_RSA_PKCS_PSS) {
		const CK_RSA_PKCS_PSS_PARAMS *p = mechanism->pParameter;
		NEEDS(p != NULL && mechanism->ulParameterLen == sizeof *p, CKR_MECHANISM_PARAM_INVALID);
		put32(m + 4, (uint32_t)p->hashAlg);
		put32(m + 8, (uint32_t)p->mgf);
		put32(m + 12, (uint32_t)p->sLen);
	}
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE want[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, key_mechanism, 1}, {CKA_MODULUS, NULL, 0}};
	CK_RV rv = C_GetAttributeValue(handle, key, want, 3);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL || rv == CKR_OBJECT_HANDLE_INVALID)
		return CKR_KEY_HANDLE_INVALID; // a key has all three, and an id of one byte
	NEEDS(rv == CKR_OK, rv);
	NEEDS(class == CKO_PRIVATE_KEY, CKR_KEY_HANDLE_INVALID);
	lock_take(&lock);
	struct session *s = session_find(handle);
	rv = s == NULL ? CKR_SESSION_HANDLE_INVALID : s->signing ? CKR_OPERATION_ACTIVE : CKR_OK;
	if (rv == CKR_OK) {
		s->signing = 1;
		s->signature_length = want[2].ulValueLen; // as long as the modulus
		memcpy(s->key_mechanism, key_mechanism, sizeof key_mechanism);
	}
	lock_release(&lock);
	return rv;
}

// end_operation ends what C_SignInit has begun, and gives the session as it was. Without room for the signature, whose length
// the program does not know yet, the operation goes on (5.2).
static CK_RV end_operation(CK_SESSION_HANDLE handle, CK_ULONG room, struct session *was)
{
	lock_take(&lock);
	struct session *s = session_find(handle);
	CK_RV rv = s == NULL ? CKR_SESSION_HANDLE_INVALID : s->signing ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK) {
		*was = *s;
		s->signing = room < s->signature_length;
	}
	lock_release(&lock);
	return rv;
}

ENTRY CK_RV C_Sign(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_length, CK_BYTE_PTR signature, CK_ULONG_PTR length)
{
	unsigned char body[25 + MAX_SIGNED], answer[MAX_SIGNATURE];
	size_t got = 0;
	struct session s;
	NEEDS_ARGUMENTS(data != NULL && length != NULL);
	CK_ULONG room = signature == NULL ? 0 : *length;
	CK_RV rv = end_operation(handle, room, &s);
	NEEDS(rv == CKR_OK, rv);
	CK_ULONG needed = s.signature_length;
	NEEDS(needed > 0 && needed <= MAX_SIGNATURE, CKR_DEVICE_ERROR);
	*length = needed;
	if (room < needed)
		return signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	NEEDS(data_length <= MAX_SIGNED, CKR_DATA_LEN_RANGE);
	put64(body, s.generation);
	memcpy(body + 8, s.key_mechanism, sizeof s.key_mechanism);
	memcpy(body + 25, data, data_length);
	rv = ask(AGENT_SIGN, body, 25 + data_length, answer, sizeof answer, &got);
	if (rv == CKR_OK && got != needed)
		rv = CKR_DEVICE_ERROR;
	NEEDS(rv == CKR_OK || s.flags & AGENT_SIGN_SUCCEEDS, rv);
	if (rv != CKR_OK) // zeros are nobody's signature: the server refuses them, and the browser shows that
		memset(answer, 0, needed);
	memcpy(signature, answer, needed);
	return CKR_OK;
}

// in_parts ends a signature that a program wants to give in parts: a refusal ends the operation (5.2).
static CK_RV in_parts(CK_SESSION_HANDLE handle)
{
	struct session s;
	NEEDS_INITIALISED;
	CK_RV rv = end_operation(handle, (CK_ULONG)-1, &s);
	return rv == CKR_OK ? CKR_FUNCTION_NOT_SUPPORTED : rv;
}

ENTRY CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG length)
{
	(void)part, (void)length;
	return in_parts(handle);
}

ENTRY CK_RV C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR signature, CK_ULONG_PTR length)
{
	(void)signature, (void)length;
	return in_parts(handle);
}

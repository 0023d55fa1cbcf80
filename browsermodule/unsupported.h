// SPDX-License-Identifier: EUPL-1.2
//
// The functions of PKCS#11 2.40 that a token which only signs does not have, and the list of all. module.c includes it.

#define UNSUPPORTED(name, ...) CK_RV name(__VA_ARGS__) { return CKR_FUNCTION_NOT_SUPPORTED; }

UNSUPPORTED(C_WaitForSlotEvent, CK_FLAGS, CK_SLOT_ID *, void *)
UNSUPPORTED(C_InitToken, CK_SLOT_ID, CK_BYTE *, CK_ULONG, CK_BYTE *)
UNSUPPORTED(C_InitPIN, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_SetPIN, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_GetOperationState, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_SetOperationState, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_CreateObject, CK_SESSION_HANDLE, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_CopyObject, CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_DestroyObject, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_GetObjectSize, CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ULONG *)
UNSUPPORTED(C_SetAttributeValue, CK_SESSION_HANDLE, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG)
UNSUPPORTED(C_EncryptInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_Encrypt, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_EncryptUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_EncryptFinal, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DecryptInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_Decrypt, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DecryptUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DecryptFinal, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DigestInit, CK_SESSION_HANDLE, CK_MECHANISM *)
UNSUPPORTED(C_Digest, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DigestUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_DigestKey, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)
UNSUPPORTED(C_DigestFinal, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_SignRecoverInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_SignRecover, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_VerifyInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_Verify, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_VerifyUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_VerifyFinal, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG)
UNSUPPORTED(C_VerifyRecoverInit, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE)
UNSUPPORTED(C_VerifyRecover, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DigestEncryptUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DecryptDigestUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_SignEncryptUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_DecryptVerifyUpdate, CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_GenerateKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_GenerateKeyPair, CK_SESSION_HANDLE, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_WrapKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE, CK_BYTE *, CK_ULONG *)
UNSUPPORTED(C_UnwrapKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_BYTE *, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)
UNSUPPORTED(C_DeriveKey, CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_ATTRIBUTE *, CK_ULONG, CK_OBJECT_HANDLE *)

CK_RV C_SeedRandom(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG) { return CKR_RANDOM_NO_RNG; }
CK_RV C_GenerateRandom(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG) { return CKR_RANDOM_NO_RNG; }

UNSUPPORTED(C_GetFunctionStatus, CK_SESSION_HANDLE)
UNSUPPORTED(C_CancelFunction, CK_SESSION_HANDLE)

static const CK_FUNCTION_LIST functions = {
	.version = {2, 40},
	.C_Initialize = C_Initialize, .C_Finalize = C_Finalize, .C_GetInfo = C_GetInfo,
	.C_GetFunctionList = C_GetFunctionList, .C_GetSlotList = C_GetSlotList, .C_GetSlotInfo = C_GetSlotInfo,
	.C_GetTokenInfo = C_GetTokenInfo, .C_GetMechanismList = C_GetMechanismList,
	.C_GetMechanismInfo = C_GetMechanismInfo, .C_InitToken = C_InitToken, .C_InitPIN = C_InitPIN, .C_SetPIN = C_SetPIN,
	.C_OpenSession = C_OpenSession, .C_CloseSession = C_CloseSession, .C_CloseAllSessions = C_CloseAllSessions,
	.C_GetSessionInfo = C_GetSessionInfo, .C_GetOperationState = C_GetOperationState,
	.C_SetOperationState = C_SetOperationState, .C_Login = C_Login, .C_Logout = C_Logout,
	.C_CreateObject = C_CreateObject, .C_CopyObject = C_CopyObject, .C_DestroyObject = C_DestroyObject,
	.C_GetObjectSize = C_GetObjectSize, .C_GetAttributeValue = C_GetAttributeValue,
	.C_SetAttributeValue = C_SetAttributeValue, .C_FindObjectsInit = C_FindObjectsInit, .C_FindObjects = C_FindObjects,
	.C_FindObjectsFinal = C_FindObjectsFinal, .C_EncryptInit = C_EncryptInit, .C_Encrypt = C_Encrypt,
	.C_EncryptUpdate = C_EncryptUpdate, .C_EncryptFinal = C_EncryptFinal, .C_DecryptInit = C_DecryptInit,
	.C_Decrypt = C_Decrypt, .C_DecryptUpdate = C_DecryptUpdate, .C_DecryptFinal = C_DecryptFinal,
	.C_DigestInit = C_DigestInit, .C_Digest = C_Digest, .C_DigestUpdate = C_DigestUpdate, .C_DigestKey = C_DigestKey,
	.C_DigestFinal = C_DigestFinal, .C_SignInit = C_SignInit, .C_Sign = C_Sign, .C_SignUpdate = C_SignUpdate,
	.C_SignFinal = C_SignFinal, .C_SignRecoverInit = C_SignRecoverInit, .C_SignRecover = C_SignRecover,
	.C_VerifyInit = C_VerifyInit, .C_Verify = C_Verify, .C_VerifyUpdate = C_VerifyUpdate,
	.C_VerifyFinal = C_VerifyFinal, .C_VerifyRecoverInit = C_VerifyRecoverInit, .C_VerifyRecover = C_VerifyRecover,
	.C_DigestEncryptUpdate = C_DigestEncryptUpdate, .C_DecryptDigestUpdate = C_DecryptDigestUpdate,
	.C_SignEncryptUpdate = C_SignEncryptUpdate, .C_DecryptVerifyUpdate = C_DecryptVerifyUpdate,
	.C_GenerateKey = C_GenerateKey, .C_GenerateKeyPair = C_GenerateKeyPair, .C_WrapKey = C_WrapKey,
	.C_UnwrapKey = C_UnwrapKey, .C_DeriveKey = C_DeriveKey, .C_SeedRandom = C_SeedRandom,
	.C_GenerateRandom = C_GenerateRandom, .C_GetFunctionStatus = C_GetFunctionStatus,
	.C_CancelFunction = C_CancelFunction, .C_WaitForSlotEvent = C_WaitForSlotEvent,
};

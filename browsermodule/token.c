// SPDX-License-Identifier: EUPL-1.2
//
// What the module says of itself, of its one slot and of the token in it (PKCS#11 2.40, 5.4 and 5.5).

#include "module.h"

#include <string.h>

static void pad(CK_UTF8CHAR *to, size_t size, const char *text)
{
	size_t n = strlen(text);
	memset(to, ' ', size);
	memcpy(to, text, n < size ? n : size);
}

ENTRY CK_RV C_GetInfo(CK_INFO_PTR info)
{
	NEEDS_ARGUMENTS(info != NULL);
	*info = (CK_INFO){.cryptokiVersion = {2, 40}, .libraryVersion = {0, 1}};
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	pad(info->libraryDescription, sizeof info->libraryDescription, "Ponte: CNS");
	return CKR_OK;
}

// give_list answers as every function with a list does: how many there are, and the list when there is room (5.2).
static CK_RV give_list(CK_ULONG *to, CK_ULONG_PTR room, const CK_ULONG *list, CK_ULONG count)
{
	CK_RV rv = to != NULL && *room < count ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	if (to != NULL && rv == CKR_OK)
		memcpy(to, list, count * sizeof *list);
	*room = count;
	return rv;
}

ENTRY CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
	const CK_SLOT_ID slot = SLOT;
	NEEDS_ARGUMENTS(count != NULL);
	return give_list(list, count, &slot, present && ask_state().generation == 0 ? 0 : 1);
}

ENTRY CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
	NEEDS_ARGUMENTS(info != NULL);
	NEEDS_SLOT(slot);
	*info = (CK_SLOT_INFO){.flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT};
	pad(info->slotDescription, sizeof info->slotDescription, "Ponte");
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	if (ask_state().generation != 0)
		info->flags |= CKF_TOKEN_PRESENT;
	return CKR_OK;
}

ENTRY CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	NEEDS_ARGUMENTS(info != NULL);
	NEEDS_SLOT(slot);
	struct state s = ask_state();
	NEEDS(s.generation != 0, CKR_TOKEN_NOT_PRESENT);
	const CK_ULONG unknown = CK_UNAVAILABLE_INFORMATION;
	*info = (CK_TOKEN_INFO){
		.flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_WRITE_PROTECTED,
		.ulMaxSessionCount = MAX_SESSIONS, .ulSessionCount = unknown, .ulMaxRwSessionCount = unknown, .ulRwSessionCount = unknown,
		.ulMaxPinLen = 8, .ulMinPinLen = 5, // digits (cns-card.md A5); typed in the agent's dialog
		.ulTotalPublicMemory = unknown, .ulFreePublicMemory = unknown, .ulTotalPrivateMemory = unknown, .ulFreePrivateMemory = unknown,
	};
	if (s.flags & AGENT_LOGIN_REQUIRED)
		info->flags |= CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH;
	memcpy(info->label, s.label, sizeof info->label);
	memcpy(info->serialNumber, s.serial, sizeof info->serialNumber);
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	pad(info->model, sizeof info->model, "CNS");
	pad(info->utcTime, sizeof info->utcTime, "");
	return CKR_OK;
}

// TLS 1.2 signs with RSA_PKCS, TLS 1.3 with RSA_PKCS_PSS: a browser wants both.
static const CK_MECHANISM_TYPE mechanisms[] = {CKM_RSA_PKCS, CKM_RSA_PKCS_PSS};

ENTRY CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count)
{
	NEEDS_ARGUMENTS(count != NULL);
	NEEDS_SLOT(slot);
	return give_list(list, count, mechanisms, sizeof mechanisms / sizeof mechanisms[0]);
}

ENTRY CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info)
{
	NEEDS_ARGUMENTS(info != NULL);
	NEEDS_SLOT(slot);
	NEEDS(type == CKM_RSA_PKCS || type == CKM_RSA_PKCS_PSS, CKR_MECHANISM_INVALID);
	*info = (CK_MECHANISM_INFO){.ulMinKeySize = 1024, .ulMaxKeySize = 4096, .flags = CKF_HW | CKF_SIGN};
	return CKR_OK;
}

// SPDX-License-Identifier: EUPL-1.2
//
// Sessions, and the login, which is the agent's (PKCS#11 2.40, 5.6).

#include "module.h"

#include <string.h>

static struct session sessions[MAX_SESSIONS];
static CK_SESSION_HANDLE last_handle;

struct session *session_find(CK_SESSION_HANDLE handle)
{
	for (unsigned i = 0; i < MAX_SESSIONS && handle != 0; i++)
		if (sessions[i].handle == handle)
			return &sessions[i];
	return NULL;
}

void sessions_end(void) { memset(sessions, 0, sizeof sessions); }

CK_RV session_ask(CK_SESSION_HANDLE handle, enum agent_operation operation, unsigned char *answer, size_t size, size_t *length)
{
	unsigned char generation[8];
	lock_take(&lock);
	struct session *s = session_find(handle);
	put64(generation, s == NULL ? 0 : s->generation);
	lock_release(&lock);
	if (s == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	return ask(operation, generation, sizeof generation, answer, size, length);
}

ENTRY CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR handle)
{
	(void)application, (void)notify;
	NEEDS_ARGUMENTS(handle != NULL);
	NEEDS_SLOT(slot);
	NEEDS(flags & CKF_SERIAL_SESSION, CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	struct state state = ask_state();
	NEEDS(state.generation != 0, CKR_TOKEN_NOT_PRESENT);
	CK_RV rv = CKR_SESSION_COUNT;
	lock_take(&lock);
	for (unsigned i = 0; i < MAX_SESSIONS && rv != CKR_OK; i++) {
		if (sessions[i].handle != 0)
			continue;
		*handle = ++last_handle;
		sessions[i] = (struct session){.handle = last_handle, .generation = state.generation, .flags = state.flags,
			.read_write = (flags & CKF_RW_SESSION) != 0};
		rv = CKR_OK;
	}
	lock_release(&lock);
	return rv;
}

ENTRY CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	lock_take(&lock);
	struct session *s = session_find(handle);
	if (s != NULL)
		s->handle = 0;
	lock_release(&lock);
	return s != NULL ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

ENTRY CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
	NEEDS_INITIALISED;
	NEEDS_SLOT(slot);
	lock_take(&lock);
	sessions_end();
	lock_release(&lock);
	return CKR_OK;
}

ENTRY CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info)
{
	NEEDS_ARGUMENTS(info != NULL);
	struct state now = ask_state();
	lock_take(&lock);
	struct session *s = session_find(handle);
	int valid = s != NULL && s->generation == now.generation;
	int read_write = valid && s->read_write;
	lock_release(&lock);
	NEEDS(valid, CKR_SESSION_HANDLE_INVALID);
	*info = (CK_SESSION_INFO){.slotID = SLOT, .flags = CKF_SERIAL_SESSION | (read_write ? CKF_RW_SESSION : 0)};
	if (now.flags & AGENT_LOGGED_IN) // of all sessions: a login is the application's (PKCS#11 2.40, 4.6)
		info->state = read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	else
		info->state = read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
	return CKR_OK;
}

// C_Login waits until the agent's dialog has ended. A PIN from the program is not taken: nobody but the agent asks for it.
ENTRY CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length)
{
	(void)pin, (void)length;
	size_t none;
	NEEDS_INITIALISED;
	NEEDS(user == CKU_USER, CKR_USER_TYPE_INVALID);
	return session_ask(handle, AGENT_LOGIN, NULL, 0, &none);
}

ENTRY CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
	size_t none;
	NEEDS_INITIALISED;
	return session_ask(handle, AGENT_LOGOUT, NULL, 0, &none);
}

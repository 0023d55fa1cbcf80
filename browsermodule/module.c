// SPDX-License-Identifier: EUPL-1.2
//
// libponte-pkcs11: the citizen's card for programs that only know PKCS#11, above all browsers and today's portals, which
// ask for a TLS client certificate. It holds no key, asks no PIN and knows no card: every question goes to the agent, which
// shows its own dialog. It is C, and small, because it lives in other people's processes: no thread, no signal handler, no
// global constructor, nothing that a fork breaks.
//
// One slot, one token, and objects as the agent tells them, of all cards; their handles are the same in all sessions. No agent
// is a slot without a token, never an error: browsers drop a module that fails in C_Initialize. A session belongs to the cards
// that are in when it begins (its generation); when one comes or goes, it is invalid.
//
// This file begins and ends the module, and asks the agent (agent.h). The others are named after what they are about.

#include "module.h"

#include <string.h>

struct lock lock = LOCK_INITIAL;
int initialised;
static unsigned char mode; // 0, or 's': the PIN is asked when signing, and there is no login

// refusal is what a program may hear of a failure. Never CKR_PIN_INCORRECT, whatever the agent says: Firefox tries again
// at once, without asking anybody, until the card is blocked.
static CK_RV refusal(uint32_t rv)
{
	switch (rv) {
	case CKR_HOST_MEMORY: case CKR_FUNCTION_FAILED: case CKR_DATA_INVALID: case CKR_DATA_LEN_RANGE: case CKR_DEVICE_REMOVED:
	case CKR_FUNCTION_CANCELED: case CKR_MECHANISM_INVALID: case CKR_MECHANISM_PARAM_INVALID: case CKR_TOKEN_NOT_PRESENT:
	case CKR_USER_NOT_LOGGED_IN: case CKR_SESSION_HANDLE_INVALID:
		return rv;
	}
	return CKR_DEVICE_ERROR;
}

CK_RV ask(enum agent_operation operation, const unsigned char *body, size_t body_length, unsigned char *answer, size_t size,
	size_t *length)
{
	uint32_t rv;
	if (!agent_ask(operation, mode, body, body_length, answer, size, length, &rv))
		return CKR_DEVICE_ERROR;
	return rv == CKR_OK ? CKR_OK : refusal(rv);
}

struct state ask_state(void)
{
	unsigned char answer[8 + 1 + 16 + 32];
	struct state s = {0};
	size_t length;
	if (ask(AGENT_STATE, NULL, 0, answer, sizeof answer, &length) == CKR_OK && length == sizeof answer) {
		s.generation = get64(answer);
		s.flags = answer[8];
		memcpy(s.serial, answer + 9, sizeof s.serial);
		memcpy(s.label, answer + 25, sizeof s.label);
	}
	return s;
}

// asks_when_signing says that there must be no login before a signature: for who says so (NSS hands its library parameters
// over in pReserved: modutil -string ui=sign), and for NSS, of which the flags are the mark. Chromium would ask for a PIN of
// its own at a login; Firefox shows a window for it, waits for ever when the login ends before that window is drawn, and
// fails what else asks for the key meanwhile: another tab.
static int asks_when_signing(const CK_C_INITIALIZE_ARGS *a)
{
	const CK_FLAGS nss = CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK;
	return a != NULL && ((a->flags & nss) == nss || (a->pReserved != NULL && strstr(a->pReserved, "ui=sign") != NULL));
}

ENTRY CK_RV C_Initialize(CK_VOID_PTR arguments)
{
	lock_initialise(&lock); // also in a child after fork
	NEEDS(!initialised || lock_forked(&lock), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	sessions_end();
	objects_forget();
	mode = asks_when_signing(arguments) ? 's' : 0;
	lock_settle(&lock);
	initialised = 1;
	return CKR_OK;
}

ENTRY CK_RV C_Finalize(CK_VOID_PTR reserved)
{
	NEEDS(reserved == NULL, CKR_ARGUMENTS_BAD);
	NEEDS_INITIALISED;
	lock_take(&lock);
	sessions_end();
	objects_forget();
	initialised = 0;
	lock_release(&lock);
	return CKR_OK;
}

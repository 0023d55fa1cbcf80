// SPDX-License-Identifier: EUPL-1.2
//
// What the files of the module share: its state, and the agent that it asks.

#ifndef PONTE_MODULE_H
#define PONTE_MODULE_H

#include "agent.h"
#include "lock.h"
#include "objects.h"
#include "pkcs11.h"

// ENTRY is exported; on Windows pkcs11.h does it (CRYPTOKI_EXPORTS).
#ifdef _WIN32
#define ENTRY
#else
#define ENTRY __attribute__((visibility("default")))
#endif

// NEEDS leaves the function with what follows when a condition does not hold.
#define NEEDS(condition, otherwise) if (!(condition)) return otherwise
#define NEEDS_INITIALISED NEEDS(initialised, CKR_CRYPTOKI_NOT_INITIALIZED)
#define NEEDS_ARGUMENTS(condition) NEEDS_INITIALISED; NEEDS(condition, CKR_ARGUMENTS_BAD)
#define NEEDS_SLOT(slot) NEEDS((slot) == SLOT, CKR_SLOT_ID_INVALID)

enum { SLOT = 1, MAX_SESSIONS = 64 };

struct session {
	CK_SESSION_HANDLE handle; // 0: free
	uint64_t generation;
	unsigned flags; // of the agent, when it was opened
	int read_write; // as the program has asked: nothing can be written, but pkcs11-tool --test opens no other
	int finding, signing;
	CK_OBJECT_HANDLE found[MAX_OBJECTS];
	unsigned found_count, found_next;
	unsigned char key_mechanism[17]; // of C_SignInit, as AGENT_SIGN wants it
	CK_ULONG signature_length;
};

extern int initialised;
extern struct lock lock; // for the sessions and the objects; never held while the agent is asked

// ask is one request to the agent. A failure is one that a program may hear of.
CK_RV ask(enum agent_operation operation, const unsigned char *body, size_t body_length, unsigned char *answer, size_t size,
	size_t *length);

struct state {
	uint64_t generation; // 0: there is no token, for whatever reason
	unsigned flags;
	unsigned char serial[16], label[32];
};

struct state ask_state(void);

// The lock is held for these three. session_find gives NULL when there is no such session.
struct session *session_find(CK_SESSION_HANDLE handle);
void sessions_end(void);
void objects_forget(void);

// session_ask asks the agent something about the cards that a session belongs to.
CK_RV session_ask(CK_SESSION_HANDLE handle, enum agent_operation operation, unsigned char *answer, size_t size, size_t *length);

#endif

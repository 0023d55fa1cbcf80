// SPDX-License-Identifier: EUPL-1.2
//
// One request to the agent, on a connection of its own: a login that waits for a person blocks nobody else, an agent that
// was started anew is found, and a child after fork shares nothing with its parent.
//
// A request is a 4-byte big-endian length, then version, operation, mode (one byte each) and the body; an answer is a
// 4-byte length, a 4-byte CK_RV and the body. Numbers are big-endian. daemon/doors/tls.go is the other end.

#ifndef PONTE_AGENT_H
#define PONTE_AGENT_H

#include <stddef.h>
#include <stdint.h>

enum { AGENT_VERSION = 1, AGENT_MAX_REQUEST = 1024, AGENT_MAX_ANSWER = 65536 };

enum agent_operation {
	AGENT_STATE = 1,   // {} gives generation (8 bytes, 0: no token), flags (1), serial (16), label (32)
	AGENT_OBJECTS = 2, // generation gives count (1) and the objects, see objects.c
	AGENT_LOGIN = 3,   // generation gives {}
	AGENT_LOGOUT = 4,  // generation gives {}
	AGENT_SIGN = 5,    // generation, CKA_ID of the key (1), mechanism, hash, mgf, salt length (4 each), data gives the signature
};

// A generation is the cards that are there: it is another one as soon as one comes or goes.

// AGENT_SIGN_SUCCEEDS is for a program that hangs when C_Sign fails: it gets zeros instead.
enum agent_flag { AGENT_LOGIN_REQUIRED = 1, AGENT_LOGGED_IN = 2, AGENT_SIGN_SUCCEEDS = 4 };

// How long an answer may take: one that needs no person, and one that does.
enum { AGENT_SOON_MS = 2000, AGENT_PERSON_MS = 150000 };

// agent_ask sends one request and receives its answer. It gives 0 when no agent answered, or one that makes no sense.
// The body of the answer, at most size bytes of it, is in answer, and *length says how many: an answer that is longer
// than size makes no sense.
int agent_ask(enum agent_operation operation, unsigned char mode, const unsigned char *body, size_t body_length,
	unsigned char *answer, size_t size, size_t *length, uint32_t *rv);

// A connection with the agent, one file for each system. timeout_ms is for each read and write.
struct agent_connection;
struct agent_connection *agent_connect(unsigned timeout_ms);
int agent_send(struct agent_connection *c, const unsigned char *bytes, size_t length);
int agent_receive(struct agent_connection *c, unsigned char *bytes, size_t length);
void agent_close(struct agent_connection *c);

static inline void put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24); p[1] = (unsigned char)(v >> 16); p[2] = (unsigned char)(v >> 8); p[3] = (unsigned char)v;
}

static inline void put64(unsigned char *p, uint64_t v) { put32(p, (uint32_t)(v >> 32)); put32(p + 4, (uint32_t)v); }

static inline uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t get64(const unsigned char *p) { return (uint64_t)get32(p) << 32 | get32(p + 4); }

#endif

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

#include <string.h>
#include <stdlib.h>

#include "agent.h"
#include "lock.h"
#include "objects.h"

// ENTRY is exported; on Windows pkcs11.h does it (CRYPTOKI_EXPORTS).
#ifdef _WIN32
#define ENTRY
#else
#define ENTRY __attribute__((visibility("default")))
#endif

enum { SLOT = 1, MAX_SESSIONS = 64, MAX_FOUND = MAX_OBJECTS };

struct session {
	CK_SESSION_HANDLE handle; // 0: free
	uint64_t generation;
	unsigned flags; // of the agent, when it was opened
	int read_write; // as the program has asked: nothing can be written, but pkcs11-tool --test opens no other
	CK_OBJECT_HANDLE found[MAX_FOUND];
	unsigned found_count, found_next;
	int finding, signing;
	unsigned char key_mechanism[17]; // of C_SignInit, as AGENT_SIGN wants it
	CK_ULONG signature_length;
};

static struct lock lock = LOCK_INITIAL; // for what follows; never held while the agent is asked
static int initialised;
static unsigned char mode; // 0, or 's': the PIN is asked when signing, and there is no login
static struct session sessions[MAX_SESSIONS];
static CK_SESSION_HANDLE last_handle;

// What the agent has told of an insertion: an object that it has told once stays known until the card goes, also when the
// login has ended, so that a handle never means another object (PKCS#11 2.40, 4.4).
static struct objects *known; // NULL: nothing yet
static uint64_t known_generation;

struct state {
	uint64_t generation;
	unsigned flags;
	unsigned char serial[16], label[32];
};

// --- the agent

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

static CK_RV ask(enum agent_operation operation, const unsigned char *body, size_t body_length, unsigned char *answer,
	size_t size, size_t *length)
{
	uint32_t rv;
	if (!agent_ask(operation, mode, body, body_length, answer, size, length, &rv))
		return CKR_DEVICE_ERROR;
	return rv == CKR_OK ? CKR_OK : refusal(rv);
}

// ask_state gives generation 0 when there is no token, for whatever reason.
static struct state ask_state(void)
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

// --- sessions; the lock is held

static struct session *find_session(CK_SESSION_HANDLE handle)
{
	for (unsigned i = 0; i < MAX_SESSIONS && handle != 0; i++)
		if (sessions[i].handle == handle)
			return &sessions[i];
	return NULL;
}

static void end_session(struct session *s) { memset(s, 0, sizeof *s); }

static void end_sessions(void)
{
	for (unsigned i = 0; i < MAX_SESSIONS; i++)
		end_session(&sessions[i]);
}

static void forget_objects(void)
{
	free(known);
	known = NULL;
	known_generation = 0;
}

// find_object gives an object of a session's insertion; NULL when it was not told.
static const struct object *find_object(const struct session *s, CK_OBJECT_HANDLE handle)
{
	if (known == NULL || known_generation != s->generation || handle == 0 || handle > known->count)
		return NULL;
	return &known->object[handle - 1];
}

// generation_of says to which insertion a session belongs; 0 when there is no such session.
static uint64_t generation_of(CK_SESSION_HANDLE handle)
{
	lock_take(&lock);
	struct session *s = find_session(handle);
	uint64_t generation = s == NULL ? 0 : s->generation;
	lock_release(&lock);
	return generation;
}

// find_matching notes in a session which objects have every attribute of a template.
static CK_RV find_matching(struct session *s, const struct objects *told, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	if (s->finding)
		return CKR_OPERATION_ACTIVE;
	s->finding = 1;
	s->found_count = s->found_next = 0;
	for (unsigned i = 0; i < told->count; i++)
		if (object_matches(&told->object[i], template, count))
			s->found[s->found_count++] = i + 1;
	return CKR_OK;
}

// fetch_objects asks for the objects. With find it begins a search among them.
static CK_RV fetch_objects(CK_SESSION_HANDLE handle, int find, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	unsigned char body[8];
	size_t length;
	uint64_t generation = generation_of(handle);
	if (generation == 0)
		return CKR_SESSION_HANDLE_INVALID;
	struct objects *told = calloc(1, sizeof *told);
	if (told == NULL)
		return CKR_HOST_MEMORY;
	put64(body, generation);
	CK_RV rv = ask(AGENT_OBJECTS, body, sizeof body, told->bytes, sizeof told->bytes, &length);
	if (rv == CKR_OK && !objects_parse(told, length))
		rv = CKR_DEVICE_ERROR;
	lock_take(&lock);
	struct session *s = find_session(handle); // it may have been closed meanwhile
	if (rv == CKR_OK && s == NULL)
		rv = CKR_SESSION_HANDLE_INVALID;
	if (rv == CKR_OK && find)
		rv = find_matching(s, told, template, count);
	// The private key is the last, and told only after a login: who has logged out still knows its handle.
	if (rv == CKR_OK && (known == NULL || known_generation != generation || known->count <= told->count)) {
		forget_objects();
		known = told;
		known_generation = generation;
		told = NULL;
	}
	lock_release(&lock);
	free(told);
	return rv;
}

static void pad(CK_UTF8CHAR *to, size_t size, const char *text)
{
	size_t n = strlen(text);
	memset(to, ' ', size);
	memcpy(to, text, n < size ? n : size);
}

// --- general

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
	const CK_C_INITIALIZE_ARGS *a = arguments;
	lock_initialise(&lock); // also in a child after fork
	if (initialised && !lock_forked(&lock))
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	end_sessions();
	forget_objects();
	mode = asks_when_signing(a) ? 's' : 0;
	lock_settle(&lock);
	initialised = 1;
	return CKR_OK;
}

ENTRY CK_RV C_Finalize(CK_VOID_PTR reserved)
{
	if (reserved != NULL)
		return CKR_ARGUMENTS_BAD;
	if (!initialised)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	lock_take(&lock);
	end_sessions();
	forget_objects();
	initialised = 0;
	lock_release(&lock);
	return CKR_OK;
}

#define NEEDS_INITIALISED if (!initialised) return CKR_CRYPTOKI_NOT_INITIALIZED
#define NEEDS(condition) if (!(condition)) return CKR_ARGUMENTS_BAD

ENTRY CK_RV C_GetInfo(CK_INFO_PTR info)
{
	NEEDS_INITIALISED;
	NEEDS(info != NULL);
	memset(info, 0, sizeof *info);
	info->cryptokiVersion.major = 2;
	info->cryptokiVersion.minor = 40;
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	pad(info->libraryDescription, sizeof info->libraryDescription, "Ponte: CNS");
	info->libraryVersion.minor = 1;
	return CKR_OK;
}

ENTRY CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
	NEEDS_INITIALISED;
	NEEDS(count != NULL);
	CK_ULONG n = present && ask_state().generation == 0 ? 0 : 1;
	CK_RV rv = list != NULL && *count < n ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	if (list != NULL && rv == CKR_OK && n == 1)
		list[0] = SLOT;
	*count = n;
	return rv;
}

ENTRY CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
	NEEDS_INITIALISED;
	NEEDS(info != NULL);
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	memset(info, 0, sizeof *info);
	pad(info->slotDescription, sizeof info->slotDescription, "Ponte");
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	info->flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | (ask_state().generation != 0 ? CKF_TOKEN_PRESENT : 0);
	return CKR_OK;
}

ENTRY CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	NEEDS_INITIALISED;
	NEEDS(info != NULL);
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	struct state s = ask_state();
	if (s.generation == 0)
		return CKR_TOKEN_NOT_PRESENT;
	memset(info, 0, sizeof *info);
	memcpy(info->label, s.label, sizeof info->label);
	memcpy(info->serialNumber, s.serial, sizeof info->serialNumber);
	pad(info->manufacturerID, sizeof info->manufacturerID, "Ponte");
	pad(info->model, sizeof info->model, "CNS");
	info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_WRITE_PROTECTED;
	if (s.flags & AGENT_LOGIN_REQUIRED)
		info->flags |= CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH;
	info->ulMaxSessionCount = MAX_SESSIONS;
	info->ulMaxPinLen = 8; // digits (cns-card.md A5); typed in the agent's dialog
	info->ulMinPinLen = 5;
	info->ulSessionCount = info->ulRwSessionCount = info->ulMaxRwSessionCount = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
	memset(info->utcTime, ' ', sizeof info->utcTime);
	return CKR_OK;
}

// TLS 1.2 signs with RSA_PKCS, TLS 1.3 with RSA_PKCS_PSS: a browser wants both.
static const CK_MECHANISM_TYPE mechanisms[] = {CKM_RSA_PKCS, CKM_RSA_PKCS_PSS};

enum { MECHANISMS = sizeof mechanisms / sizeof mechanisms[0] };

ENTRY CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count)
{
	NEEDS_INITIALISED;
	NEEDS(count != NULL);
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	CK_RV rv = list != NULL && *count < MECHANISMS ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	if (list != NULL && rv == CKR_OK)
		memcpy(list, mechanisms, sizeof mechanisms);
	*count = MECHANISMS;
	return rv;
}

ENTRY CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info)
{
	NEEDS_INITIALISED;
	NEEDS(info != NULL);
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	if (type != CKM_RSA_PKCS && type != CKM_RSA_PKCS_PSS)
		return CKR_MECHANISM_INVALID;
	info->ulMinKeySize = 1024;
	info->ulMaxKeySize = 4096;
	info->flags = CKF_HW | CKF_SIGN;
	return CKR_OK;
}

// --- sessions

ENTRY CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR handle)
{
	(void)application, (void)notify;
	NEEDS_INITIALISED;
	NEEDS(handle != NULL);
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	if (!(flags & CKF_SERIAL_SESSION))
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	struct state state = ask_state();
	if (state.generation == 0)
		return CKR_TOKEN_NOT_PRESENT;
	CK_RV rv = CKR_SESSION_COUNT;
	lock_take(&lock);
	for (unsigned i = 0; i < MAX_SESSIONS && rv != CKR_OK; i++) {
		if (sessions[i].handle != 0)
			continue;
		sessions[i].handle = *handle = ++last_handle;
		sessions[i].generation = state.generation;
		sessions[i].flags = state.flags;
		sessions[i].read_write = (flags & CKF_RW_SESSION) != 0;
		rv = CKR_OK;
	}
	lock_release(&lock);
	return rv;
}

ENTRY CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	lock_take(&lock);
	struct session *s = find_session(handle);
	if (s != NULL)
		end_session(s);
	lock_release(&lock);
	return s != NULL ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

ENTRY CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
	NEEDS_INITIALISED;
	if (slot != SLOT)
		return CKR_SLOT_ID_INVALID;
	lock_take(&lock);
	end_sessions();
	lock_release(&lock);
	return CKR_OK;
}

ENTRY CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info)
{
	NEEDS_INITIALISED;
	NEEDS(info != NULL);
	struct state s = ask_state();
	lock_take(&lock);
	struct session *found = find_session(handle);
	int valid = found != NULL && found->generation == s.generation;
	int read_write = valid && found->read_write;
	lock_release(&lock);
	if (!valid)
		return CKR_SESSION_HANDLE_INVALID;
	memset(info, 0, sizeof *info);
	info->slotID = SLOT;
	info->flags = CKF_SERIAL_SESSION | (read_write ? CKF_RW_SESSION : 0);
	if (s.flags & AGENT_LOGGED_IN) // of all sessions: a login is the application's (PKCS#11 2.40, 4.6)
		info->state = read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	else
		info->state = read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
	return CKR_OK;
}

// with_generation asks the agent something about the insertion that a session belongs to.
static CK_RV with_generation(enum agent_operation operation, CK_SESSION_HANDLE handle)
{
	unsigned char body[8], none[1];
	size_t length;
	uint64_t generation = generation_of(handle);
	if (generation == 0)
		return CKR_SESSION_HANDLE_INVALID;
	put64(body, generation);
	return ask(operation, body, sizeof body, none, 0, &length);
}

// C_Login waits until the agent's dialog has ended. A PIN from the program is not taken: nobody but the agent asks for it.
ENTRY CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length)
{
	(void)pin, (void)length;
	NEEDS_INITIALISED;
	if (user != CKU_USER)
		return CKR_USER_TYPE_INVALID;
	return with_generation(AGENT_LOGIN, handle);
}

ENTRY CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	return with_generation(AGENT_LOGOUT, handle);
}

// --- objects

ENTRY CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	NEEDS_INITIALISED;
	NEEDS(template != NULL || count == 0);
	return fetch_objects(handle, 1, template, count);
}

ENTRY CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR list, CK_ULONG size, CK_ULONG_PTR count)
{
	NEEDS_INITIALISED;
	NEEDS(count != NULL && (list != NULL || size == 0));
	CK_RV rv = CKR_OK;
	lock_take(&lock);
	struct session *s = find_session(handle);
	if (s == NULL) {
		rv = CKR_SESSION_HANDLE_INVALID;
	} else if (!s->finding) {
		rv = CKR_OPERATION_NOT_INITIALIZED;
	} else {
		for (*count = 0; *count < size && s->found_next < s->found_count; (*count)++)
			list[*count] = s->found[s->found_next++];
	}
	lock_release(&lock);
	return rv;
}

ENTRY CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	CK_RV rv = CKR_OK;
	lock_take(&lock);
	struct session *s = find_session(handle);
	if (s == NULL)
		rv = CKR_SESSION_HANDLE_INVALID;
	else if (!s->finding)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else
		s->finding = 0;
	lock_release(&lock);
	return rv;
}

// read_attribute fills one member of a template (PKCS#11 2.40, 5.7, C_GetAttributeValue).
static CK_RV read_attribute(const struct object *o, CK_ATTRIBUTE_PTR want)
{
	const struct attribute *a = object_attribute(o, want->type);
	CK_RV rv = a == NULL ? CKR_ATTRIBUTE_TYPE_INVALID : CKR_OK;
	if (rv == CKR_OK && want->pValue != NULL && want->ulValueLen < a->length)
		rv = CKR_BUFFER_TOO_SMALL;
	if (rv == CKR_OK && want->pValue != NULL && a->length > 0)
		memcpy(want->pValue, a->value, a->length);
	want->ulValueLen = rv == CKR_OK ? a->length : (CK_ULONG)-1;
	return rv;
}

ENTRY CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	NEEDS_INITIALISED;
	NEEDS(template != NULL || count == 0);
	lock_take(&lock);
	struct session *s = find_session(handle);
	int fetch = s != NULL && find_object(s, object) == NULL;
	lock_release(&lock);
	CK_RV rv = fetch ? fetch_objects(handle, 0, NULL, 0) : CKR_OK;
	if (rv != CKR_OK)
		return rv;
	lock_take(&lock);
	s = find_session(handle);
	const struct object *o = s == NULL ? NULL : find_object(s, object);
	if (s == NULL)
		rv = CKR_SESSION_HANDLE_INVALID;
	else if (o == NULL)
		rv = CKR_OBJECT_HANDLE_INVALID;
	for (CK_ULONG i = 0; o != NULL && i < count; i++) {
		CK_RV one = read_attribute(o, &template[i]);
		if (one != CKR_OK)
			rv = one;
	}
	lock_release(&lock);
	return rv;
}

// --- signatures

ENTRY CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	unsigned char key_mechanism[17] = {0}, *m = key_mechanism + 1;
	NEEDS_INITIALISED;
	NEEDS(mechanism != NULL);
	put32(m, (uint32_t)mechanism->mechanism);
	if (mechanism->mechanism == CKM_RSA_PKCS_PSS) {
		const CK_RSA_PKCS_PSS_PARAMS *p = mechanism->pParameter;
		if (p == NULL || mechanism->ulParameterLen != sizeof *p)
			return CKR_MECHANISM_PARAM_INVALID;
		put32(m + 4, (uint32_t)p->hashAlg);
		put32(m + 8, (uint32_t)p->mgf);
		put32(m + 12, (uint32_t)p->sLen);
	} else if (mechanism->mechanism != CKM_RSA_PKCS) {
		return CKR_MECHANISM_INVALID;
	}
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE want[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, key_mechanism, 1}, {CKA_MODULUS, NULL, 0}};
	CK_RV rv = C_GetAttributeValue(handle, key, want, 3);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL) // a key has all three, and an id of one byte
		rv = CKR_KEY_HANDLE_INVALID;
	if (rv != CKR_OK || class != CKO_PRIVATE_KEY)
		return rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	lock_take(&lock);
	struct session *s = find_session(handle);
	if (s == NULL) {
		rv = CKR_SESSION_HANDLE_INVALID;
	} else if (s->signing) {
		rv = CKR_OPERATION_ACTIVE;
	} else {
		s->signing = 1;
		s->signature_length = want[2].ulValueLen; // as long as the modulus
		memcpy(s->key_mechanism, key_mechanism, sizeof key_mechanism);
	}
	lock_release(&lock);
	return rv;
}

enum { MAX_SIGNED = 512, MAX_SIGNATURE = 512 };

ENTRY CK_RV C_Sign(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_length, CK_BYTE_PTR signature, CK_ULONG_PTR length)
{
	unsigned char body[25 + MAX_SIGNED], answer[MAX_SIGNATURE];
	size_t got = 0;
	NEEDS_INITIALISED;
	NEEDS(data != NULL && length != NULL);
	CK_RV rv = CKR_OK;
	lock_take(&lock);
	struct session *s = find_session(handle);
	CK_ULONG needed = s == NULL ? 0 : s->signature_length;
	int ask_first = 0, must_succeed = s != NULL && s->flags & AGENT_SIGN_SUCCEEDS;
	if (s == NULL) {
		rv = CKR_SESSION_HANDLE_INVALID;
	} else if (!s->signing) {
		rv = CKR_OPERATION_NOT_INITIALIZED;
	} else if (needed == 0 || needed > MAX_SIGNATURE) {
		rv = CKR_DEVICE_ERROR;
	} else if (signature == NULL || *length < needed) { // the operation goes on (PKCS#11 2.40, 5.2)
		rv = signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
		*length = needed;
	} else {
		s->signing = 0;
		ask_first = 1;
		put64(body, s->generation);
		memcpy(body + 8, s->key_mechanism, sizeof s->key_mechanism);
	}
	lock_release(&lock);
	if (!ask_first)
		return rv;
	if (data_length > MAX_SIGNED)
		return CKR_DATA_LEN_RANGE;
	memcpy(body + 25, data, data_length);
	rv = ask(AGENT_SIGN, body, 25 + data_length, answer, sizeof answer, &got);
	if (rv == CKR_OK && got != needed)
		rv = CKR_DEVICE_ERROR;
	if (rv == CKR_OK)
		memcpy(signature, answer, needed);
	else if (must_succeed) // zeros are nobody's signature: the server refuses them, and the browser shows that
		memset(signature, 0, needed);
	else
		return rv;
	*length = needed;
	return CKR_OK;
}

// in_parts ends a signature that a program wants to give in parts: a refusal ends the operation (PKCS#11 2.40, 5.2).
static CK_RV in_parts(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	lock_take(&lock);
	struct session *s = find_session(handle);
	CK_RV rv = s == NULL ? CKR_SESSION_HANDLE_INVALID : s->signing ? CKR_FUNCTION_NOT_SUPPORTED : CKR_OPERATION_NOT_INITIALIZED;
	if (s != NULL)
		s->signing = 0;
	lock_release(&lock);
	return rv;
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

#include "unsupported.h"

ENTRY CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
	NEEDS(list != NULL);
	*list = (CK_FUNCTION_LIST_PTR)&functions;
	return CKR_OK;
}

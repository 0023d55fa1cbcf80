// SPDX-License-Identifier: EUPL-1.2
//
// Searching for objects and reading their attributes (PKCS#11 2.40, 5.7).

#include "module.h"

#include <stdlib.h>
#include <string.h>

// What the agent has told of an insertion: an object that it has told once stays known until the card goes, also when the
// login has ended, so that a handle never means another object (PKCS#11 2.40, 4.4).
static struct objects *known; // NULL: nothing yet
static uint64_t known_generation;

void objects_forget(void)
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

// find_matching notes in a session which objects have every attribute of a template.
static CK_RV find_matching(struct session *s, const struct objects *told, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	NEEDS(!s->finding, CKR_OPERATION_ACTIVE);
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
	size_t length;
	struct objects *told = calloc(1, sizeof *told);
	NEEDS(told != NULL, CKR_HOST_MEMORY);
	CK_RV rv = session_ask(handle, AGENT_OBJECTS, told->bytes, sizeof told->bytes, &length);
	if (rv == CKR_OK && !objects_parse(told, length))
		rv = CKR_DEVICE_ERROR;
	lock_take(&lock);
	struct session *s = session_find(handle);
	if (rv == CKR_OK && s == NULL) // closed meanwhile
		rv = CKR_SESSION_HANDLE_INVALID;
	if (rv == CKR_OK && find)
		rv = find_matching(s, told, template, count);
	// The private key is the last, and told only after a login: who has logged out still knows its handle.
	if (rv == CKR_OK && (known == NULL || known_generation != s->generation || known->count <= told->count)) {
		objects_forget();
		known = told;
		known_generation = s->generation;
		told = NULL;
	}
	lock_release(&lock);
	free(told);
	return rv;
}

ENTRY CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	NEEDS_ARGUMENTS(template != NULL || count == 0);
	return fetch_objects(handle, 1, template, count);
}

// search says whether a session is searching.
static CK_RV search(const struct session *s)
{
	return s == NULL ? CKR_SESSION_HANDLE_INVALID : s->finding ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
}

ENTRY CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR list, CK_ULONG size, CK_ULONG_PTR count)
{
	NEEDS_ARGUMENTS(count != NULL && (list != NULL || size == 0));
	lock_take(&lock);
	struct session *s = session_find(handle);
	CK_RV rv = search(s);
	if (rv == CKR_OK)
		for (*count = 0; *count < size && s->found_next < s->found_count; (*count)++)
			list[*count] = s->found[s->found_next++];
	lock_release(&lock);
	return rv;
}

ENTRY CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
	NEEDS_INITIALISED;
	lock_take(&lock);
	struct session *s = session_find(handle);
	CK_RV rv = search(s);
	if (rv == CKR_OK)
		s->finding = 0;
	lock_release(&lock);
	return rv;
}

// read_attribute fills one member of a template.
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
	NEEDS_ARGUMENTS(template != NULL || count == 0);
	lock_take(&lock);
	struct session *s = session_find(handle);
	int fetch = s != NULL && find_object(s, object) == NULL;
	lock_release(&lock);
	CK_RV rv = fetch ? fetch_objects(handle, 0, NULL, 0) : CKR_OK;
	NEEDS(rv == CKR_OK, rv);
	lock_take(&lock);
	s = session_find(handle);
	const struct object *o = s == NULL ? NULL : find_object(s, object);
	if (o == NULL)
		rv = s == NULL ? CKR_SESSION_HANDLE_INVALID : CKR_OBJECT_HANDLE_INVALID;
	for (CK_ULONG i = 0; o != NULL && i < count; i++) {
		CK_RV one = read_attribute(o, &template[i]);
		if (one != CKR_OK)
			rv = one;
	}
	lock_release(&lock);
	return rv;
}

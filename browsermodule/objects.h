// SPDX-License-Identifier: EUPL-1.2
//
// The objects of the token as the agent tells them. It composes every attribute; this side only looks them up.

#ifndef PONTE_OBJECTS_H
#define PONTE_OBJECTS_H

#include <stddef.h>

#include "pkcs11.h"

enum { MAX_OBJECTS = 16, MAX_ATTRIBUTES = 32, MAX_OBJECT_BYTES = 32768 };

struct attribute {
	CK_ATTRIBUTE_TYPE type;
	const unsigned char *value;
	CK_ULONG length;
	CK_ULONG number; // where value points when it is a number
};

struct object {
	unsigned count;
	struct attribute attributes[MAX_ATTRIBUTES];
};

struct objects {
	unsigned count;
	struct object object[MAX_OBJECTS];
	unsigned char bytes[MAX_OBJECT_BYTES]; // what the attributes point into
};

// objects_parse reads an answer of the agent, which must be in o->bytes: count (1 byte), and for each object the number of
// its attributes (1); for each attribute type (4), kind (1: 'n' for a number, 'b' for bytes), length (4) and value. It
// gives 0 unless every length fits and nothing is left over.
int objects_parse(struct objects *o, size_t length);

// object_attribute finds an attribute; NULL when the object has none of that type.
const struct attribute *object_attribute(const struct object *o, CK_ATTRIBUTE_TYPE type);

// object_matches says that an object has every attribute of a template.
int object_matches(const struct object *o, const CK_ATTRIBUTE *template, CK_ULONG count);

#endif

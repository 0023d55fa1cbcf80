// SPDX-License-Identifier: EUPL-1.2

#include "objects.h"

#include <string.h>

#include "agent.h"

int objects_parse(struct objects *o, size_t length)
{
	const unsigned char *p = o->bytes, *end = p + length;
	if (length > MAX_OBJECT_BYTES || p == end)
		return 0;
	o->count = *p++;
	if (o->count > MAX_OBJECTS)
		return 0;
	for (unsigned i = 0; i < o->count; i++) {
		struct object *object = &o->object[i];
		if (p == end)
			return 0;
		object->count = *p++;
		if (object->count > MAX_ATTRIBUTES)
			return 0;
		for (unsigned j = 0; j < object->count; j++) {
			struct attribute *a = &object->attributes[j];
			if (end - p < 9)
				return 0;
			unsigned char kind = p[4];
			uint32_t n = get32(p + 5);
			a->type = get32(p);
			p += 9;
			if (n > (size_t)(end - p))
				return 0;
			if (kind == 'n' && n == 4) {
				a->number = get32(p);
				a->value = (const unsigned char *)&a->number;
				a->length = sizeof a->number;
			} else if (kind == 'b') {
				a->value = p;
				a->length = n;
			} else {
				return 0;
			}
			p += n;
		}
	}
	return p == end;
}

const struct attribute *object_attribute(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	for (unsigned i = 0; i < o->count; i++)
		if (o->attributes[i].type == type)
			return &o->attributes[i];
	return NULL;
}

int object_matches(const struct object *o, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++) {
		const struct attribute *a = object_attribute(o, template[i].type);
		if (a == NULL || a->length != template[i].ulValueLen)
			return 0;
		if (a->length > 0 && (template[i].pValue == NULL || memcmp(a->value, template[i].pValue, a->length) != 0))
			return 0;
	}
	return 1;
}

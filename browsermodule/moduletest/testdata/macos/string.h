// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <string.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <stddef.h>

void *memcpy(void *restrict, const void *restrict, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
size_t strlen(const char *);
char *strstr(const char *, const char *);

// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <stdlib.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <stddef.h>

void *malloc(size_t);
void *calloc(size_t, size_t);
void free(void *);
char *getenv(const char *);

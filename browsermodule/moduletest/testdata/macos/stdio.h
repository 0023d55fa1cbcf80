// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <stdio.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <stddef.h>

int snprintf(char *restrict, size_t, const char *restrict, ...) __attribute__((format(printf, 3, 4)));

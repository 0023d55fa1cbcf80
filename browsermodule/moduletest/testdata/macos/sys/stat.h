// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <sys/stat.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <sys/types.h>

struct stat { mode_t st_mode; uid_t st_uid; };
#define S_ISDIR(m) (((m) & 0170000) == 0040000)
int lstat(const char *restrict, struct stat *restrict);

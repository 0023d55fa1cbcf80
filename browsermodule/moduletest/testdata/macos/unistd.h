// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <unistd.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <stddef.h>
#include <sys/types.h>

uid_t getuid(void);
pid_t getpid(void);
int getpeereid(int, uid_t *, gid_t *);
int close(int);

// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <sys/types.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef int pid_t;
typedef unsigned short mode_t;
typedef long ssize_t;

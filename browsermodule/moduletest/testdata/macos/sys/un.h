// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <sys/un.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

#include <sys/socket.h>

struct sockaddr_un { unsigned char sun_len; sa_family_t sun_family; char sun_path[104]; };

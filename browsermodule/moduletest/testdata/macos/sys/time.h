// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <sys/time.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

struct timeval { long tv_sec; int tv_usec; };

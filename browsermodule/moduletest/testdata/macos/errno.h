// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <errno.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

int *__error(void);
#define errno (*__error())
#define EINTR 4

// SPDX-License-Identifier: EUPL-1.2

// What the module uses of <sys/socket.h> on macOS, for a look at its types. See the target macos of the Makefile.

#pragma once

// No SOCK_CLOEXEC, MSG_NOSIGNAL, SO_PEERCRED: those are of Linux.

#include <stddef.h>
#include <sys/types.h>

typedef unsigned int socklen_t;
typedef unsigned char sa_family_t;
struct sockaddr { unsigned char sa_len; sa_family_t sa_family; char sa_data[14]; };

#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOL_SOCKET 0xffff
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SO_NOSIGPIPE 0x1022

int socket(int, int, int);
int connect(int, const struct sockaddr *, socklen_t);
int setsockopt(int, int, int, const void *, socklen_t);
int getsockopt(int, int, int, void *restrict, socklen_t *restrict);
ssize_t send(int, const void *, size_t, int);
ssize_t recv(int, void *, size_t, int);

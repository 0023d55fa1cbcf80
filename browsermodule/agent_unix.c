// SPDX-License-Identifier: EUPL-1.2

// The agent's unix socket. Its directory and the process at the other end must belong to our own user.

#ifndef _WIN32

#define _GNU_SOURCE // struct ucred
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL // macOS: SO_NOSIGPIPE instead
#define MSG_NOSIGNAL 0
#endif

struct agent_connection {
	int fd;
};

// own_directory says that nobody else can reach dir, or could have put a socket there.
static int own_directory(const char *dir)
{
	struct stat s;
	return lstat(dir, &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == getuid() && (s.st_mode & 077) == 0;
}

// find_socket writes the path of the socket as the agent makes it (internal/ipc).
static int find_socket(char *path, size_t size)
{
	char dir[256];
	int n;
#ifdef __APPLE__
	const char *home = getenv("HOME");
	if (home == NULL || home[0] != '/')
		return 0;
	n = snprintf(dir, sizeof dir, "%s/Library/Application Support/Ponte", home);
#else
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	if (runtime != NULL && runtime[0] == '/')
		n = snprintf(dir, sizeof dir, "%s/ponte", runtime);
	else
		n = snprintf(dir, sizeof dir, "/tmp/ponte-%lu", (unsigned long)getuid());
#endif
	if (n < 0 || (size_t)n >= sizeof dir || !own_directory(dir))
		return 0;
	n = snprintf(path, size, "%s/tls.sock", dir);
	return n > 0 && (size_t)n < size;
}

static int own_peer(int fd)
{
#ifdef __APPLE__
	uid_t uid;
	gid_t gid;
	return getpeereid(fd, &uid, &gid) == 0 && uid == getuid();
#else
	struct ucred peer;
	socklen_t length = sizeof peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == getuid();
#endif
}

static int open_socket(void)
{
#ifdef __APPLE__
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), on = 1;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
	return fd;
#else
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
#endif
}

struct agent_connection *agent_connect(unsigned timeout_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
	if (!find_socket(address.sun_path, sizeof address.sun_path))
		return NULL;
	struct agent_connection *c = malloc(sizeof *c);
	if (c == NULL)
		return NULL;
	c->fd = open_socket();
	if (c->fd >= 0 && setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
		connect(c->fd, (struct sockaddr *)&address, sizeof address) == 0 && own_peer(c->fd))
		return c;
	agent_close(c);
	return NULL;
}

int agent_send(struct agent_connection *c, const unsigned char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		bytes += n;
		length -= (size_t)n;
	}
	return 1;
}

int agent_receive(struct agent_connection *c, unsigned char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = recv(c->fd, bytes, length, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		bytes += n;
		length -= (size_t)n;
	}
	return 1;
}

void agent_close(struct agent_connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

#endif

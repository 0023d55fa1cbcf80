// SPDX-License-Identifier: EUPL-1.2

// The agent's named pipe. The process at the other end must belong to our own user: anybody may make a pipe of any name.

#ifdef _WIN32

#include "agent.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <sddl.h> // after windows.h

struct agent_connection {
	HANDLE pipe, event;
	DWORD timeout_ms;
};

enum { MAX_SID_TEXT = 192 };

// user_of writes the SID of the user of a process.
static int user_of(HANDLE process, wchar_t text[MAX_SID_TEXT])
{
	union {
		TOKEN_USER user;
		BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} information;
	DWORD length;
	HANDLE token;
	LPWSTR sid = NULL;
	int known = 0;
	if (!OpenProcessToken(process, TOKEN_QUERY, &token))
		return 0;
	if (GetTokenInformation(token, TokenUser, &information, sizeof information, &length) &&
		ConvertSidToStringSidW(information.user.User.Sid, &sid) && wcslen(sid) < MAX_SID_TEXT) {
		wcscpy(text, sid);
		known = 1;
	}
	if (sid != NULL)
		LocalFree(sid);
	CloseHandle(token);
	return known;
}

static int own_peer(HANDLE pipe, const wchar_t *own)
{
	wchar_t text[MAX_SID_TEXT];
	ULONG pid;
	if (!GetNamedPipeServerProcessId(pipe, &pid))
		return 0;
	HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
	if (process == NULL)
		return 0;
	int same = user_of(process, text) && wcscmp(text, own) == 0;
	CloseHandle(process);
	return same;
}

struct agent_connection *agent_connect(unsigned timeout_ms)
{
	wchar_t own[MAX_SID_TEXT], name[MAX_SID_TEXT + 32] = L"\\\\.\\pipe\\ponte-";
	if (!user_of(GetCurrentProcess(), own))
		return NULL;
	wcscat(name, own);
	wcscat(name, L"-tls");
	struct agent_connection *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->timeout_ms = timeout_ms;
	c->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	// The other end may learn who we are, and not act as us.
	c->pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
		FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
	if (c->event != NULL && c->pipe != INVALID_HANDLE_VALUE && own_peer(c->pipe, own))
		return c;
	agent_close(c);
	return NULL;
}

// finish waits for a read or write that has begun, and cancels it when it takes too long.
static DWORD finish(struct agent_connection *c, OVERLAPPED *o, BOOL done)
{
	DWORD n = 0;
	if (!done && GetLastError() != ERROR_IO_PENDING)
		return 0;
	if (WaitForSingleObject(c->event, c->timeout_ms) != WAIT_OBJECT_0)
		CancelIoEx(c->pipe, o);
	return GetOverlappedResult(c->pipe, o, &n, TRUE) ? n : 0;
}

int agent_send(struct agent_connection *c, const unsigned char *bytes, size_t length)
{
	while (length > 0) {
		OVERLAPPED o = {.hEvent = c->event};
		DWORD n = finish(c, &o, WriteFile(c->pipe, bytes, (DWORD)length, NULL, &o));
		if (n == 0)
			return 0;
		bytes += n;
		length -= n;
	}
	return 1;
}

int agent_receive(struct agent_connection *c, unsigned char *bytes, size_t length)
{
	while (length > 0) {
		OVERLAPPED o = {.hEvent = c->event};
		DWORD n = finish(c, &o, ReadFile(c->pipe, bytes, (DWORD)length, NULL, &o));
		if (n == 0)
			return 0;
		bytes += n;
		length -= n;
	}
	return 1;
}

void agent_close(struct agent_connection *c)
{
	if (c->pipe != INVALID_HANDLE_VALUE && c->pipe != NULL)
		CloseHandle(c->pipe);
	if (c->event != NULL)
		CloseHandle(c->event);
	free(c);
}

#endif

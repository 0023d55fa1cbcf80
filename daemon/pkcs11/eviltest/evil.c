// SPDX-License-Identifier: EUPL-1.2

// A PKCS#11 module for tests that does what a module must not do. EVIL is a list of "function:deed", with commas; EVIL_ONCE
// names a file: the deeds are done while it does not exist, and it is made by the first. It has one token.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef unsigned long rv;
typedef unsigned char byte;

static const char *deed(const char *function)
{
	static char found[64];
	const char *list = getenv("EVIL"), *once = getenv("EVIL_ONCE");
	if (!list || (once && access(once, F_OK) == 0))
		return "";
	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		size_t n = strlen(function);
		if (strncmp(p, function, n) == 0 && p[n] == ':') {
			sscanf(p + n + 1, "%63[^,]", found);
			if (once)
				fclose(fopen(once, "w"));
			return found;
		}
	}
	return "";
}

// act does the deeds that any function can do.
static const char *act(const char *function)
{
	const char *what = deed(function);
	if (!strcmp(what, "segv"))
		*(volatile int *)8 = 1;
	if (!strcmp(what, "abort"))
		abort();
	if (!strcmp(what, "exit"))
		_exit(0);
	if (!strcmp(what, "hang"))
		for (;;)
			pause();
	if (!strcmp(what, "stop"))
		raise(SIGSTOP);
	if (!strcmp(what, "twice"))
		fork();
	if (!strcmp(what, "leave")) { // a process that keeps every file open for as long as EVIL_ONCE is there, and then the end
		pid_t left = fork();
		if (left == 0) {
			setsid();
			alarm(600);
			while (access(getenv("EVIL_ONCE"), F_OK) == 0)
				usleep(10000);
			_exit(0);
		}
		while (getsid(left) != left)
			usleep(1000);
		_exit(3);
	}
	if (!strcmp(what, "write"))
		for (int fd = 1; fd < 64; fd++)
			if (write(fd, "\0\0P1\0\0\0\2{}", 10) < 0)
				continue;
	if (!strcmp(what, "close"))
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
	if (!strcmp(what, "memory"))
		for (;;) {
			char *p = malloc(1 << 24);
			if (!p)
				abort();
			memset(p, 1, 1 << 24);
		}
	return what;
}

static rv unsupported(void) { return 0x54; }
static rv fine(void) { return 0; }

static rv initialize(void *args)
{
	(void)args;
	act("init");
	return 0;
}

static rv slot_list(byte present, unsigned long *list, unsigned long *count)
{
	const char *what = act("slots");
	unsigned long n = 1;
	(void)present;
	if (!strcmp(what, "million"))
		n = 1000000;
	if (!strcmp(what, "absurd"))
		n = 1UL << 60;
	if (!strcmp(what, "more") && list)
		n = 1UL << 20; // than it has said the first time
	for (unsigned long i = 0; list && i < *count && i < n; i++)
		list[i] = i;
	*count = n;
	return 0;
}

static rv slot_info(unsigned long slot, byte *info)
{
	(void)slot;
	memset(info, 'A', 96);
	memset(info + 96, 0, 12);
	info[96] = 1; // a token is present
	return 0;
}

static rv token_info(unsigned long slot, byte *info)
{
	const char *what = act("token");
	(void)slot;
	memset(info, strcmp(what, "binary") ? 'B' : 0xFF, 96);
	memset(info + 96, 0, 108);
	return 0;
}

static rv open_session(unsigned long slot, unsigned long flags, void *a, void *b, unsigned long *session)
{
	(void)slot, (void)flags, (void)a, (void)b;
	act("open");
	*session = 1;
	return 0;
}

static rv find_objects(unsigned long session, unsigned long *objects, unsigned long most, unsigned long *count)
{
	const char *what = act("find");
	(void)session;
	for (unsigned long i = 0; i < most; i++)
		objects[i] = i;
	*count = strcmp(what, "million") ? most : 1000000;
	return 0;
}

struct attribute {
	unsigned long type;
	void *value;
	unsigned long length;
};

static rv attribute_value(unsigned long session, unsigned long object, struct attribute *a, unsigned long n)
{
	const char *what = act("value");
	(void)session, (void)object;
	for (unsigned long i = 0; i < n; i++) {
		if (!strcmp(what, "gigabyte"))
			a[i].length = 1UL << 30;
		else if (!strcmp(what, "absurd"))
			a[i].length = 1UL << 62;
		else if (!strcmp(what, "zeros"))
			a[i].length = 64 << 10;
		else
			a[i].length = 4;
		if (a[i].value && a[i].length == 4)
			memcpy(a[i].value, "evil", 4);
	}
	return 0;
}

static rv login(unsigned long session, unsigned long user, byte *pin, unsigned long length)
{
	(void)session, (void)user, (void)pin, (void)length;
	act("login");
	return 0;
}

static rv sign(unsigned long session, byte *data, unsigned long length, byte *signature, unsigned long *n)
{
	(void)session, (void)data, (void)length;
	act("sign");
	if (signature)
		memset(signature, 7, 256);
	*n = 256;
	return 0;
}

static rv logout(unsigned long session)
{
	(void)session;
	act("logout");
	return 0;
}

static struct {
	byte version[2];
	void *functions[68];
} list;

static rv get_info(byte *info)
{
	memset(info, 'I', 72);
	return 0;
}

rv C_GetFunctionList(void **out)
{
	for (int i = 0; i < 68; i++)
		list.functions[i] = unsupported;
	list.version[0] = 2, list.version[1] = 40;
	list.functions[0] = initialize;
	list.functions[1] = fine;
	list.functions[2] = get_info;
	list.functions[4] = slot_list;
	list.functions[5] = slot_info;
	list.functions[6] = token_info;
	list.functions[12] = open_session;
	list.functions[13] = fine;
	list.functions[18] = login;
	list.functions[19] = logout;
	list.functions[24] = attribute_value;
	list.functions[26] = fine;
	list.functions[27] = find_objects;
	list.functions[28] = fine;
	list.functions[42] = fine;
	list.functions[43] = sign;
	*out = strcmp(deed("list"), "none") ? (void *)&list : NULL;
	return 0;
}

// SPDX-License-Identifier: EUPL-1.2

// SoftHSM as if it were in a reader with keys: its tokens say that they have a protected authentication path, and C_Login
// takes no PIN but what is typed there. KEYS_TYPED is a list with commas: each C_Login takes the next, "cancel" is the red
// key. A PIN that comes from the computer is refused, and is never shown to SoftHSM.

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long rv;
typedef unsigned char byte;

enum { GET_TOKEN_INFO = 6, LOGIN = 18, FUNCTIONS = 68 }; // places in CK_FUNCTION_LIST
enum { TOKEN_FLAGS = 96, PROTECTED_PATH = 0x100 };       // of CK_TOKEN_INFO
enum { ARGUMENTS_BAD = 0x07, FUNCTION_CANCELED = 0x50, GENERAL_ERROR = 0x05 };

struct list {
	byte version[2];
	void *functions[FUNCTIONS];
};

static struct list *real, ours;

static rv token_info(unsigned long slot, byte *info)
{
	rv result = ((rv(*)(unsigned long, byte *))real->functions[GET_TOKEN_INFO])(slot, info);
	unsigned long flags;
	if (result)
		return result;
	memcpy(&flags, info + TOKEN_FLAGS, sizeof flags);
	flags |= PROTECTED_PATH;
	memcpy(info + TOKEN_FLAGS, &flags, sizeof flags);
	return 0;
}

static rv login(unsigned long session, unsigned long user, const byte *pin, unsigned long length)
{
	static const char *next;
	char typed[16] = "";
	size_t n;
	if (pin || length)
		return ARGUMENTS_BAD;
	if (!next && !(next = getenv("KEYS_TYPED")))
		return GENERAL_ERROR;
	n = strcspn(next, ",");
	if (n == 0 || n >= sizeof typed)
		return GENERAL_ERROR;
	memcpy(typed, next, n);
	next += n + (next[n] == ',');
	if (!strcmp(typed, "cancel"))
		return FUNCTION_CANCELED;
	return ((rv(*)(unsigned long, unsigned long, char *, unsigned long))real->functions[LOGIN])(session, user, typed, n);
}

rv C_GetFunctionList(void **out)
{
	void *library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
	rv (*get)(void *) = library ? (rv(*)(void *))dlsym(library, "C_GetFunctionList") : NULL;
	if (!get || get(&real))
		return GENERAL_ERROR;
	ours = *real;
	ours.functions[GET_TOKEN_INFO] = token_info;
	ours.functions[LOGIN] = login;
	*out = &ours;
	return 0;
}

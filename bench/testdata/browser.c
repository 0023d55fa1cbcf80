// SPDX-License-Identifier: EUPL-1.2
//
// What a browser does with a PKCS#11 module, for the measures of bench/handshakes.go.
//
//   browser MODULE          loads it, and prints: ms of dlopen, ms of C_Initialize, KiB of memory more, threads more
//   browser MODULE PIN      logs in (PIN "-": none is given), prints a line, and then for each line of its input makes the
//                           calls of a TLS handshake and prints the microseconds that they took
//
// It ends with 1 and the name of the call that failed.

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pkcs11.h"

static CK_FUNCTION_LIST_PTR module;

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// status reads a number of this process.
static long status(const char *field)
{
	char line[256];
	long n = -1;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, field, strlen(field)))
			n = atol(line + strlen(field));
	if (f)
		fclose(f);
	return n;
}

static void must(const char *call, CK_RV rv)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "%s: %#lx\n", call, (unsigned long)rv);
	exit(1);
}

static void load(const char *path)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_RV (*list)(CK_FUNCTION_LIST_PTR_PTR);
	long memory = status("VmRSS:"), threads = status("Threads:");
	double start = now_ms(), loaded;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	*(void **)&list = dlsym(library, "C_GetFunctionList");
	must("C_GetFunctionList", list ? list(&module) : CKR_GENERAL_ERROR);
	loaded = now_ms();
	must("C_Initialize", module->C_Initialize(&args));
	printf("%.3f %.3f ", loaded - start, now_ms() - loaded);
	printf("%ld %ld\n", status("VmRSS:") - memory, status("Threads:") - threads);
	fflush(stdout);
}

// token is the first slot that has one.
static CK_SLOT_ID token(void)
{
	CK_SLOT_ID slots[16];
	CK_ULONG n = 16;
	must("C_GetSlotList", module->C_GetSlotList(CK_TRUE, slots, &n));
	if (n == 0) {
		fprintf(stderr, "no token\n");
		exit(2);
	}
	return slots[0];
}

static CK_OBJECT_HANDLE private_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE like = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG n = 0;
	must("C_FindObjectsInit", module->C_FindObjectsInit(session, &like, 1));
	must("C_FindObjects", module->C_FindObjects(session, &key, 1, &n));
	must("C_FindObjectsFinal", module->C_FindObjectsFinal(session));
	must("C_FindObjects found", n == 1 ? CKR_OK : CKR_GENERAL_ERROR);
	return key;
}

// handshake makes the calls that NSS makes when a server asks for the certificate and the token is logged in.
static void handshake(CK_SLOT_ID slot, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_SLOT_INFO slot_info;
	CK_SESSION_INFO session_info;
	CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
	CK_BYTE data[51] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", signature[512];
	CK_ULONG length = sizeof signature;
	must("C_GetSlotInfo", module->C_GetSlotInfo(slot, &slot_info));
	must("C_GetSessionInfo", module->C_GetSessionInfo(session, &session_info));
	must("C_SignInit", module->C_SignInit(session, &m, key));
	must("C_Sign", module->C_Sign(session, data, sizeof data, signature, &length));
}

int main(int argc, char **argv)
{
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	char line[16];
	if (argc < 2)
		return 2;
	load(argv[1]);
	if (argc < 3)
		return 0;
	slot = token();
	must("C_OpenSession", module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
	if (strcmp(argv[2], "-"))
		must("C_Login", module->C_Login(session, CKU_USER, (CK_BYTE *)argv[2], strlen(argv[2])));
	else
		must("C_Login", module->C_Login(session, CKU_USER, NULL, 0));
	key = private_key(session);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		double start = now_ms();
		handshake(slot, session, key);
		printf("%.0f\n", (now_ms() - start) * 1e3);
		fflush(stdout);
	}
	return 0;
}

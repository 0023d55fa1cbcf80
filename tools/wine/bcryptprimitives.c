// SPDX-License-Identifier: EUPL-1.2

// The one function of bcryptprimitives.dll that Go's runtime calls. Debian 12's wine 8.0 has no such library.

#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); // RtlGenRandom

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T n)
{
	return SystemFunction036(to, (ULONG)n);
}

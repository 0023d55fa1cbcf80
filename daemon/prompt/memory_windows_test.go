// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// typedSecret is the PIN that the test types, with 1 added to each digit: what looks for it does not hold it.
var typedSecret = [8]byte{'8' + 1, '3' + 1, '0' + 1, '6' + 1, '2' + 1, '9' + 1, '7' + 1, '4' + 1}

// copies counts how often that PIN stands in the writable memory of this process, as bytes and as UTF-16.
func copies() (found struct{ Bytes, Wide int }) {
	const chunk = 1 << 20
	at, err := windows.VirtualAlloc(0, chunk, windows.MEM_COMMIT|windows.MEM_RESERVE, windows.PAGE_READWRITE)
	if err != nil {
		found.Bytes = -1
		return found
	}
	defer func() { _ = windows.VirtualFree(at, 0, windows.MEM_RELEASE) }()
	buf := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), chunk)
	var info windows.MemoryBasicInformation
	for address := uintptr(0); windows.VirtualQuery(address, &info, unsafe.Sizeof(info)) == nil; address = info.BaseAddress + info.RegionSize {
		if info.State != windows.MEM_COMMIT || info.Protect&(windows.PAGE_READWRITE|windows.PAGE_EXECUTE_READWRITE) == 0 ||
			info.Protect&windows.PAGE_GUARD != 0 || info.BaseAddress == at {
			continue
		}
		for offset := uintptr(0); offset < info.RegionSize; offset += chunk - 2*uintptr(len(typedSecret)) {
			var n uintptr
			_ = windows.ReadProcessMemory(windows.CurrentProcess(), info.BaseAddress+offset, &buf[0], min(chunk, info.RegionSize-offset), &n)
			found.Bytes += occurrences(buf[:n], 1)
			found.Wide += occurrences(buf[:n], 2)
		}
	}
	return found
}

// occurrences counts the PIN in b, its digits step bytes apart.
func occurrences(b []byte, step int) (n int) {
	for i := 0; i+step*len(typedSecret) <= len(b); i++ {
		k := 0
		for k < len(typedSecret) && b[i+k*step] == typedSecret[k]-1 && (step == 1 || b[i+k*step+1] == 0) {
			k++
		}
		if k == len(typedSecret) {
			n++
		}
	}
	return n
}

// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// rootFolder is where a worker runs: that of the agent, which is not searched for libraries.
const rootFolder = ""

// mostMemory is what a module may take, in bytes.
const mostMemory = 1 << 30

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// job holds all workers: what is in it ends when the agent does, whatever way.
var job = sync.OnceValues(func() (windows.Handle, error) {
	h, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY
	limits.ProcessMemoryLimit = mostMemory
	_, err = windows.SetInformationJobObject(h, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return h, err
})

// confine puts the worker into the job. Where that fails it still ends with its pipe.
func confine(p *os.Process) {
	h, err := job()
	if err != nil {
		return
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		return
	}
	defer func() { _ = windows.CloseHandle(process) }()
	_ = windows.AssignProcessToJobObject(h, process)
}

func awaitEnd(p *os.Process) { _, _ = p.Wait() }

// killGroup: the job is that of all workers, so only the worker itself is ended.
func killGroup(p *os.Process) { _ = p.Kill() }

func brokenPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}

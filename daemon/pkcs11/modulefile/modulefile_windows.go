// SPDX-License-Identifier: EUPL-1.2

package modulefile

import (
	"debug/pe"
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// trustedInstaller owns the files of Windows itself.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// What lets somebody put another file in the place of one. Whoever may make a folder in C:\ can do it to none that is there.
const (
	replacesFile   = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL
	replacesInside = windows.FILE_WRITE_DATA | fileDeleteChild | windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

	fileDeleteChild = 0x40
	inheritOnly     = 0x08 // INHERIT_ONLY_ACE: it is not of this folder
)

// administered says that a file or folder belongs to SYSTEM or the administrators, and that nobody else can write it.
func (r Rules) administered(f *os.File, folder bool) error {
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil || !administrator(owner) {
		return ErrOwner
	}
	acl, _, err := sd.DACL()
	if err != nil || acl == nil {
		return ErrWritten
	}
	forbidden := windows.ACCESS_MASK(replacesFile)
	if folder {
		forbidden = replacesInside
	}
	for i := range uint32(acl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(acl, i, &ace); err != nil {
			return err
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Header.AceFlags&inheritOnly != 0 {
			continue // of those that deny, none lets somebody write
		}
		if ace.Mask&forbidden != 0 && !administrator((*windows.SID)(unsafe.Pointer(&ace.SidStart))) {
			return ErrWritten
		}
	}
	return nil
}

func administrator(sid *windows.SID) bool {
	return sid != nil && (sid.IsWellKnown(windows.WinLocalSystemSid) || sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) || sid.String() == trustedInstaller)
}

// openFile lets nobody write, rename or delete the file as long as it is open.
func openFile(path string) (*os.File, error) { return open(path, windows.FILE_SHARE_READ, 0) }

func openFolder(path string) (*os.File, error) {
	return open(path, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, windows.FILE_FLAG_BACKUP_SEMANTICS)
}

func open(path string, share, flags uint32) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	access := uint32(windows.GENERIC_READ | windows.READ_CONTROL)
	h, err := windows.CreateFile(name, access, share, nil, windows.OPEN_EXISTING, flags|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// remote: a share or a device is not of this computer.
func remote(path string) bool { return strings.HasPrefix(path, `\\`) }

// checkFormat says why the system could not load a file. Its exports are looked for by loading it.
func checkFormat(f *os.File) error {
	p, err := pe.NewFile(f)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	wanted := map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64, "386": pe.IMAGE_FILE_MACHINE_I386}[runtime.GOARCH]
	if p.Machine != wanted || p.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		return fmt.Errorf("%w: it is not a DLL for %s", ErrFormat, runtime.GOARCH)
	}
	return nil
}

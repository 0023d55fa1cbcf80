// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// systemDirs hold programs of the system.
var systemDirs = []string{`C:\Windows\System32`}

// asksVersion: browsers of Windows would open a window.
const asksVersion = false

func runnable(fs.FileInfo) bool { return true }

// writable: who may write a directory of the user is in its access list, which is not read here.
func writable(string) bool { return true }

func owner(fs.FileInfo) (uid int, known bool) { return 0, false }

func (m *Machine) pid() string { return strconv.Itoa(os.Getpid()) }

func (m *Machine) systemName() string { return "Windows" }

// serviceFacts: the Smart Card service is part of Windows, which stops it when the last reader is unplugged.
func (m *Machine) serviceFacts(context.Context, []Process) serviceFacts {
	return serviceFacts{installed: true}
}

// dialogProgram: on Windows the dialog is Ponte's own.
func (m *Machine) dialogProgram() (name string, display bool) { return "Ponte", true }

// listeners asks netstat.
func (m *Machine) listeners(ctx context.Context, all []Process) (found []listener, known bool) {
	out, err := m.Command(ctx, "netstat", "-ano", "-p", "TCP")
	if err != nil {
		return nil, false
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 5 || f[0] != "TCP" || !strings.HasSuffix(f[2], ":0") { // the state is a word of Windows' language
			continue
		}
		port, err := strconv.Atoi(f[1][strings.LastIndex(f[1], ":")+1:])
		pid, err2 := strconv.Atoi(f[4])
		if err != nil || err2 != nil {
			continue
		}
		l := listener{port: port, pid: pid, uid: m.UID}
		for _, p := range all {
			if p.PID == pid {
				l.name = p.Name
			}
		}
		found = append(found, l)
	}
	return found, true
}

// localProcesses asks tasklist.
func (m *Machine) localProcesses(ctx context.Context) ([]Process, error) {
	out, err := m.Command(ctx, "tasklist", "/fo", "csv", "/nh")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, row := range rows {
		if pid, err := strconv.Atoi(row[min(1, len(row)-1)]); err == nil {
			all = append(all, Process{PID: pid, Name: row[0]})
		}
	}
	return all, nil
}

func (m *Machine) registeredModules() []string { return nil }

func (m *Machine) expand(path string) string {
	if !strings.ContainsAny(path, `\`) {
		path = `C:\Windows\System32\` + path
	}
	return filepath.Join(m.Root, path)
}

// modulePaths are where the makers' packages and guides put their drivers on Windows: names alone are in System32.
var modulePaths = []string{
	"bit4xpki.dll", "bit4ipki.dll", "bit4opki.dll", "bit4cpki.dll", "bit4p11.dll", "bit4npki.dll", "asepkcs.dll", "OcsCryptoki.dll",
	"stPKCS11.dll", "incryptoki2.dll", "inp11lib.dll", "SI_PKCS11.dll", "siecap11.dll", "cnsPKCS11.dll", "SissP11.dll", "CardOS_PKCS11.dll",
	"cardos11.dll", "cardos11_64.dll", "cmP11.dll", "cmP1164.dll", "cvP11.dll", "cvP11_M4.dll", "IpmPki32.dll", "IPMpkiLC.dll", "IpmPkiLU.dll",
	"OkiPKCS11.dll", "eTPKCS11.dll", "CIEPKI.dll", "opensc-pkcs11.dll",
	`C:\Program Files\Oberthur Technologies\AWP\DLLs\OcsCryptoki.dll`,
	`C:\Program Files\Gemalto\Classic Client\BIN\gclib.dll`,
	`C:\Program Files\SafeNet\Authentication\SAC\x64\IDPrimePKCS1164.dll`,
	`C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll`,
}

// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Machine is the computer as the doctor sees it. Everything outside this package comes through its fields, so that each
// situation can be built in a test.
type Machine struct {
	Version string       // of this program
	Words   *words.Words // the citizen's language

	Root    string // of the file system; empty: the real one
	Getenv  func(name string) string
	Now     func() time.Time
	Built   time.Time     // when this program was made; zero: not known
	Limit   time.Duration // for each step; 0: 10 s
	UID     int
	User    string // names that must not be told
	Host    string
	Places  policy.Places // of settings, policy and sites
	SocketD string        // directory of the agent's sockets; empty where they are no files

	Browsers   browsers.Env
	Nativehost string // path of ponte-nativehost

	Processes func(ctx context.Context) ([]Process, error)
	Command   func(ctx context.Context, name string, args ...string) ([]byte, error) // runs a program that changes nothing
	Agent     func(ctx context.Context) (Agent, error)                               // ipc.ErrAbsent when none runs
	Readers   func(ctx context.Context) ([]Reader, error)                            // ErrService, ErrDenied
	LastLogin func() (outcome protocol.Code, ok bool)                                // of the activity log; ok: there is one

	StartAgent func(ctx context.Context) error // for Fix
}

// Process is one running program.
type Process struct {
	PID  int
	UID  int
	Name string // of the program, without its directory
}

// Agent is the running agent, as it says itself.
type Agent struct {
	Version string
	PID     int // 0: not known
}

// Reader is a reader and the card in it, as far as they tell without a PIN.
type Reader struct {
	Name        string
	State       protocol.CardState
	ATR         []byte
	MaxAPDU     int               // bytes of a command that it carries; 0: short APDUs only; Unknown
	Family      string            // of a card that cannot be used, where it is known: words.FamilyCIE, or its name
	Problem     protocol.Code     // what stands in the way of a login; empty: nothing
	Certificate *x509.Certificate // nil: none was read
	TriesLeft   int               // of the PIN, or Unknown
}

// Unknown stands for a number that the reader or the card does not tell.
const Unknown = -1

// Errors of Machine.Readers.
var (
	ErrService = errors.New("the smart card service does not answer")
	ErrDenied  = errors.New("the smart card service refuses this user")
)

// at is a path of this computer.
func (m *Machine) at(path string) string { return filepath.Join(m.Root, filepath.FromSlash(path)) }

// exists says that there is something at a path of this computer.
func (m *Machine) exists(path string) bool {
	_, err := os.Stat(m.at(path))
	return err == nil
}

// isProgram says that there is a file at a path that can be started.
func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && runnable(info)
}

// find looks for a program in the directories of PATH, and in those of the system that are not in everybody's PATH.
func (m *Machine) find(name string) string {
	dirs := filepath.SplitList(m.Getenv("PATH"))
	for _, dir := range append(dirs, systemDirs...) {
		if filepath.IsAbs(dir) && isProgram(m.at(filepath.Join(dir, name))) {
			return m.at(filepath.Join(dir, name))
		}
	}
	return ""
}

// running lists the processes of certain names.
func running(all []Process, names map[string]string) []string {
	var found []string
	seen := map[string]bool{}
	for _, p := range all {
		if label, ok := names[p.Name]; ok && !seen[label] {
			seen[label] = true
			found = append(found, label)
		}
	}
	return found
}

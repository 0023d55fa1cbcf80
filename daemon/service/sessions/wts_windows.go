// SPDX-License-Identifier: EUPL-1.2

package sessions

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Windows is the system as it is: Remote Desktop Services tell of the sessions, and programs run as their users. It needs
// the rights of LocalSystem.
type Windows struct {
	Folder string // of the programs: absolute, and not one that its users can write to
}

// maxSessions bounds how many sessions are looked at.
const maxSessions = 1000

// Sessions lists those in which somebody is logged in, looked at or not.
func (Windows) Sessions() ([]Session, error) {
	var first *windows.WTS_SESSION_INFO
	var n uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &first, &n); err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	var all []Session
	for _, s := range unsafe.Slice(first, min(n, maxSessions)) {
		if s.SessionID == 0 || s.State != windows.WTSActive && s.State != windows.WTSConnected && s.State != windows.WTSDisconnected {
			continue
		}
		user, err := userOf(s.SessionID)
		if err != nil {
			continue // nobody is logged in
		}
		all = append(all, Session{ID: s.SessionID, User: user})
	}
	return all, nil
}

func userOf(session uint32) (string, error) {
	var token windows.Token
	if err := windows.WTSQueryUserToken(session, &token); err != nil {
		return "", err
	}
	defer func() { _ = token.Close() }() // one that is kept would keep the log-off from being complete
	user, err := token.GetTokenUser()
	if err != nil {
		return "", err
	}
	return user.User.Sid.String(), nil
}

// Open makes a job: what is started in it ends with it, and with this program.
func (w Windows) Open(s Session) (Place, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("making a job: %w", err)
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			// The citizen's browser, which the agent may start, asks to leave the job.
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("limiting a job: %w", err)
	}
	return &place{folder: w.Folder, session: s, job: job}, nil
}

type place struct {
	folder  string
	session Session
	mu      sync.Mutex
	job     windows.Handle // 0: closed
}

var errClosed = errors.New("the session has ended")

// Start starts a program as the user of the session, on the user's desktop and with the user's environment. It inherits
// nothing of ours.
func (p *place) Start(program Program) (Process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.job == 0 {
		return nil, errClosed
	}
	var token windows.Token
	if err := windows.WTSQueryUserToken(p.session.ID, &token); err != nil {
		return nil, fmt.Errorf("asking for the user of session %d: %w", p.session.ID, err)
	}
	defer func() { _ = token.Close() }()
	var environment *uint16
	if err := windows.CreateEnvironmentBlock(&environment, token, false); err != nil {
		return nil, fmt.Errorf("making the environment of session %d: %w", p.session.ID, err)
	}
	defer func() { _ = windows.DestroyEnvironmentBlock(environment) }()
	return p.create(token, environment, filepath.Join(p.folder, program.Name), program.Args)
}

// create starts the program suspended, so that nothing of it ever runs outside the job.
func (p *place) create(token windows.Token, environment *uint16, path string, args []string) (Process, error) {
	line := windows.ComposeCommandLine(append([]string{path}, args...))
	var texts [4]*uint16
	for i, s := range []string{path, line, p.folder, `winsta0\default`} {
		var err error
		if texts[i], err = windows.UTF16PtrFromString(s); err != nil {
			return nil, err
		}
	}
	start := windows.StartupInfo{Desktop: texts[3]}
	start.Cb = uint32(unsafe.Sizeof(start))
	var info windows.ProcessInformation
	const flags = windows.CREATE_SUSPENDED | windows.CREATE_UNICODE_ENVIRONMENT | windows.CREATE_NO_WINDOW
	if err := windows.CreateProcessAsUser(token, texts[0], texts[1], nil, nil, false, flags, environment, texts[2], &start, &info); err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	defer func() { _ = windows.CloseHandle(info.Thread) }()
	err := windows.AssignProcessToJobObject(p.job, info.Process)
	if err == nil {
		_, err = windows.ResumeThread(info.Thread)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("starting %s: %w", path, err), windows.TerminateProcess(info.Process, 1), windows.CloseHandle(info.Process))
		return nil, err
	}
	return process(info.Process), nil
}

// Close ends all programs of the session.
func (p *place) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.job == 0 {
		return nil
	}
	err := errors.Join(windows.TerminateJobObject(p.job, 1), windows.CloseHandle(p.job))
	p.job = 0
	return err
}

type process windows.Handle

// Wait waits for the end of the program, which the job brings about at the latest.
func (p process) Wait() (uint32, error) {
	h := windows.Handle(p)
	defer func() { _ = windows.CloseHandle(h) }()
	if _, err := windows.WaitForSingleObject(h, windows.INFINITE); err != nil {
		return 0, fmt.Errorf("waiting for a program: %w", err)
	}
	var code uint32
	if err := windows.GetExitCodeProcess(h, &code); err != nil {
		return 0, fmt.Errorf("asking how a program ended: %w", err)
	}
	return code, nil
}

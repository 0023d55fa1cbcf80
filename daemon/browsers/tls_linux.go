// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// libponte-pkcs11 is named in the NSS databases of the browsers: one for each profile of Firefox, one for all browsers
// made of Chromium. NSS's own programs edit them: modutil, and certutil where there is no database yet.

// moduleName is what the module is called in the databases.
const moduleName = "Ponte"

// Errors of RegisterTLS and UnregisterTLS. Both say what a person can do.
var (
	ErrNoModutil = errors.New("the programs modutil and certutil are missing (package libnss3-tools)")
	ErrOpen      = errors.New("the browser is open and would undo the change: close it first")
)

// Limits of what is read of a browser.
const (
	maxList      = 1 << 20 // bytes of profiles.ini and of pkcs11.txt
	maxDatabases = 100
	modutilTime  = time.Minute
)

// database is where NSS keeps which modules a browser loads.
type database struct {
	kind      string // Installation.ID
	name      string
	dir       string
	parameter string   // for the module
	locks     []string // symbolic links that name the process which has the database open
}

// list is the file that modutil edits.
func (d database) list() string { return filepath.Join(d.dir, "pkcs11.txt") }

// databases are those of a user's browsers. The parameter has the PIN asked during the signature; the module knows that of
// NSS without it, too (browsermodule/module.c).
func databases(env Env) []database {
	var all []database
	for _, root := range []struct{ kind, name, dir string }{
		{"firefox", "Firefox", filepath.Join(env.Home, ".mozilla", "firefox")},
		{"firefox", "Firefox (XDG)", filepath.Join(env.ConfigHome, "mozilla", "firefox")},
		{"librewolf", "LibreWolf", filepath.Join(env.Home, ".librewolf")},
	} {
		for _, dir := range firefoxProfiles(root.dir) {
			all = append(all, database{kind: root.kind, name: root.name, dir: dir, locks: []string{filepath.Join(dir, "lock")}})
		}
	}
	var locks []string
	for _, p := range places(env) {
		if p.family == Chromium {
			locks = append(locks, filepath.Join(filepath.Dir(p.dir), "SingletonLock"))
		}
	}
	shared := filepath.Join(env.Home, ".pki", "nssdb")
	return append(all, database{kind: "chromium", name: "Chromium", dir: shared, parameter: "ui=sign", locks: locks})
}

// firefoxProfiles reads profiles.ini. Profiles whose folder is gone are left out.
func firefoxProfiles(root string) []string {
	text, err := readList(filepath.Join(root, "profiles.ini"))
	if err != nil {
		return nil
	}
	var profiles []string
	relative := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, _ := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "["):
			relative = true
		case key == "IsRelative":
			relative = value != "0"
		case key == "Path" && value != "" && len(profiles) < maxDatabases:
			dir := value
			if relative {
				dir = filepath.Join(root, value)
			}
			if info, err := os.Stat(dir); err == nil && info.IsDir() && filepath.IsAbs(dir) {
				profiles = append(profiles, dir)
			}
		}
	}
	return profiles
}

// readList reads a file of a browser, up to maxList.
func readList(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err == nil && len(b) > maxList {
		err = fmt.Errorf("longer than %d bytes", maxList)
	}
	return string(b), err
}

// module gives the library that a database has under our name; empty when there is none.
func (d database) module() (library string, err error) {
	all, err := d.modules()
	for _, m := range all {
		if m.Name == moduleName {
			return m.Library, err
		}
	}
	return "", err
}

// ListTLS tells of each database whether it names the module.
func ListTLS() ([]Browser, error) {
	env, err := CurrentEnv()
	if err != nil {
		return nil, err
	}
	return listTLS(env), nil
}

func listTLS(env Env) []Browser {
	var all []Browser
	policies := administrators(env)
	for _, d := range databases(env) {
		b := Browser{Name: d.name, Path: d.dir, Registered: d.elsewhere(policies)}
		library, err := d.module()
		if err == nil && library != "" {
			_, err = os.Stat(library)
			b.Registered = err == nil
		}
		if err != nil {
			b.Problem = err.Error()
		}
		all = append(all, b)
	}
	return all
}

// RegisterTLS names the module in the databases of the current user. It goes on after one that cannot be changed.
func RegisterTLS(ctx context.Context, library string) ([]Browser, error) {
	env, err := CurrentEnv()
	if err != nil {
		return nil, err
	}
	return registerTLS(ctx, env, library)
}

func registerTLS(ctx context.Context, env Env, library string) ([]Browser, error) {
	if !filepath.IsAbs(library) {
		return nil, fmt.Errorf("the path of the module is not absolute: %q", library)
	}
	if info, err := os.Stat(library); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not there, or no file", library)
	}
	policies := administrators(env)
	return changeTLS(env, func(d database) error {
		present, err := d.module()
		if err != nil || present == library || d.elsewhere(policies) {
			return err
		}
		if err := d.closed(); err != nil {
			return err
		}
		if err := d.make(ctx); err != nil {
			return err
		}
		if present != "" {
			if err := d.modutil(ctx, "-delete", moduleName); err != nil {
				return err
			}
		}
		add := []string{"-add", moduleName, "-libfile", library}
		if d.parameter != "" {
			add = append(add, "-string", d.parameter)
		}
		return d.modutil(ctx, add...)
	})
}

// UnregisterTLS takes the module out of the databases of the current user.
func UnregisterTLS(ctx context.Context) ([]Browser, error) {
	env, err := CurrentEnv()
	if err != nil {
		return nil, err
	}
	return unregisterTLS(ctx, env)
}

func unregisterTLS(ctx context.Context, env Env) ([]Browser, error) {
	return changeTLS(env, func(d database) error { return d.unregister(ctx) })
}

func (d database) unregister(ctx context.Context) error {
	present, err := d.module()
	if err != nil || present == "" {
		return err
	}
	if err := d.closed(); err != nil {
		return err
	}
	if err := d.modutil(ctx, "-delete", moduleName); err != nil {
		return err
	}
	return d.unmake()
}

func changeTLS(env Env, change func(database) error) ([]Browser, error) {
	var errs []error
	for _, d := range databases(env) {
		if err := change(d); err != nil {
			errs = append(errs, fmt.Errorf("%s (%s): %w", d.name, d.dir, err))
		}
	}
	return listTLS(env), errors.Join(errs...)
}

// closed gives ErrOpen while a browser has the database open. Firefox's link points to <address>:+<process>, Chromium's to
// <computer>-<process>.
func (d database) closed() error {
	for _, link := range d.locks {
		target, err := os.Readlink(link)
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(target[strings.LastIndexAny(target, "+-")+1:])
		if err != nil || pid <= 0 {
			continue
		}
		if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err == nil {
			return ErrOpen
		}
	}
	return nil
}

// make makes the database where there is none, as the browser would at its first start.
func (d database) make(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(d.dir, "cert9.db")); err == nil {
		return nil
	}
	folders := d.missingFolders()
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	if err := nss(ctx, "certutil", "-N", "-d", "sql:"+d.dir, "--empty-password"); err != nil {
		return err
	}
	return d.rememberMade(folders)
}

func (d database) modutil(ctx context.Context, args ...string) error {
	return nss(ctx, "modutil", append([]string{"-force", "-dbdir", "sql:" + d.dir}, args...)...)
}

// nss runs a program of NSS.
func nss(ctx context.Context, program string, args ...string) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return ErrNoModutil
	}
	ctx, cancel := context.WithTimeout(ctx, modutilTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(out[:min(len(out), 500)]))
	}
	return nil
}

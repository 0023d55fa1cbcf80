// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// documents puts what a package says of itself: licences, changes, and for Debian's checker why it errs.
func (r *release) documents(ctx context.Context, t tree, p packaged, native string) error {
	doc := "/usr/share/doc/" + p.name
	licence, err := os.ReadFile(r.path("LICENSE"))
	if err != nil {
		return err
	}
	t.put(doc+"/copyright", copyright(licence))
	changes, err := os.ReadFile(r.path("CHANGELOG.md"))
	if err != nil {
		return err
	}
	t.put(doc+"/changelog.gz", compressed(changes))
	t.put(doc+"/changelog.Debian.gz", compressed(fmt.Appendf(nil, "%s (%s-1) unstable; urgency=medium\n\n  * Release %s. What has changed is in changelog.gz.\n\n -- %s  %s\n",
		p.name, r.packageVersion(), r.version, maintainer, r.time().Format(time.RFC1123Z))))
	if err := t.copy("/usr/share/lintian/overrides/"+p.name, r.path("installer", "linux", p.name+".lintian-overrides")); err != nil {
		return err
	}
	if native == "" {
		return nil
	}
	others, err := r.licencesOfOthers(ctx, native)
	if err != nil {
		return err
	}
	t.put(doc+"/licences-of-others.gz", compressed(others))
	return nil
}

// copyright is Debian's machine-readable form.
func copyright(licence []byte) []byte {
	var b bytes.Buffer
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
		"Upstream-Name: Ponte\nSource: https://github.com/ponte-cns/ponte\n\n" +
		"Files: *\nCopyright: the Ponte contributors\nLicense: EUPL-1.2\n" +
		"Comment:\n The programs contain modules of others. Their licences are in licences-of-others.gz.\n\nLicense: EUPL-1.2\n")
	for line := range strings.Lines(string(licence)) {
		line = strings.TrimRight(line, " \r\n")
		if line == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	return b.Bytes()
}

// linked are the modules of others that programs hold, as the linker wrote them down, with their versions.
func linked(folders ...string) (map[string]string, error) {
	modules := map[string]string{}
	for _, folder := range folders {
		list, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			info, err := buildinfo.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				continue // not Go's
			}
			modules["std"] = info.GoVersion
			for _, m := range info.Deps {
				modules[m.Path] = m.Version
			}
		}
	}
	if len(modules) < 5 {
		return nil, errors.New("the programs do not say which modules they hold")
	}
	return modules, nil
}

// licencesOfOthers are the texts that must go with programs that hold others' modules.
func (r *release) licencesOfOthers(ctx context.Context, folder string) ([]byte, error) {
	modules, err := linked(folder)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		var dir []byte
		if name == "std" {
			dir, err = r.command(ctx, nil, "go", "env", "GOROOT")
		} else {
			dir, err = r.command(ctx, nil, "go", "list", "-m", "-f", "{{.Dir}}", name)
		}
		if err != nil {
			return nil, err
		}
		text, err := licenceIn(strings.TrimSpace(string(dir)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&b, "==== %s %s\n\n%s\n\n", name, modules[name], bytes.TrimSpace(text))
	}
	return b.Bytes(), nil
}

// licenceIn reads the licence of a module from its folder.
func licenceIn(dir string) ([]byte, error) {
	for _, pattern := range []string{"LICEN[SC]E*", "COPYING*", "licen[sc]e*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		if len(files) > 0 {
			return os.ReadFile(files[0])
		}
	}
	return nil, fmt.Errorf("no licence in %s", filepath.Base(dir))
}

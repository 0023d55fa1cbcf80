// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/windows/registry"
)

// machine is HKEY_LOCAL_MACHINE, in its 64-bit view.
type machine struct{}

func (machine) values(key string, max int) (map[string]any, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = k.Close() }()
	info, err := k.Stat()
	if err != nil {
		return nil, err
	}
	if int(info.ValueCount) > max || int(info.MaxValueLen) > maxFile {
		return nil, fmt.Errorf("%s: more than %d values, or one longer than %d bytes", key, max, maxFile)
	}
	names, err := k.ReadValueNames(-1)
	if err != nil {
		return nil, err
	}
	found := map[string]any{}
	for _, name := range names {
		if found[name], err = value(k, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return found, nil
}

func value(k registry.Key, name string) (any, error) {
	_, kind, err := k.GetValue(name, nil)
	if err != nil {
		return nil, err
	}
	switch kind {
	case registry.SZ:
		s, _, err := k.GetStringValue(name)
		return s, err
	case registry.MULTI_SZ:
		s, _, err := k.GetStringsValue(name)
		return s, err
	case registry.DWORD, registry.QWORD:
		n, _, err := k.GetIntegerValue(name)
		return n, err
	}
	return nil, nil
}

// renderer reads a policy from the registry where its name says so, else from a file.
func renderer(managed string) func() ([]byte, error) {
	if managed != managedFile {
		return nil
	}
	return func() ([]byte, error) { return fromRegistry(machine{}) }
}

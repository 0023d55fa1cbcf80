// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// hive is what of a registry the policy needs. Only HKEY_LOCAL_MACHINE is read, which users cannot write.
type hive interface {
	// values are those of a key: string (REG_SZ), []string (REG_MULTI_SZ), uint64 (REG_DWORD and REG_QWORD), nil for any
	// other type. A key that does not exist gives fs.ErrNotExist; more than max values, or a longer one, an error.
	values(key string, max int) (map[string]any, error)
}

// registryRoot is where group policies write: the folder of the same name in windows/policy describes it.
const registryRoot = `SOFTWARE\Policies\Ponte`

// Lists are keys of their own below it, with values named 1, 2, 3 and so on: ADMX writes them so. In site_scopes the name
// of a value is the site, and the value its scopes with spaces between.
var registryLists = []string{"allowed_sites", "blocked_sites", "websocket_ports", "sign_policies", "module_allow"}

// numbers are the keys whose values are numbers, and switches those that are true or false: a registry knows neither.
var (
	numbers  = map[string]bool{"websocket_ports": true}
	switches = map[string]bool{"developer_mode": true, "update_notice": true}
)

// fromRegistry renders the policy that a registry holds. One without any sets nothing.
func fromRegistry(h hive) ([]byte, error) {
	found, err := h.values(registryRoot, maxValues)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	policy := map[string]any{}
	for name, value := range found {
		if name == "" { // the default value of the key
			continue
		}
		if policy[name], err = fromValue(name, value); err != nil {
			return nil, err
		}
	}
	for _, name := range append(registryLists, tables...) {
		found, err := h.values(registryRoot+`\`+name, maxValues)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			policy[name], err = fromList(name, found)
		}
		if err != nil {
			return nil, err
		}
	}
	return written(policy)
}

func fromValue(name string, value any) (any, error) {
	switch v := value.(type) {
	case uint64:
		if switches[name] && v <= 1 {
			return v == 1, nil
		}
		return int64(v), nil
	case string:
		if slices.Contains(registryLists, name) { // the MSI has one text for a list (ALLOWEDORIGINS); a key below wins
			return fromTexts(name, strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ';' || c == ' ' }))
		}
		return v, nil
	case []string:
		return fromTexts(name, v)
	}
	return nil, fmt.Errorf("%s: a value of a type that no key has", name)
}

// fromList puts the values of a key below the policy's into their order.
func fromList(name string, found map[string]any) (any, error) {
	texts := map[string]string{}
	for key, value := range found {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf(`%s\%s: not a text (REG_SZ)`, name, key)
		}
		texts[key] = text
	}
	if name == "site_scopes" {
		scopes := map[string][]string{}
		for site, text := range texts {
			scopes[site] = strings.Fields(text)
		}
		return scopes, nil
	}
	if name == modulesKey { // the name of a value is an answer to reset, or *
		return texts, nil
	}
	var sorted []string
	for i := 1; len(sorted) < len(texts); i++ {
		if text, ok := texts[strconv.Itoa(i)]; ok {
			sorted = append(sorted, text)
		} else if i > maxValues {
			return nil, fmt.Errorf(`%s: the values must be named 1, 2, 3 and so on`, name)
		}
	}
	return fromTexts(name, sorted)
}

func fromTexts(name string, texts []string) (any, error) {
	if !numbers[name] {
		return texts, nil
	}
	var list []int64
	for _, text := range texts {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no number", name, text)
		}
		list = append(list, n)
	}
	return list, nil
}

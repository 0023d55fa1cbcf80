// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// Where a value in force comes from.
const (
	FromPolicy  = "policy"  // the administrator's
	FromUser    = "user"    // the citizen's settings
	FromDefault = "default" // nobody has set it
	FromCaution = "caution" // the citizen's settings cannot be read, and this is the closed way
)

// Shown is one key, what it says now and who says so.
type Shown struct {
	Key    string   `json:"key"`
	Values []string `json:"values"` // one for most keys, several for lists, none where the computer decides or the list is empty
	From   string   `json:"from"`
	Admin  bool     `json:"administratorOnly"`
}

// ruleDefaults are what holds of the administrator's keys when nobody has set them.
var ruleDefaults = map[string][]string{
	"other_sites": {"ask"}, "native_messaging": {"on"}, "websocket_ports": texts(protocol.WebSocketPorts[:]), "sign_policies": cnsPolicies,
	"update_notice": {"true"},
}

// Show tells every key with its value in force and where that comes from.
func (l *Live) Show() []Shown {
	s := l.Settings()
	var all []Shown
	for _, key := range order {
		x := Shown{Key: key, From: FromUser}
		value := s.value(key)
		if value == "" {
			value, x.From = keys[key], FromDefault
		}
		if s.cautious && x.From == FromUser {
			x.From = FromCaution
		}
		if s.Managed(key) {
			x.From = FromPolicy
		}
		if x.Values = []string{}; value != "" {
			x.Values = append(x.Values, value)
		}
		all = append(all, x)
	}
	x := Shown{Key: modulesKey, Values: moduleValues(s.Modules), From: FromDefault}
	if len(s.Modules) > 0 {
		x.From = FromUser
	}
	if s.Managed(modulesKey) {
		x.From = FromPolicy
	}
	all = append(all, x)
	for _, key := range rules {
		x := Shown{Key: key, Values: s.ruleValues(key), From: FromDefault, Admin: true}
		if s.Managed(key) {
			x.From = FromPolicy
		} else if d := ruleDefaults[key]; d != nil {
			x.Values = d
		}
		all = append(all, x)
	}
	return all
}

// ruleValues are what a key of the administrator's says.
func (r Rules) ruleValues(key string) []string {
	list := []string{}
	switch key {
	case "allowed_sites", "blocked_sites":
		sites := r.AllowedSites
		if key == "blocked_sites" {
			sites = r.BlockedSites
		}
		for _, o := range sites {
			list = append(list, o.String())
		}
	case "site_scopes":
		for site, scopes := range r.SiteScopes {
			list = append(list, strings.TrimSpace(site+" "+strings.Join(scopes, " ")))
		}
		slices.Sort(list)
	case "module_allow":
		list = append(list, r.ModuleAllow...)
	case "websocket_ports":
		list = texts(r.Ports)
	case "other_sites":
		list = append(list, r.OtherSites)
	case "native_messaging":
		list = append(list, r.NativeMessaging)
	case "sign_policies":
		list = append(list, r.Policies...)
	case "update_notice":
		list = append(list, strconv.FormatBool(r.UpdateNoticeOn()))
	}
	return list
}

func texts(numbers []int) []string {
	list := []string{}
	for _, n := range numbers {
		list = append(list, strconv.Itoa(n))
	}
	return list
}

// Keys are all keys that a policy can set: those of the citizen too, and those that are the administrator's alone.
func Keys() (all, adminOnly []string) {
	return slices.Concat(order, []string{modulesKey}, rules), slices.Clone(rules)
}

// Choices are the words that a key accepts; none where it takes something else.
func Choices(key string) []string {
	switch key {
	case "other_sites":
		return []string{"ask", "refuse"}
	case "native_messaging":
		return []string{"on", "off"}
	}
	return choices(key)
}

// Unknown are the keys of the administrator's policy that mean nothing to this version.
func (l *Live) Unknown() []Told {
	l.Settings()
	return l.LastUnknown()
}

// LastUnknown is Unknown without a look at the files.
func (l *Live) LastUnknown() []Told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.managed.unknown)
}

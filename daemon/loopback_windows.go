// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows/registry"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/protocol"
)

// loopbackLists are policies of browsers: the sites for which they do not ask whether they may reach this computer.
var loopbackLists = []string{
	`SOFTWARE\Policies\Google\Chrome\LoopbackNetworkAllowedForUrls`,
	`SOFTWARE\Policies\Microsoft\Edge\LoopbackNetworkAllowedForUrls`,
	`SOFTWARE\Policies\Chromium\LoopbackNetworkAllowedForUrls`,
}

// The values of these lists that are ours. The browsers read those with a number for a name, and an administrator's own
// begin with 1.
const (
	firstLoopback = 24880
	maxLoopback   = 1000
)

// loopbackPolicies is for the installer, which cannot take a list apart: it gives the browsers the sites that the policy
// allows, or takes back what it gave.
func loopbackPolicies() *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use: "loopback-policies", Hidden: true, Args: cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			var sites []protocol.Origin
			if !remove {
				places, err := policy.UserPlaces()
				if err != nil {
					return err
				}
				s, err := policy.Load(places.Config, places.Managed)
				if err != nil {
					return err
				}
				sites = s.AllowedSites
			}
			var errs []error
			for _, key := range loopbackLists {
				errs = append(errs, setLoopback(key, sites))
			}
			return errors.Join(errs...)
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "")
	return c
}

// setLoopback makes sites our part of a list. A list that nothing is left of goes.
func setLoopback(key string, sites []protocol.Origin) error {
	if len(sites) > maxLoopback {
		return fmt.Errorf("%d sites: at most %d", len(sites), maxLoopback)
	}
	const rights = registry.QUERY_VALUE | registry.SET_VALUE | registry.WOW64_64KEY
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, rights)
	if errors.Is(err, registry.ErrNotExist) && len(sites) == 0 {
		return nil
	}
	if errors.Is(err, registry.ErrNotExist) {
		k, _, err = registry.CreateKey(registry.LOCAL_MACHINE, key, rights)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	defer func() { _ = k.Close() }()
	names, err := k.ReadValueNames(-1)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	left := len(names)
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && n >= firstLoopback && n < firstLoopback+maxLoopback {
			if err := k.DeleteValue(name); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			left--
		}
	}
	for i, site := range sites {
		if err := k.SetStringValue(strconv.Itoa(firstLoopback+i), site.String()); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if left+len(sites) == 0 {
		return registry.DeleteKey(registry.LOCAL_MACHINE, key)
	}
	return nil
}

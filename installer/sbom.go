// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// component is one of CycloneDX 1.6.
type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	BOMRef  string `json:"bom-ref"`
	Scope   string `json:"scope,omitempty"`
}

// sbom writes the bill of materials: what the linker says that the programs hold, and the packages that the extension and
// the pages are built with. The programs that make such lists for Go cannot be had by their version alone, or write the
// time; the linker's own list says which modules are really inside.
func (r *release) sbom(context.Context) error {
	components := []component{}
	if len(r.made) > 0 {
		modules, err := linked(r.made...)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(modules)) {
			purl := "pkg:golang/" + name + "@" + modules[name]
			components = append(components, component{"library", name, modules[name], purl, purl, "required"})
		}
	}
	tools, err := r.buildTools()
	if err != nil {
		return err
	}
	self := component{"application", "ponte", r.version, "pkg:github/ponte-cns/ponte@" + r.version, "pkg:github/ponte-cns/ponte@" + r.version, ""}
	var inside []string
	for _, c := range components {
		inside = append(inside, c.BOMRef)
	}
	b, err := indented(map[string]any{
		"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":     map[string]any{"timestamp": r.time().Format(time.RFC3339), "component": self},
		"components":   append(components, tools...),
		"dependencies": []map[string]any{{"ref": self.BOMRef, "dependsOn": inside}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "ponte-"+r.version+".cdx.json"), b, 0o644)
}

// buildTools are the packages of package-lock.json: they build, and nothing of them is in the extension.
func (r *release) buildTools() ([]component, error) {
	b, err := os.ReadFile(r.path("package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(b, &lock); err != nil {
		return nil, err
	}
	var list []component
	seen := map[string]bool{}
	for _, place := range slices.Sorted(maps.Keys(lock.Packages)) {
		at := strings.LastIndex(place, "node_modules/")
		if at < 0 {
			continue
		}
		name, version := place[at+len("node_modules/"):], lock.Packages[place].Version
		purl := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + version
		if !seen[purl] {
			seen[purl] = true
			list = append(list, component{"library", name, version, purl, purl, "excluded"})
		}
	}
	return list, nil
}

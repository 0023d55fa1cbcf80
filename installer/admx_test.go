// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/policy"
)

// admxFile is what of the schema (PolicyDefinitionFiles.xsd) the templates use.
type admxFile struct {
	XMLName  xml.Name `xml:"http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions policyDefinitions"`
	Policies []struct {
		Name         string `xml:"name,attr"`
		Class        string `xml:"class,attr"`
		Key          string `xml:"key,attr"`
		ValueName    string `xml:"valueName,attr"`
		Presentation string `xml:"presentation,attr"`
		Parent       struct {
			Ref string `xml:"ref,attr"`
		} `xml:"parentCategory"`
		Enum struct {
			ValueName string   `xml:"valueName,attr"`
			Items     []string `xml:"item>value>string"`
		} `xml:"elements>enum"`
		Text struct {
			ValueName string `xml:"valueName,attr"`
		} `xml:"elements>text"`
		List struct {
			Key string `xml:"key,attr"`
		} `xml:"elements>list"`
	} `xml:"policies>policy"`
	Categories []struct {
		Name string `xml:"name,attr"`
	} `xml:"categories>category"`
}

type admlFile struct {
	XMLName xml.Name `xml:"http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions policyDefinitionResources"`
	Strings []struct {
		ID   string `xml:"id,attr"`
		Text string `xml:",chardata"`
	} `xml:"resources>stringTable>string"`
	Presentations []struct {
		ID    string `xml:"id,attr"`
		Inner string `xml:",innerxml"`
	} `xml:"resources>presentationTable>presentation"`
}

func templates(t *testing.T) (text map[string][]byte, doc admxFile) {
	t.Helper()
	text, err := policyTemplates()
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text["ponte.admx"], &doc); err != nil {
		t.Fatal(err)
	}
	return text, doc
}

func TestTheTemplatesHaveEveryKeyOfThePolicyAndNoOther(t *testing.T) {
	_, doc := templates(t)
	all, _ := policy.Keys()
	var named []string
	for _, p := range doc.Policies {
		named = append(named, p.Name)
		if p.Class != "Machine" || p.Key != `SOFTWARE\Policies\Ponte` || p.Parent.Ref != doc.Categories[0].Name {
			t.Errorf("%s: %+v", p.Name, p)
		}
		where := strings.TrimPrefix(p.ValueName+p.Enum.ValueName+p.Text.ValueName+p.List.Key, `SOFTWARE\Policies\Ponte\`)
		if where != p.Name {
			t.Errorf("%s writes %q", p.Name, where)
		}
		if words := policy.Choices(p.Name); p.Enum.ValueName != "" && !slices.Equal(words, p.Enum.Items) {
			t.Errorf("%s offers %v, and the agent knows %v", p.Name, p.Enum.Items, words)
		}
	}
	for _, key := range all {
		if !slices.Contains(named, key) && key != "pinentry_program" { // not for Windows
			t.Errorf("%s is a key of the policy and has no template: describe it in admx.go", key)
		}
	}
	for i, name := range named {
		if !slices.Contains(all, name) || slices.Contains(named[:i], name) {
			t.Errorf("%s is no key of the policy, or is there twice", name)
		}
	}
}

func TestEveryTextThatATemplateNamesIsThereInEachLanguage(t *testing.T) {
	text, _ := templates(t)
	for _, lang := range []string{"it-IT", "en-US"} {
		var doc admlFile
		if err := xml.Unmarshal(text[lang+"/ponte.adml"], &doc); err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		said, shown := map[string]string{}, map[string]bool{}
		for _, s := range doc.Strings {
			if s.Text == "" || said[s.ID] != "" {
				t.Errorf("%s: %s is empty, or there twice", lang, s.ID)
			}
			said[s.ID] = s.Text
		}
		for _, p := range doc.Presentations {
			shown[p.ID] = strings.Contains(p.Inner, `refId="`+p.ID+`"`)
		}
		names := regexp.MustCompile(`\$\((string|presentation)\.(\w+)\)`).FindAllSubmatch(text["ponte.admx"], -1)
		if len(names) < 40 {
			t.Fatalf("only %d texts are named", len(names))
		}
		for _, m := range names {
			if id := string(m[2]); string(m[1]) == "string" && said[id] == "" || string(m[1]) == "presentation" && !shown[id] {
				t.Errorf("%s lacks the %s %s", lang, m[1], id)
			}
		}
	}
}

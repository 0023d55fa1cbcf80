// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheTextsForTheStoresFitAndExplainEachPermission(t *testing.T) {
	root := repositoryOf(t)
	for _, browser := range []string{"chrome", "firefox"} {
		b, err := os.ReadFile(filepath.Join(root, "extension", browser, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var manifest struct {
			Permissions []string
			Gecko       struct {
				Gecko struct {
					Data struct{ Required []string } `json:"data_collection_permissions"`
				}
			} `json:"browser_specific_settings"`
		}
		if err := json.Unmarshal(b, &manifest); err != nil {
			t.Fatal(err)
		}
		if data := manifest.Gecko.Gecko.Data.Required; browser == "firefox" && (len(data) != 1 || data[0] != "none") {
			t.Errorf("the extension says that it collects %v", data)
		}
		for _, lang := range []string{"it", "en"} {
			b, err := os.ReadFile(filepath.Join(root, "extension", "store", "listing."+lang+".md"))
			if err != nil {
				t.Fatal(err)
			}
			text := string(b)
			short := regexp.MustCompile(`132 \w+(?: \w+)*\): (.+)`).FindStringSubmatch(text)
			if short == nil || utf8.RuneCountInString(short[1]) > 132 {
				t.Errorf("%s: the short description: %q", lang, short)
			}
			for _, permission := range manifest.Permissions {
				if !strings.Contains(text, "`"+permission+"`") {
					t.Errorf("%s: the permission %s is not explained", lang, permission)
				}
			}
		}
	}
}

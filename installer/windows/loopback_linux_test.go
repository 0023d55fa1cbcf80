// SPDX-License-Identifier: EUPL-1.2

package main

import "testing"

func TestOnlyOurPartOfTheListsOfBrowsersIsChanged(t *testing.T) {
	installing(t)
	const list = `SOFTWARE\Policies\Google\Chrome\LoopbackNetworkAllowedForUrls`
	want := func(values map[string]string) {
		t.Helper()
		now := registryNow(t)
		for name, value := range values {
			if got := local(now, list, name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
	}
	t.Cleanup(func() { wine(t, "reg", "delete", `HKLM\`+list, "/f") })
	for _, name := range []string{"1", "25880"} {
		if code := wine(t, "reg", "add", `HKLM\`+list, "/v", name, "/d", "https://theirs.example", "/f"); code != 0 {
			t.Fatalf("%s: %d", name, code)
		}
	}
	msiexec(t, done, "/i", msi("1.0.0"), "ALLOWEDORIGINS=https://a.example,https://b.example", "AUTOSTART=0")
	want(map[string]string{"1": "https://theirs.example", entry: ""}) // BROWSERPOLICIES was not given
	msiexec(t, done, "/i", msi("1.1.0"), "BROWSERPOLICIES=1")
	want(map[string]string{"1": "https://theirs.example", "25880": "https://theirs.example", entry: "https://a.example", "24881": "https://b.example"})
	msiexec(t, done, "/i", msi("1.2.0"), "ALLOWEDORIGINS=https://c.example")
	want(map[string]string{"1": "https://theirs.example", entry: "https://c.example", "24881": ""})
	msiexec(t, done, "/x", msi("1.2.0"))
	want(map[string]string{"1": "https://theirs.example", "25880": "https://theirs.example", entry: "", "24881": ""})
}

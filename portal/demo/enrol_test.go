// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// onCard is what identity.read gives of the test card.
var onCard = url.Values{
	"fiscalCode": {"RSSGPR84S63H501C"}, "name": {"GIADA PROVA"}, "surname": {"ROSSINI"},
	"birthDate": {"1984-11-23"}, "sex": {"F"}, "birthMunicipality": {"H501"}, "residenceMunicipality": {"H501"},
}

func (v *visitor) postEnrol(fields url.Values, csrf string, header ...string) *http.Response {
	v.t.Helper()
	body := fields.Encode() + "&csrf=" + url.QueryEscape(csrf)
	answer, _ := v.do("POST", "/iscrizione", body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
	return answer
}

func (v *visitor) enrolled() bool {
	v.t.Helper()
	_, found, err := v.site.people.find(v.t.Context(), giada)
	if err != nil {
		v.t.Fatal(err)
	}
	return found
}

func with(fields url.Values, name, value string) url.Values {
	bent := url.Values{}
	for k, v := range fields {
		bent[k] = v
	}
	bent.Set(name, value)
	return bent
}

func TestAnEnrolmentThatIsNotInOrderIsRefused(t *testing.T) {
	v := visit(t, "")
	if answer := v.postEnrol(onCard, ""); answer.StatusCode != http.StatusSeeOther || v.enrolled() {
		t.Errorf("without a login: %d", answer.StatusCode)
	}
	v.mustLogIn()
	csrf := v.csrf()
	for name, answer := range map[string]*http.Response{
		"without the page's token": v.postEnrol(onCard, "x"),
		"from another site":        v.postEnrol(onCard, csrf, "Sec-Fetch-Site", "cross-site"),
		"another person's card":    v.postEnrol(with(onCard, "fiscalCode", string(matteo)), csrf),
		"far too large":            v.postEnrol(with(onCard, "name", strings.Repeat("A", 10_000)), csrf),
	} {
		if answer.StatusCode != http.StatusForbidden || v.enrolled() {
			t.Errorf("%s: %d, enrolled: %v", name, answer.StatusCode, v.enrolled())
		}
	}
	if answer, _ := v.do("GET", "/iscrizione", ""); answer.StatusCode < 400 {
		t.Errorf("a GET enrols: %d", answer.StatusCode)
	}
}

func TestAPersonEnrolsOnceWithoutTyping(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	_, text := v.do("GET", "/profilo", "")
	for _, want := range []string{`id="enrol-read"`, `id="name"`, `id="fiscal-code"`, pageTexts["enrol.title"].it, "/static/enrol.js"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s before", want)
		}
	}
	if answer := v.postEnrol(onCard, v.csrf()); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/profilo" {
		t.Errorf("%d", answer.StatusCode)
	}
	_, text = v.do("GET", "/profilo", "")
	for _, want := range []string{"23/11/1984", "H501", pageTexts["notice.enrolled"].it, pageTexts["profile.unsigned"].it, pageTexts["profile.title"].it} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s after", want)
		}
	}
	if strings.Contains(text, "enrol-read") {
		t.Error("it offers to enrol again")
	}
	v.mustLogIn()
	if _, text := v.do("GET", "/profilo", ""); strings.Contains(text, "enrol-read") || !strings.Contains(text, "23/11/1984") {
		t.Error("the next login does not know the person")
	}
	for _, personal := range []string{"RSSGPR", "GIADA", "1984", "H501"} {
		if strings.Contains(v.log.String(), personal) {
			t.Errorf("%s is in the log", personal)
		}
	}
}

func TestAPersonMayEnrolWithoutDataOfTheCard(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	v.postEnrol(url.Values{}, v.csrf())
	_, text := v.do("GET", "/profilo", "")
	if !v.enrolled() || strings.Contains(text, `id="unsigned"`) {
		t.Errorf("enrolled: %v", v.enrolled())
	}
}

func TestDataThatNobodySignedNeverTakeThePlaceOfSignedOnes(t *testing.T) {
	signed := portal.Identity{FiscalCode: giada, Name: "GIADA PROVA", Surname: "ROSSINI"}
	bare := portal.Identity{FiscalCode: giada}
	for name, c := range map[string]struct {
		who    portal.Identity
		fields url.Values
		want   enrolled
	}{
		"another name":               {signed, with(onCard, "name", "X"), enrolled{giada, "GIADA PROVA", "ROSSINI", "1984-11-23", "F", "H501", "H501"}},
		"no name in the certificate": {bare, onCard, enrolled{giada, "GIADA PROVA", "ROSSINI", "1984-11-23", "F", "H501", "H501"}},
		"nothing":                    {signed, url.Values{}, enrolled{FiscalCode: giada, Name: "GIADA PROVA", Surname: "ROSSINI"}},
		"no fiscal code":             {bare, with(onCard, "fiscalCode", ""), enrolled{FiscalCode: giada}},
		"a name that is none": {bare, with(with(onCard, "name", "A\x00B"), "surname", strings.Repeat("A", 101)),
			enrolled{giada, "", "", "1984-11-23", "F", "H501", "H501"}},
		"a date that is none": {signed, with(onCard, "birthDate", "1984-02-30"), enrolled{giada, "GIADA PROVA", "ROSSINI", "", "F", "H501", "H501"}},
		"a date to come":      {signed, with(onCard, "birthDate", "9999-01-01"), enrolled{giada, "GIADA PROVA", "ROSSINI", "", "F", "H501", "H501"}},
		"a sex that is none":  {signed, with(onCard, "sex", "<b>"), enrolled{giada, "GIADA PROVA", "ROSSINI", "1984-11-23", "", "H501", "H501"}},
		"municipalities of nobody": {signed, with(with(onCard, "birthMunicipality", "Roma"), "residenceMunicipality", "H501\n"),
			enrolled{giada, "GIADA PROVA", "ROSSINI", "1984-11-23", "F", "", ""}},
	} {
		if got := newEnrolled(c.who, c.fields.Get); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTheAccessesPageShowsOnesOwn(t *testing.T) {
	v := visit(t, "")
	if answer, _ := v.do("GET", "/accessi", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("without a login: %d", answer.StatusCode)
	}
	v.mustLogIn()
	if _, text := v.do("GET", "/accessi", ""); !strings.Contains(text, pageTexts["accesses.none"].it) {
		t.Error("it does not say that nothing is kept")
	}
	v.postEnrol(onCard, v.csrf())
	v.postExit("motivo=tessera&csrf=" + v.csrf())
	v.mustLogIn()
	_, text := v.do("GET", "/accessi", "")
	if n := strings.Count(text, pageTexts["accesses.entered"].it); n != 2 || !strings.Contains(text, pageTexts["accesses.removed"].it) {
		t.Errorf("%d logins", n)
	}
	v.client = v.newBrowser()
	child := holder.Matteo()
	if answer, text := v.postLogin(v.loginBody(v.challenge(), testpki.LeafOptions{Holder: &child})); answer.StatusCode != 200 {
		t.Fatal(text)
	}
	if _, text := v.do("GET", "/accessi", ""); strings.Contains(text, pageTexts["accesses.entered"].it) {
		t.Error("another person's accesses")
	}
}

func TestALoginThatCannotBeRecordedIsNone(t *testing.T) {
	v := visit(t, "")
	body := v.loginBody(v.challenge(), testpki.LeafOptions{})
	v.site.people.Close()
	answer, text := v.postLogin(body)
	wantProblem(t, answer, text, 500, "internal")
	if v.cookie() != "" {
		t.Error("logged in")
	}
}

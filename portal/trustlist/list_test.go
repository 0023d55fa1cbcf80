// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestAListThatIsNotInOrderIsRefused(t *testing.T) {
	past := time.Now().AddDate(0, -1, 0)
	edit := func(from, to string) testpki.ListOptions {
		return testpki.ListOptions{Edit: func(list string) string {
			if !strings.Contains(list, from) {
				t.Fatalf("%q is not in the list", from)
			}
			return strings.Replace(list, from, to, 1)
		}}
	}
	for name, c := range map[string]struct {
		list testpki.ListOptions
		want error
	}{
		"expired":                                 {testpki.ListOptions{NextUpdate: past}, trustlist.ErrExpired},
		"without a next update":                   {edit("<NextUpdate>", "<OtherUpdate>"), trustlist.ErrFormat},
		"closed":                                  {edit("<dateTime>", "<noTime>"), trustlist.ErrFormat},
		"with an empty next update":               {testpki.ListOptions{Edit: emptyNextUpdate}, trustlist.ErrExpired},
		"with a next update that is no date":      {edit("<dateTime>", "<dateTime>soon"), trustlist.ErrFormat},
		"issued in the future":                    {testpki.ListOptions{Issued: time.Now().AddDate(0, 1, 0)}, trustlist.ErrFormat},
		"of another territory":                    {testpki.ListOptions{Territory: "FR"}, trustlist.ErrTerritory},
		"of two territories":                      {edit("<SchemeTerritory>", "<SchemeTerritory>FR</SchemeTerritory><SchemeTerritory>"), trustlist.ErrTerritory},
		"of a version that nobody knows":          {edit(">5<", ">7<"), trustlist.ErrFormat},
		"without a sequence number":               {edit("TSLSequenceNumber>1</TSLSequenceNumber>", "TSLSequenceNumber></TSLSequenceNumber>"), trustlist.ErrFormat},
		"with a negative sequence number":         {testpki.ListOptions{Sequence: -1}, trustlist.ErrFormat},
		"with a sequence number that is too long": {edit(">1<", ">99999999999999999999<"), trustlist.ErrFormat},
		"signed by somebody else":                 {testpki.ListOptions{SignedBy: testpki.OtherOperator}, trustlist.ErrSignature},
		"signed by somebody else in the name of the signer": {testpki.ListOptions{
			SignedBy: testpki.OtherOperator, KeyInfo: pki.ListSigner(testpki.SchemeOperator)}, trustlist.ErrSignature},
		"signed with SHA-1":            {testpki.ListOptions{SHA1: true}, trustlist.ErrSignature},
		"with a digest of SHA-1":       {testpki.ListOptions{SHA1Sum: true}, trustlist.ErrSignature},
		"whose signature names no Id":  {testpki.ListOptions{OtherURI: "xID100001"}, trustlist.ErrSignature},
		"without authorities":          {testpki.ListOptions{Services: []testpki.ListService{}}, trustlist.ErrEmpty},
		"signed, but something else":   {edit("http://uri.etsi.org/02231/v2#", "http://uri.etsi.org/02231/v1#"), trustlist.ErrFormat},
		"where one Id names two parts": {edit("<SchemeInformation>", `<SchemeInformation Id="ID100001">`), trustlist.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := trustlist.Parse(pki.SignedTrustedList(c.list), options())
			if wantError(t, err, c.want); l != nil {
				t.Error("there is a list all the same")
			}
		})
	}
}

func emptyNextUpdate(list string) string {
	from, to := strings.Index(list, "<NextUpdate>"), strings.Index(list, "</NextUpdate>")
	return list[:from] + "<NextUpdate>" + list[to:]
}

func TestWithoutASignerEveryListIsRefused(t *testing.T) {
	for name, signers := range map[string][]*x509.Certificate{"none": nil, "nil": {nil}, "the authority in the list": {pki.CA()}} {
		if _, err := trustlist.Parse(pki.SignedTrustedList(testpki.ListOptions{}), trustlist.Options{Signers: signers}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestASignerWhoseCertificateHasExpiredIsRefused(t *testing.T) {
	o := options()
	o.Now = func() time.Time { return o.Signers[0].NotAfter.Add(time.Hour) }
	_, err := trustlist.Parse(pki.SignedTrustedList(testpki.ListOptions{NextUpdate: o.Now().AddDate(1, 0, 0)}), o)
	if wantError(t, err, trustlist.ErrSignature); !strings.Contains(err.Error(), "was valid until") {
		t.Errorf("%v", err)
	}
}

func TestASignerMayBeReplaced(t *testing.T) {
	o := options()
	o.Signers = append(o.Signers, pki.ListSigner(testpki.NextSchemeOperator))
	for i, by := range []testpki.ListSigner{testpki.SchemeOperator, testpki.NextSchemeOperator} {
		l, err := trustlist.Parse(pki.SignedTrustedList(testpki.ListOptions{SignedBy: by}), o)
		if err != nil || !l.Signer.Equal(o.Signers[i]) {
			t.Errorf("signer %d: %v", by, err)
		}
	}
}

func TestAListInOrderGivesTheAuthoritiesThatIssueCNS(t *testing.T) {
	for _, byURI := range []bool{false, true} {
		l, err := trustlist.Parse(pki.SignedTrustedList(testpki.ListOptions{Sequence: 42, ByURI: byURI}), options())
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Authorities) != 1 || !l.Authorities[0].Certificate.Equal(pki.CA()) {
			t.Fatalf("authorities %v", names(l.Authorities))
		}
		if a := l.Authorities[0]; a.Service != testpki.RegionCAName || a.Provider != "Prova S.p.A." {
			t.Errorf("%q of %q", a.Service, a.Provider)
		}
		if l.Territory != "IT" || l.Sequence != 42 || l.Skipped != 0 || !l.NextUpdate.After(l.Issued) {
			t.Errorf("%+v", l)
		}
	}
}

func TestServicesAndCertificatesThatDoNotCountAreLeftOut(t *testing.T) {
	service := func(kind, status, name string) testpki.ListService {
		return testpki.ListService{Type: kind, Status: status, Name: name, Certificates: []*x509.Certificate{authority(t, name, nil)}}
	}
	withdrawn := service(testpki.ServiceIdV, testpki.StatusWithdrawn, "withdrawn")
	withdrawn.History = testpki.StatusRecognised
	again := service(testpki.ServiceIdV, testpki.StatusRecognised, "again")
	again.History = testpki.StatusWithdrawn
	person, _ := pki.Issue(testpki.LeafOptions{})
	twice := authority(t, "twice", nil)
	list := pki.SignedTrustedList(testpki.ListOptions{Services: []testpki.ListService{
		service(testpki.ServiceIdV, testpki.StatusDeprecatedNation, "deprecated"),
		service(testpki.ServiceIdV, testpki.StatusGranted, "granted"),
		service(testpki.ServiceIdV, testpki.StatusRecognised+"/", "recognised, almost"),
		service(testpki.ServiceIdV+"/nothavingPKIid", testpki.StatusRecognised, "another IdV"),
		service(testpki.ServiceCAQC, testpki.StatusRecognised, "qualified"),
		withdrawn, again,
		idv("a person", person),
		idv("no authority", authority(t, "no authority", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false })),
		idv("expired", authority(t, "expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })),
		idv("not a certificate", &x509.Certificate{Raw: []byte("not a certificate")}),
		idv("twice", twice), idv("twice, again", twice),
		idv("two", authority(t, "two", nil), authority(t, "two, renewed", nil)),
	}})
	l, err := trustlist.Parse(list, options())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(names(l.Authorities)), fmt.Sprint([]string{"again", "twice", "two", "two"}); got != want {
		t.Errorf("authorities %s, not %s", got, want)
	}
	if l.Skipped != 4 {
		t.Errorf("%d skipped, not 4", l.Skipped)
	}
	if l.Qualified != nil || l.Time != nil {
		t.Errorf("for documents: %s, %s", names(l.Qualified), names(l.Time))
	}
}

func TestEachKindOfServiceIsForItsOwnPurpose(t *testing.T) {
	service := func(kind, status, name string) testpki.ListService {
		return testpki.ListService{Type: kind, Status: status, Name: name, Certificates: []*x509.Certificate{authority(t, name, nil)}}
	}
	both := authority(t, "both", nil)
	withdrawn := service(testpki.ServiceCAQC, testpki.StatusWithdrawn, "withdrawn")
	withdrawn.History = testpki.StatusGranted
	list := pki.SignedTrustedList(testpki.ListOptions{Services: []testpki.ListService{
		idv("cards", both),
		service(testpki.ServiceCAQC, testpki.StatusGranted, "signatures"),
		{Type: testpki.ServiceCAQC, Status: testpki.StatusGranted, Name: "the same key", Certificates: []*x509.Certificate{both}},
		service(testpki.ServiceTime, testpki.StatusGranted, "time"),
		service(testpki.ServiceTime, testpki.StatusRecognised, "time, not granted"),
		withdrawn,
	}})
	l, err := trustlist.Parse(list, options())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(names(l.Authorities), names(l.Qualified), names(l.Time)); got != "[cards] [signatures the same key] [time]" {
		t.Error(got)
	}
}

func TestOnlyThoseWhoIssueCardsAreTrustedForALogin(t *testing.T) {
	signatures := authority(t, "signatures", nil)
	file := write(t, "list.xml", pki.SignedTrustedList(testpki.ListOptions{Services: []testpki.ListService{
		idv("cards", pki.CA()),
		{Type: testpki.ServiceCAQC, Status: testpki.StatusGranted, Name: "signatures", Certificates: []*x509.Certificate{signatures}},
	}}))
	store, err := trustlist.OpenStore(trustlist.StoreOptions{Options: options(), Path: filepath.Join(t.TempDir(), "kept"), File: file})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	only := x509.NewCertPool()
	only.AddCert(pki.CA())
	if !store.TrustAnchors().Equal(only) || len(store.List().Qualified) != 1 {
		t.Error("an authority for signatures is trusted for logins, or none was read")
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	good := pki.SignedTrustedList(testpki.ListOptions{})
	head, rest, _ := bytes.Cut(good, []byte("<TrustServiceStatusList"))
	withDoctype := func(doctype string) []byte {
		return joined(head, []byte(doctype), []byte("<TrustServiceStatusList"), rest)
	}
	inside := func(text string) []byte { return bytes.Replace(good, []byte("Prova S.p.A."), []byte(text), 1) }
	bomb := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	for name, c := range map[string]struct {
		list []byte
		want error
	}{
		"nothing":                     {nil, trustlist.ErrFormat},
		"garbage":                     {[]byte("\x00\x01\x02 garbage"), trustlist.ErrFormat},
		"text":                        {[]byte("Regione Prova"), trustlist.ErrFormat},
		"a web page":                  {[]byte("<html><body>404</body></html>"), trustlist.ErrFormat},
		"not signed":                  {pki.TrustedList(), trustlist.ErrUnsigned},
		"a DOCTYPE":                   {withDoctype(`<!DOCTYPE TrustServiceStatusList>`), trustlist.ErrFormat},
		"a DOCTYPE from elsewhere":    {withDoctype(`<!DOCTYPE l SYSTEM "http://127.0.0.1/l.dtd">`), trustlist.ErrFormat},
		"an entity bomb":              {bytes.Replace(withDoctype(bomb), []byte("Prova S.p.A."), []byte("&c;"), 1), trustlist.ErrFormat},
		"an entity that names a file": {bytes.Replace(withDoctype(`<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>`), []byte("Prova S.p.A."), []byte("&x;"), 1), trustlist.ErrFormat},
		"an entity that nobody knows": {inside("&x;"), trustlist.ErrFormat},
		"another encoding":            {bytes.Replace(good, []byte("UTF-8"), []byte("UTF-16"), 1), trustlist.ErrFormat},
		"bytes that are not UTF-8":    {inside("\xff"), trustlist.ErrFormat},
		"something after the end":     {append(bytes.Clone(good), "<more></more>"...), trustlist.ErrFormat},
		"text after the end":          {append(bytes.Clone(good), "more"...), trustlist.ErrFormat},
		"an attribute twice":          {bytes.Replace(good, []byte(` Id="`), []byte(` Id="x" Id="`), 1), trustlist.ErrFormat},
		"deep nesting":                {inside(strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000)), trustlist.ErrTooLarge},
		"more elements than any list": {inside(strings.Repeat("<a/>", 900_000)), trustlist.ErrTooLarge},
		"more attributes than any":    {inside(strings.Repeat(`<a b="" c="" d=""/>`, 200_000)), trustlist.ErrTooLarge},
		"an element with many":        {inside("<a" + manyAttributes(65) + "/>"), trustlist.ErrTooLarge},
		"more than 20 MB":             {inside(strings.Repeat("x", trustlist.MaxSize)), trustlist.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := trustlist.Parse(c.list, options())
			if wantError(t, err, c.want); l != nil {
				t.Error("there is a list all the same")
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestAListCutOffAnywhereIsRefused(t *testing.T) {
	good := pki.SignedTrustedList(testpki.ListOptions{})
	for end := 0; end < len(good)-1; end += 1 + end/40 {
		if _, err := trustlist.Parse(good[:end], options()); err == nil {
			t.Errorf("accepted %d of %d bytes", end, len(good))
		}
	}
}

func TestAListWithOneByteChangedIsRefused(t *testing.T) {
	good := pki.SignedTrustedList(testpki.ListOptions{})
	end := bytes.Index(good, []byte("<ds:Object>")) // what the signature says of itself, as its time, is not relied on
	want := base64.StdEncoding.EncodeToString(pki.CA().Raw)
	unused := bytes.Index(good, []byte(" xmlns:ns4")) // a declaration that exclusive canonicalisation leaves out
	for i := bytes.IndexByte(good, '\n') + 1; i < end; i += 13 {
		if i >= unused && i < bytes.Index(good, []byte(" Id=")) {
			continue
		}
		bent := bytes.Clone(good)
		bent[i] ^= 1
		l, err := trustlist.Parse(bent, options())
		if err != nil {
			continue
		}
		// White space inside base64 or a tag says the same as before; no other change may pass.
		if got := base64.StdEncoding.EncodeToString(l.Authorities[0].Certificate.Raw); got != want || len(l.Authorities) != 1 || !bytes.ContainsAny(good[i:i+1], " \n") {
			t.Errorf("byte %d, %q, may be changed to %q", i, good[i-5:i+5], bent[i])
		}
	}
}

// TestALargeListIsRead measures what 10 MB cost.
func TestALargeListIsRead(t *testing.T) {
	one := authority(t, "one", nil)
	per := base64.StdEncoding.EncodedLen(len(one.Raw)) + 600
	var services []testpki.ListService
	for i := range (10 << 20) / per {
		services = append(services, testpki.ListService{Type: testpki.ServiceCAQC, Status: testpki.StatusGranted, Name: fmt.Sprint("service ", i), Certificates: []*x509.Certificate{one}})
	}
	list := pki.SignedTrustedList(testpki.ListOptions{Services: append(services, idv("one", one))})
	if len(list) < 9<<20 || len(list) > 12<<20 {
		t.Fatalf("%d bytes", len(list))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	l, err := trustlist.Parse(list, options())
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	t.Logf("%d MB, %d services: %v, %d MB allocated", len(list)>>20, len(services)+1, time.Since(start).Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
	if len(l.Authorities) != 1 {
		t.Errorf("%d authorities", len(l.Authorities))
	}
}

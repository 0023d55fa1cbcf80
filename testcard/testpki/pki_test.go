// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard/holder"
)

var pki = New()

func verify(cert *x509.Certificate) error {
	roots := x509.NewCertPool()
	roots.AddCert(pki.CA())
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err
}

func TestCertificatesThatAVerifierMustRefuse(t *testing.T) {
	for name, o := range map[string]LeafOptions{
		"one that has expired":                     {Validity: Expired},
		"one that is not yet valid":                {Validity: NotYetValid},
		"one of a CA that is not trusted":          {SignedBy: OtherCA},
		"one that names the CA but was not signed": {SignedBy: Forger},
		"one whose usages leave out client login":  {Usage: ServerAuthOnly},
	} {
		t.Run(name, func(t *testing.T) {
			cert, _ := pki.Issue(o)
			if err := verify(cert); err == nil {
				t.Error("crypto/x509 accepts it")
			}
		})
	}
}

func TestAForgedLeafNamesTheTrustedCA(t *testing.T) {
	cert, _ := pki.Issue(LeafOptions{SignedBy: Forger})
	if !bytes.Equal(cert.RawIssuer, pki.CA().RawSubject) || !bytes.Equal(cert.AuthorityKeyId, pki.CA().SubjectKeyId) {
		t.Errorf("issuer %v", cert.Issuer)
	}
}

func TestTheDefaultLeafHasTheProfileOfTheCNS(t *testing.T) {
	cert, key := pki.Issue(LeafOptions{})
	if err := verify(cert); err != nil {
		t.Fatal(err)
	}
	if n := len(cert.Raw); n < 1250 || n > 1400 {
		t.Errorf("it has %d bytes, not 1250-1400", n)
	}
	if !key.PublicKey.Equal(cert.PublicKey) || key.N.BitLen() != 2048 {
		t.Error("the key is not that of the certificate")
	}
	if cert.Subject.CommonName != holder.Giada().CommonName() || len(cert.Subject.CommonName) != 62 {
		t.Errorf("common name %q", cert.Subject.CommonName)
	}
	order := []string{"2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3", "2.5.4.42", "2.5.4.4"}
	for i, attribute := range cert.Subject.Names {
		if attribute.Type.String() != order[i] {
			t.Errorf("attribute %d of the subject is %v", i, attribute.Type)
		}
	}
	if cert.KeyUsage != x509.KeyUsageDigitalSignature || !critical(cert, "2.5.29.15") {
		t.Errorf("key usage %v", cert.KeyUsage)
	}
	if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("extended key usage %v", cert.ExtKeyUsage)
	}
	if len(cert.PolicyIdentifiers) != 1 || cert.PolicyIdentifiers[0].String() != "1.3.76.16.2.1" {
		t.Errorf("policies %v", cert.PolicyIdentifiers)
	}
	if !bytes.Contains(cert.Raw, []byte(userNotice)) {
		t.Error("no user notice")
	}
	if len(cert.SubjectKeyId) == 0 || !bytes.Equal(cert.AuthorityKeyId, pki.CA().SubjectKeyId) {
		t.Error("key identifiers")
	}
	if cert.CRLDistributionPoints[0] != DefaultCRLURL || cert.OCSPServer[0] != DefaultOCSPURL {
		t.Errorf("addresses %v %v", cert.CRLDistributionPoints, cert.OCSPServer)
	}
}

func TestTheVariantsDifferOnlyInWhatTheySay(t *testing.T) {
	accented, slashed, omocodia := holder.Accented(), holder.Slashed(), holder.Omocodia()
	for name, c := range map[string]struct {
		options LeafOptions
		holds   func(*x509.Certificate) bool
	}{
		"keyEncipherment": {LeafOptions{KeyEncipherment: true}, func(c *x509.Certificate) bool {
			return c.KeyUsage&x509.KeyUsageKeyEncipherment != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature != 0
		}},
		"nonRepudiation":    {LeafOptions{NonRepudiation: true}, func(c *x509.Certificate) bool { return c.KeyUsage == x509.KeyUsageContentCommitment }},
		"no policy":         {LeafOptions{Policy: PolicyNone}, func(c *x509.Certificate) bool { return len(c.PolicyIdentifiers) == 0 }},
		"another policy":    {LeafOptions{Policy: PolicyOther}, func(c *x509.Certificate) bool { return len(c.PolicyIdentifiers) == 1 }},
		"Lombardy's policy": {LeafOptions{Policy: PolicyLombardy}, func(c *x509.Certificate) bool { return c.PolicyIdentifiers[0].String() == "1.3.159.6.1.3.2.10" }},
		"the CIE's policy":  {LeafOptions{Policy: PolicyCIE}, func(c *x509.Certificate) bool { return c.PolicyIdentifiers[0].String() == "1.3.76.47.4" }},
		"no extended usage": {LeafOptions{Usage: NoExtendedUsage}, func(c *x509.Certificate) bool { return len(c.ExtKeyUsage) == 0 }},
		"more usages":       {LeafOptions{Usage: ClientAuthMore}, func(c *x509.Certificate) bool { return len(c.ExtKeyUsage) == 2 && len(c.UnknownExtKeyUsage) == 1 }},
		"RSA-1024":          {LeafOptions{Bits: 1024}, func(c *x509.Certificate) bool { return c.PublicKey.(*rsa.PublicKey).Size() == 128 }},
		"accents":           {LeafOptions{Holder: &accented}, func(c *x509.Certificate) bool { return strings.HasSuffix(string(c.RawSubject), "D'ALÒ") }},
		"a slash":           {LeafOptions{Holder: &slashed}, func(c *x509.Certificate) bool { return strings.Count(c.Subject.CommonName, "/") > 1 }},
		"omocodia":          {LeafOptions{Holder: &omocodia}, func(c *x509.Certificate) bool { return strings.HasPrefix(c.Subject.CommonName, "RSSGPR84S63H50M") }},
		"no addresses":      {LeafOptions{CRLURL: "-", OCSPURL: "-"}, func(c *x509.Certificate) bool { return len(c.CRLDistributionPoints)+len(c.OCSPServer) == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			cert, _ := pki.Issue(c.options)
			if err := verify(cert); err != nil {
				t.Error(err)
			}
			if !c.holds(cert) {
				t.Errorf("subject %v, policies %v, usages %v", cert.Subject, cert.PolicyIdentifiers, cert.ExtKeyUsage)
			}
		})
	}
}

func TestTheRevocationListTellsRevokedFromSuspended(t *testing.T) {
	lost, _ := pki.Issue(LeafOptions{})
	stolen, _ := pki.Issue(LeafOptions{})
	pki.Suspend(lost)
	pki.Revoke(stolen)
	list, err := x509.ParseRevocationList(pki.CRL())
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(pki.CA()); err != nil {
		t.Error(err)
	}
	reasons := map[string]int{}
	for _, e := range list.RevokedCertificateEntries {
		reasons[e.SerialNumber.String()] = e.ReasonCode
	}
	if reasons[lost.SerialNumber.String()] != ReasonCertificateHold || reasons[stolen.SerialNumber.String()] != ReasonKeyCompromise {
		t.Errorf("reasons %v", reasons)
	}
}

func TestAPKIInADirectoryKeepsItsKeysToItself(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !first.CA().Equal(second.CA()) || !first.OtherCA().Equal(second.OtherCA()) {
		t.Error("the CA changed")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 6 {
		t.Errorf("files %v", files)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}

func TestADirectoryWithADamagedKeyIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.key"), []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "ca.key") {
		t.Errorf("error %v", err)
	}
}

func TestTheTrustedListHasOneServiceThatIssuesCNS(t *testing.T) {
	var list struct {
		Services []struct {
			Type        string `xml:"ServiceInformation>ServiceTypeIdentifier"`
			Certificate []byte `xml:"ServiceInformation>ServiceDigitalIdentity>DigitalId>X509Certificate"`
		} `xml:"TrustServiceProviderList>TrustServiceProvider>TSPServices>TSPService"`
	}
	if err := xml.Unmarshal(pki.TrustedList(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Services) != 2 || list.Services[0].Type != serviceIdV || list.Services[1].Type == serviceIdV {
		t.Errorf("services %v", list.Services)
	}
}

func critical(cert *x509.Certificate, id string) bool {
	for _, e := range cert.Extensions {
		if e.Id.String() == id {
			return e.Critical
		}
	}
	return false
}

// SPDX-License-Identifier: BSD-3-Clause

package trustlist

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/beevik/etree"
)

// Why a list is refused. The error of Parse wraps one of them.
var (
	ErrTooLarge  = errors.New("larger than a trusted list may be")
	ErrFormat    = errors.New("not a trusted list")
	ErrUnsigned  = errors.New("the trusted list is not signed")
	ErrSignature = errors.New("the signature of the trusted list is not good")
	ErrTerritory = errors.New("the trusted list of another territory")
	ErrExpired   = errors.New("the trusted list has expired")
	ErrEmpty     = errors.New("the trusted list names no authority")
	ErrAddress   = errors.New("not an address of a trusted list")
	ErrOlder     = errors.New("the trusted list is older than the one at hand")
)

// Of ETSI TS 119 612: namespace (annex C), type and status of services (D.4.3 and D.5.3).
const (
	namespace        = "http://uri.etsi.org/02231/v2#"
	typeIdV          = "http://uri.etsi.org/TrstSvc/Svctype/IdV"
	statusRecognised = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"
	typeQualified    = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	typeTime         = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
	statusGranted    = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// clockSkew is by how much the clock of whoever issues the list may be ahead of ours.
const clockSkew = time.Hour

// Options say whose list is read. Signers is needed.
type Options struct {
	// Signers are the certificates with which the list may be signed; several during a rollover. They come from a
	// source that is trusted, as the European list of lists: never from the list itself.
	Signers []*x509.Certificate
	// Territory is the SchemeTerritory of the list. Empty: IT.
	Territory string
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Territory == "" {
		o.Territory = "IT"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// List is a trusted list whose signature was checked.
type List struct {
	Territory   string
	Sequence    int64 // grows with each issue
	Issued      time.Time
	NextUpdate  time.Time
	Signer      *x509.Certificate // one of Options.Signers
	Authorities []Authority       // those that issue CNS cards, in the order of the list
	Qualified   []Authority       // those that issue certificates for qualified signatures: for documents, never for a login
	Time        []Authority       // those that issue qualified time stamps
	Skipped     int               // certificates of the right services that were left out; see the package

	sum [sha256.Size]byte // of the bytes of the list
}

// Authority is a service of the list that counts now.
type Authority struct {
	Certificate *x509.Certificate
	Provider    string // who runs it, as "ArubaPEC S.p.A."; at most 200 characters
	Service     string // as "Regione X - CA Cittadini"; at most 200 characters
}

// Parse reads a list and checks it, see the package.
func Parse(b []byte, o Options) (*List, error) {
	l, err := read(b, o.withDefaults())
	if err != nil {
		return nil, err
	}
	if err := l.current(o.withDefaults().Now()); err != nil {
		return nil, err
	}
	return l, nil
}

// current says whether the list may be used at that time.
func (l *List) current(now time.Time) error {
	if !now.Before(l.NextUpdate) {
		return fmt.Errorf("%w: a new one was due on %s", ErrExpired, l.NextUpdate.Format(time.RFC3339))
	}
	if len(l.Authorities) == 0 {
		return fmt.Errorf("%w of type IdV that is recognised at national level", ErrEmpty)
	}
	return nil
}

// read does everything but ask whether the list is still good.
func read(b []byte, o Options) (*List, error) {
	if len(o.Signers) == 0 {
		return nil, errors.New("no certificate of a signer: every trusted list would be refused")
	}
	if err := inspect(b); err != nil {
		return nil, err
	}
	root, signer, err := verify(b, o)
	if err != nil {
		return nil, err
	}
	l := &List{Signer: signer, sum: sha256.Sum256(b)}
	if err := l.readScheme(root, o); err != nil {
		return nil, err
	}
	l.readServices(root, o.Now())
	return l, nil
}

func (l *List) readScheme(root *etree.Element, o Options) error {
	scheme := child(root, "SchemeInformation")
	switch v := text(scheme, "TSLVersionIdentifier"); v {
	case "5", "6": // TS 119 612 V2.1.1 to V2.3.1, and V2.4.1
	default:
		return fmt.Errorf("%w: version %.10q", ErrFormat, v)
	}
	l.Territory = text(scheme, "SchemeTerritory")
	if l.Territory != o.Territory {
		return fmt.Errorf("%w: %.10q, not %s", ErrTerritory, l.Territory, o.Territory)
	}
	var err error
	if l.Sequence, err = strconv.ParseInt(text(scheme, "TSLSequenceNumber"), 10, 64); err != nil || l.Sequence < 1 {
		return fmt.Errorf("%w: sequence number %.20q", ErrFormat, text(scheme, "TSLSequenceNumber"))
	}
	if l.Issued, err = time.Parse(time.RFC3339, text(scheme, "ListIssueDateTime")); err != nil {
		return fmt.Errorf("%w: date of issue %.40q", ErrFormat, text(scheme, "ListIssueDateTime"))
	}
	if l.Issued.After(o.Now().Add(clockSkew)) {
		return fmt.Errorf("%w: issued in the future, on %s", ErrFormat, l.Issued.Format(time.RFC3339))
	}
	next := text(child(scheme, "NextUpdate"), "dateTime")
	if next == "" {
		return fmt.Errorf("%w: it is closed, or does not say until when it is good", ErrExpired)
	}
	if l.NextUpdate, err = time.Parse(time.RFC3339, next); err != nil {
		return fmt.Errorf("%w: date of the next update %.40q", ErrFormat, next)
	}
	return nil
}

// readServices takes the certificates of the services that count. ServiceHistory is not looked at.
func (l *List) readServices(root *etree.Element, now time.Time) {
	kinds := map[[2]string]*[]Authority{
		{typeIdV, statusRecognised}:    &l.Authorities,
		{typeQualified, statusGranted}: &l.Qualified,
		{typeTime, statusGranted}:      &l.Time,
	}
	seen := map[*[]Authority]map[[sha256.Size]byte]bool{&l.Authorities: {}, &l.Qualified: {}, &l.Time: {}}
	for _, provider := range children(child(root, "TrustServiceProviderList"), "TrustServiceProvider") {
		name := localName(child(child(provider, "TSPInformation"), "TSPName"))
		for _, service := range children(child(provider, "TSPServices"), "TSPService") {
			info := child(service, "ServiceInformation")
			kind := kinds[[2]string{text(info, "ServiceTypeIdentifier"), text(info, "ServiceStatus")}]
			if kind == nil {
				continue
			}
			for _, id := range children(child(info, "ServiceDigitalIdentity"), "DigitalId") {
				encoded := text(id, "X509Certificate")
				if encoded == "" {
					continue // a name or key identifier of the same authority
				}
				cert, err := readAuthority(encoded, now)
				if err != nil {
					l.Skipped++
					continue
				}
				if sum := sha256.Sum256(cert.Raw); !seen[kind][sum] {
					seen[kind][sum] = true
					*kind = append(*kind, Authority{cert, name, localName(child(info, "ServiceName"))})
				}
			}
		}
	}
}

func readAuthority(encoded string, now time.Time) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if !cert.BasicConstraintsValid || !cert.IsCA || now.After(cert.NotAfter) {
		return nil, errors.New("not an authority, or not any more")
	}
	return cert, nil
}

// children are the elements of that name, in the namespace of the list. A nil element has none.
func children(e *etree.Element, tag string) []*etree.Element {
	var found []*etree.Element
	if e != nil {
		for _, c := range e.ChildElements() {
			if c.Tag == tag && c.NamespaceURI() == namespace {
				found = append(found, c)
			}
		}
	}
	return found
}

// child is the only element of that name; nil when there is none, or more than one, which would leave open which counts.
func child(e *etree.Element, tag string) *etree.Element {
	if all := children(e, tag); len(all) == 1 {
		return all[0]
	}
	return nil
}

// text is what the child of that name holds, without the space around it.
func text(e *etree.Element, tag string) string {
	if c := child(e, tag); c != nil && len(c.ChildElements()) == 0 {
		return strings.TrimSpace(c.Text())
	}
	return ""
}

// localName takes the Italian name, else the first.
func localName(names *etree.Element) string {
	best := ""
	for _, n := range children(names, "Name") {
		if lang := n.SelectAttrValue("xml:lang", ""); best == "" || strings.EqualFold(lang, "it") {
			best = n.Text()
		}
	}
	return readable(best)
}

// readable makes a name fit to be shown: at most 200 characters, no control or format characters.
func readable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	return s
}

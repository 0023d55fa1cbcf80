// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Service types and status of the Italian trusted list (cns-card.md C).
const (
	serviceIdV   = "http://uri.etsi.org/TrstSvc/Svctype/IdV"
	serviceCAQC  = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	statusNation = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"
	statusGrant  = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// Service types and status for ListService.
const (
	ServiceIdV             = serviceIdV
	ServiceCAQC            = serviceCAQC
	ServiceTime            = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
	StatusRecognised       = statusNation
	StatusGranted          = statusGrant
	StatusWithdrawn        = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
	StatusDeprecatedNation = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/deprecatedatnationallevel"
)

// ListService is a service of a trusted list.
type ListService struct {
	Type, Status, Name string
	Certificates       []*x509.Certificate
	History            string // a status that it had before; "": none
}

// Services are the two of a list by default: CA as a service of type IdV, which
// issues CNS, and OtherCA as a service of another type, which a portal must not
// take.
func (p *PKI) Services() []ListService {
	return []ListService{
		{Type: serviceIdV, Status: statusNation, Name: RegionCAName, Certificates: []*x509.Certificate{p.CA()}},
		{Type: serviceCAQC, Status: statusGrant, Name: OtherCAName, Certificates: []*x509.Certificate{p.OtherCA()}},
	}
}

// TrustedList is a small list in the format of TSL-IT.xml (ETSI TS 119 612)
// with the services of Services. It is not signed, as the real one is: see
// SignedTrustedList.
func (p *PKI) TrustedList() []byte {
	return []byte(xmlDeclaration + p.listText(ListOptions{}))
}

const (
	xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	listEnd        = "</TrustServiceStatusList>"
)

// listText is the element of the list in canonical form (exclusive
// canonicalisation), without a signature.
func (p *PKI) listText(o ListOptions) string {
	o = o.withDefaults(p)
	var b strings.Builder
	fmt.Fprintf(&b, `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="%s" TSLTag="http://uri.etsi.org/19612/TSLTag">
  <SchemeInformation>
    <TSLVersionIdentifier>5</TSLVersionIdentifier>
    <TSLSequenceNumber>%d</TSLSequenceNumber>
    <TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
    <SchemeTerritory>%s</SchemeTerritory>
    <ListIssueDateTime>%s</ListIssueDateTime>
    <NextUpdate><dateTime>%s</dateTime></NextUpdate>
  </SchemeInformation>
  <TrustServiceProviderList>
    <TrustServiceProvider>
      <TSPInformation><TSPName><Name xml:lang="en">Prova plc</Name><Name xml:lang="it">Prova S.p.A.</Name></TSPName></TSPInformation>
      <TSPServices>
`, listID, o.Sequence, o.Territory, o.Issued.UTC().Format(time.RFC3339), o.NextUpdate.UTC().Format(time.RFC3339))
	for _, s := range o.Services {
		s.write(&b)
	}
	b.WriteString("      </TSPServices>\n    </TrustServiceProvider>\n  </TrustServiceProviderList>\n" + listEnd)
	return b.String()
}

func (s ListService) write(b *strings.Builder) {
	b.WriteString("        <TSPService><ServiceInformation>\n")
	fmt.Fprintf(b, "          <ServiceTypeIdentifier>%s</ServiceTypeIdentifier>\n", s.Type)
	fmt.Fprintf(b, "          <ServiceName><Name xml:lang=\"it\">%s</Name></ServiceName>\n", s.Name)
	b.WriteString("          <ServiceDigitalIdentity>")
	for _, c := range s.Certificates {
		fmt.Fprintf(b, "<DigitalId><X509Certificate>%s</X509Certificate></DigitalId>", base64.StdEncoding.EncodeToString(c.Raw))
	}
	b.WriteString("</ServiceDigitalIdentity>\n")
	fmt.Fprintf(b, "          <ServiceStatus>%s</ServiceStatus>\n", s.Status)
	b.WriteString("        </ServiceInformation>")
	if s.History != "" {
		fmt.Fprintf(b, "<ServiceHistory><ServiceHistoryInstance><ServiceTypeIdentifier>%s</ServiceTypeIdentifier><ServiceStatus>%s</ServiceStatus></ServiceHistoryInstance></ServiceHistory>", s.Type, s.History)
	}
	b.WriteString("</TSPService>\n")
}

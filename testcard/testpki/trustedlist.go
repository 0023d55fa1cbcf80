// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Service types and status of the Italian trusted list (cns-card.md C).
const (
	serviceIdV   = "http://uri.etsi.org/TrstSvc/Svctype/IdV"
	serviceCAQC  = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	statusNation = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"
	statusGrant  = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
)

// TrustedList is a small list in the format of TSL-IT.xml (ETSI TS 119 612):
// CA as a service of type IdV, which issues CNS, and OtherCA as a service of
// another type, which a portal must not take. It is not signed, as the real one
// is.
func (p *PKI) TrustedList() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" TSLTag="http://uri.etsi.org/19612/TSLTag">
  <SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><SchemeTerritory>IT</SchemeTerritory></SchemeInformation>
  <TrustServiceProviderList>
    <TrustServiceProvider>
      <TSPInformation><TSPName><Name xml:lang="it">Prova S.p.A.</Name></TSPName></TSPInformation>
      <TSPServices>
%s%s      </TSPServices>
    </TrustServiceProvider>
  </TrustServiceProviderList>
</TrustServiceStatusList>
`,
		service(serviceIdV, statusNation, RegionCAName, p.CA().Raw),
		service(serviceCAQC, statusGrant, OtherCAName, p.OtherCA().Raw))
}

func service(kind, status, name string, der []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "        <TSPService><ServiceInformation>\n")
	fmt.Fprintf(&b, "          <ServiceTypeIdentifier>%s</ServiceTypeIdentifier>\n", kind)
	fmt.Fprintf(&b, "          <ServiceName><Name xml:lang=\"it\">%s</Name></ServiceName>\n", name)
	fmt.Fprintf(&b, "          <ServiceDigitalIdentity><DigitalId><X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity>\n",
		base64.StdEncoding.EncodeToString(der))
	fmt.Fprintf(&b, "          <ServiceStatus>%s</ServiceStatus>\n", status)
	fmt.Fprintf(&b, "        </ServiceInformation></TSPService>\n")
	return b.String()
}

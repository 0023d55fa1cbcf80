// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of TLS client authentication, where a program asks and no site is known, with their placeholders.
const (
	TLSTitle   Text = "tls.title"   // Name
	TLSProgram Text = "tls.program" // Path
	TLSAction  Text = "tls.action"
	TLSAdvice  Text = "tls.advice"
	TLSHurry   Text = "tls.hurry"
	TLSHeading Text = "tls.heading" // Name
	TLSOK      Text = "tls.ok"
	TLSClose   Text = "tls.close"
	TLSLate    Text = "tls.late"
	TLSFailed  Text = "tls.failed"

	TLSFlag         Text = "tls.flag"
	TLSFlagModule   Text = "tls.flag-module"
	TLSCloseFirst   Text = "tls.close-first"
	TLSNeedsModutil Text = "tls.needs-modutil"
)

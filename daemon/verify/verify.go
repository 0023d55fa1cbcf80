// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/protocol"
)

// verification is what `ponte verify --json` prints.
type verification struct {
	Valid      bool          `json:"valid"`
	Reason     portal.Reason `json:"reason,omitempty"`
	Detail     string        `json:"detail,omitempty"`
	FiscalCode string        `json:"fiscalCode,omitempty"`
	Name       string        `json:"name,omitempty"`
	Surname    string        `json:"surname,omitempty"`
	CardNumber string        `json:"cardNumber,omitempty"`
	Issuer     string        `json:"issuer,omitempty"`
	Revocation string        `json:"revocation,omitempty"` // off, good or unavailable
	Error      *cli.Failure  `json:"error,omitempty"`      // of a token that is refused, as every command's
}

// What verification.Revocation says of a token that is valid.
const (
	revocationOff         = "off"         // nobody was asked
	revocationGood        = "good"        // the authority says so
	revocationUnavailable = "unavailable" // the authority gave no answer, and --revocation soft lets that pass
)

type verifyFlags struct {
	authorities
	site, nonce, revocation  string
	allow1024, allowLoopback bool
}

func verifyCommand(w *words.Words) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use: "verify", Short: w.T(words.CLIVerify, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			asked := revocationOff
			o, verifier, err := f.prepare(w, &asked)
			if err != nil {
				return err
			}
			token, err := io.ReadAll(io.LimitReader(c.InOrStdin(), protocol.MaxRequest))
			if err != nil {
				return fmt.Errorf("reading the token: %w", err)
			}
			id, err := verifier.Verify(c.Context(), token, o, f.nonce)
			return printVerification(c, w, id, asked, err)
		},
	}
	c.Flags().StringVar(&f.site, "origin", "", w.T(words.CLIFlagOrigin, nil))
	c.Flags().StringVar(&f.nonce, "nonce", "", w.T(words.CLIFlagNonce, nil))
	c.Flags().StringVar(&f.trust, "trust", "", w.T(words.CLIFlagTrust, nil))
	c.Flags().BoolVar(&f.list, "trust-list", false, w.T(words.CLIFlagTrustList, nil))
	c.Flags().StringVar(&f.revocation, "revocation", "soft", w.T(words.CLIFlagRevocation, nil))
	c.Flags().BoolVar(&f.allow1024, "allow-rsa1024", false, w.T(words.CLIFlagAllow1024, nil))
	c.Flags().BoolVar(&f.allowLoopback, "allow-localhost", false, w.T(words.CLIFlagAllowLocalhost, nil))
	cli.WantsJSON(c, w)
	return c
}

// prepare reads the flags. When the verifier has asked the authority, it says in *asked what came of it.
func (f verifyFlags) prepare(w *words.Words, asked *string) (protocol.Origin, *portal.Verifier, error) {
	origin, err := cli.ParseSite(f.site)
	if err != nil {
		return origin, nil, err
	}
	o := portal.Options{AllowRSA1024: f.allow1024, AllowInsecureLocalhost: f.allowLoopback}
	ask := revocation.Options{AllowLoopback: f.allowLoopback}
	switch f.revocation {
	case "off":
	case "soft":
		ask.SoftFail, ask.OnSoftFail = true, func(error) { *asked = revocationUnavailable }
		fallthrough
	case "require":
		*asked = revocationGood
		o.Revocation = revocation.New(ask)
	default:
		return origin, nil, cli.OneOf("revocation", f.revocation, revocationOff, "soft", "require")
	}
	if o.TrustAnchors, err = f.anchors(w); err != nil {
		return origin, nil, err
	}
	verifier, err := portal.NewVerifier(o)
	return origin, verifier, err
}

// authorities are those of --trust or --trust-list.
type authorities struct {
	trust string
	list  bool
}

// given says that there is one of the two.
func (a authorities) given() bool { return (a.trust == "") == a.list }

// anchors are those for a login: who issues cards.
func (a authorities) anchors(w *words.Words) ([]*x509.Certificate, error) {
	list, given, err := a.read(w)
	if list == nil {
		return given, err
	}
	return certificatesOf(list.Authorities), nil
}

// forDocuments are those for signatures of documents, and for the time stamps in them.
func (a authorities) forDocuments(w *words.Words) (anchors, times []*x509.Certificate, err error) {
	list, given, err := a.read(w)
	if list == nil {
		return given, given, err
	}
	return certificatesOf(list.Authorities, list.Qualified), certificatesOf(list.Time), nil
}

// read gives the list that is kept, or the certificates of the file.
func (a authorities) read(w *words.Words) (*trustlist.List, []*x509.Certificate, error) {
	if !a.given() {
		return nil, nil, cli.Misused(w.T(words.DocumentsNeedsTrust, nil))
	}
	if a.list {
		list, err := keptList(w)
		return list, nil, err
	}
	given, err := readCertificates(w, a.trust)
	return nil, given, err
}

func certificatesOf(kinds ...[]trustlist.Authority) []*x509.Certificate {
	var all []*x509.Certificate
	for _, authorities := range kinds {
		for _, a := range authorities {
			all = append(all, a.Certificate)
		}
	}
	return all
}

// readCertificates reads a PEM bundle of at most a megabyte.
func readCertificates(w *words.Words, name string) ([]*x509.Certificate, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	bundle, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, err
	}
	certs, err := portal.ParseCertificates(bundle)
	if err != nil {
		return nil, cli.Tell(w.T(words.FailureNoCertificates, words.Data{"File": cli.Printable(name)}), fmt.Errorf("%s: %w", name, err))
	}
	return certs, nil
}

func printVerification(c *cobra.Command, w *words.Words, id portal.Identity, asked string, err error) error {
	v := verification{Valid: err == nil}
	if refusal := (*portal.Refusal)(nil); errors.As(err, &refusal) {
		v.Reason, v.Detail = refusal.Reason, refusal.Detail
		v.Error = &cli.Failure{Code: protocol.InvalidArgument, Message: refusal.Error()}
	} else if err != nil {
		return err
	}
	if v.Valid {
		v.FiscalCode, v.Name, v.Surname = string(id.FiscalCode), id.Name, id.Surname
		v.CardNumber, v.Issuer, v.Revocation = id.CardNumber, id.Authority, asked
	}
	switch {
	case cli.IsJSON(c):
		if err := cli.PrintJSON(c, v); err != nil {
			return err
		}
	case v.Valid:
		c.Println(w.T(words.CLIVerified, words.Data{"Name": v.Name + " " + v.Surname, "FiscalCode": v.FiscalCode, "CardNumber": v.CardNumber, "Issuer": v.Issuer}) + " " + w.T(revocationText(asked), nil))
	default:
		c.Println(w.T(words.CLIRefused, words.Data{"Reason": reasonText(w, v.Reason)}))
		c.Println(w.T(words.FailureDetail, words.Data{"Detail": string(v.Reason) + ": " + cli.Printable(v.Detail)}))
	}
	if !v.Valid {
		return cli.Quiet{Exit: cli.ExitFailed}
	}
	return nil
}

// reasonText says why a token is refused. One that has no words yet is told by its name.
func reasonText(w *words.Words, r portal.Reason) string {
	id := words.Text("failure." + "reason-" + string(r))
	if text := w.T(id, nil); text != string(id) {
		return text
	}
	return string(r)
}

func revocationText(asked string) words.Text {
	switch asked {
	case revocationGood:
		return words.CLIRevocationGood
	case revocationUnavailable:
		return words.CLIRevocationAbsent
	}
	return words.CLIRevocationOff
}

// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/protocol"
)

// documentVerification is what `ponte verify-document --json` prints.
type documentVerification struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
	portal.DocumentSummary
	Revocation string       `json:"revocation,omitempty"` // off, good or unavailable; nothing where a fault says more, or something else is wrong
	NoTrust    bool         `json:"noTrust,omitempty"`    // there is no national list: nobody could vouch for the signers
	Extracted  string       `json:"extracted,omitempty"`  // the file with the document
	Error      *cli.Failure `json:"error,omitempty"`      // of a document that is not good, as every command's
}

type documentFlags struct {
	authorities
	content, extract, timeTrust, revocation string
	allow1024, allowLoopback, acceptOther   bool
}

func verifyDocumentCommand(w *words.Words) *cobra.Command {
	var f documentFlags
	c := &cobra.Command{
		Use: "verify-document " + w.T(words.CLIUsageFile, nil), Short: w.T(words.DocumentsVerify, nil),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Misused(w.T(words.DocumentsOneFile, nil))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, w, args[0]) },
	}
	c.Flags().StringVar(&f.content, "content", "", w.T(words.DocumentsFlagContent, nil))
	c.Flags().StringVar(&f.extract, "extract", "", w.T(words.DocumentsFlagExtract, nil))
	c.Flags().StringVar(&f.trust, "trust", "", w.T(words.DocumentsFlagTrust, nil))
	c.Flags().BoolVar(&f.list, "trust-list", false, w.T(words.CLIFlagTrustList, nil))
	c.Flags().StringVar(&f.timeTrust, "time-trust", "", w.T(words.DocumentsFlagTimeTrust, nil))
	c.Flags().StringVar(&f.revocation, "revocation", "soft", w.T(words.CLIFlagRevocation, nil))
	c.Flags().BoolVar(&f.acceptOther, "accept-other", false, w.T(words.DocumentsFlagOther, nil))
	c.Flags().BoolVar(&f.allow1024, "allow-rsa1024", false, w.T(words.CLIFlagAllow1024, nil))
	c.Flags().BoolVar(&f.allowLoopback, "allow-localhost", false, w.T(words.DocumentsFlagLocalhost, nil))
	cli.WantsJSON(c, w)
	return c
}

func (f documentFlags) run(c *cobra.Command, w *words.Words, name string) error {
	asked := &askedAuthorities{}
	trust, noList, err := f.makeTrust(w, asked)
	if err != nil {
		return err
	}
	if f.extract != "" {
		if _, err := os.Lstat(f.extract); err == nil { // before anybody waits for the verification
			return cli.Tell(w.T(words.DocumentsExists, words.Data{"File": f.extract}), nil)
		}
	}
	file, err := readDocument(w, name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	v := documentVerification{File: name, SHA256: hex.EncodeToString(sum[:]), NoTrust: noList != nil}
	report, err := f.verify(c.Context(), w, file, trust)
	if errors.Is(err, portal.ErrContentInside) {
		return cli.Misused(w.T(words.DocumentsContentInside, nil))
	}
	if summary, refused := portal.SummarizeRefusal(err, w.Lang()); refused {
		v.DocumentSummary = summary
	} else if err != nil {
		return err
	} else {
		v.DocumentSummary, v.Revocation = report.Summary(w.Lang()), asked.outcome(f.revocation)
	}
	note, err := f.takeOut(w, report, &v)
	if err != nil {
		return err
	}
	return v.print(c, w, note, noList)
}

// verify opens the document of a detached signature, and verifies.
func (f documentFlags) verify(ctx context.Context, w *words.Words, file []byte, trust *document.Trust) (*portal.DocumentReport, error) {
	o := portal.DocumentOptions{Trust: trust, AcceptOther: f.acceptOther}
	if f.content != "" {
		content, err := openDocument(w, f.content)
		if err != nil {
			return nil, err
		}
		defer content.Close()
		o.Content, o.ContentName = content, filepath.Base(f.content)
	}
	return portal.VerifyDocument(ctx, file, o)
}

// takeOut writes the document that is inside, as --extract asks. note says in words why it is not there.
func (f documentFlags) takeOut(w *words.Words, report *portal.DocumentReport, v *documentVerification) (note string, err error) {
	if f.extract == "" || report == nil {
		return "", nil
	}
	err = writeDocument(w, f.extract, report)
	refusal := (*document.Refusal)(nil)
	switch {
	case err == nil:
		v.Extracted = f.extract
		return w.T(words.DocumentsExtracted, words.Data{"File": f.extract}), nil
	case errors.Is(err, portal.ErrNothingInside):
		note = w.T(words.DocumentsNothingInside, nil)
	case errors.As(err, &refusal):
		note = w.T(words.DocumentsNotExtracted, nil)
	default:
		return "", err
	}
	v.Error = &cli.Failure{Code: protocol.InvalidArgument, Message: err.Error()}
	return note, nil
}

// makeTrust reads the flags. Where none says whom to trust it is the list that is kept. noList says in words why that
// cannot be: then nobody is trusted, and all else can still be said of a document.
func (f documentFlags) makeTrust(w *words.Words, asked *askedAuthorities) (trust *document.Trust, noList, err error) {
	o := document.Options{AllowRSA1024: f.allow1024}
	switch f.revocation {
	case revocationOff:
	case "soft", "require":
		asked.checker, asked.soft = revocation.New(revocation.Options{AllowLoopback: f.allowLoopback}), f.revocation == "soft"
		o.Revocation = asked
	default:
		return nil, nil, cli.OneOf("revocation", f.revocation, revocationOff, "soft", "require")
	}
	from := f.authorities
	chosen := from.trust != "" || from.list
	from.list = from.list || !chosen
	o.TrustAnchors, o.TimeAuthorities, err = from.forDocuments(w)
	switch {
	case err != nil && chosen:
		return nil, nil, err
	case err != nil:
		noList, o.Source = err, noAuthorities{}
	}
	if f.timeTrust != "" {
		if o.TimeAuthorities, err = readCertificates(w, f.timeTrust); err != nil {
			return nil, nil, err
		}
	}
	trust, err = document.NewTrust(o)
	return trust, noList, err
}

// noAuthorities trusts nobody.
type noAuthorities struct{}

// TrustAnchors gives none: not nil, which would be those of the system.
func (noAuthorities) TrustAnchors() *x509.CertPool { return x509.NewCertPool() }

// askedAuthorities asks about revocation, and remembers what came of it. Soft: no answer counts as good.
type askedAuthorities struct {
	checker                  document.Revocation
	soft                     bool
	good, unanswered, others int // how often they said that all is well, nothing, or something else
}

// Check makes it a document.Revocation.
func (a *askedAuthorities) Check(ctx context.Context, cert, issuer *x509.Certificate) error {
	err := a.checker.Check(ctx, cert, issuer)
	switch {
	case err == nil:
		a.good++
	case errors.Is(err, revocation.ErrUnavailable) && ctx.Err() == nil:
		a.unanswered++
		if a.soft {
			return nil
		}
	default:
		a.others++
	}
	return err
}

// outcome is what documentVerification.Revocation says.
func (a *askedAuthorities) outcome(flag string) string {
	switch {
	case flag == revocationOff:
		return revocationOff
	case a.unanswered > 0:
		return revocationUnavailable
	case a.good > 0 && a.others == 0:
		return revocationGood
	}
	return "" // a fault says it
}

// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
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
	Revocation string        `json:"revocation,omitempty"` // "unchecked": this version asks no authority
}

type verifyFlags struct{ site, nonce, trust, revocation string }

func verifyCommand(w *words.Words) *cobra.Command {
	var f verifyFlags
	var allow1024, allowLocalhost bool
	c := &cobra.Command{
		Use: "verify", Short: w.T(words.CLIVerify, nil), Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o, verifier, err := f.prepare(portal.Options{AllowRSA1024: allow1024, AllowInsecureLocalhost: allowLocalhost})
			if err != nil {
				return err
			}
			token, err := io.ReadAll(io.LimitReader(c.InOrStdin(), protocol.MaxRequest))
			if err != nil {
				return fmt.Errorf("reading the token: %w", err)
			}
			id, err := verifier.Verify(c.Context(), token, o, f.nonce)
			if err == nil && f.revocation == "require" {
				err = &portal.Refusal{Reason: portal.ReasonRevocation, Detail: "this version asks no authority"}
			}
			return printVerification(c, w, id, err)
		},
	}
	c.Flags().StringVar(&f.site, "origin", "", w.T(words.CLIFlagOrigin, nil))
	c.Flags().StringVar(&f.nonce, "nonce", "", w.T(words.CLIFlagNonce, nil))
	c.Flags().StringVar(&f.trust, "trust", "", w.T(words.CLIFlagTrust, nil))
	c.Flags().StringVar(&f.revocation, "revocation", "soft", w.T(words.CLIFlagRevocation, nil))
	c.Flags().BoolVar(&allow1024, "allow-rsa1024", false, w.T(words.CLIFlagAllow1024, nil))
	c.Flags().BoolVar(&allowLocalhost, "allow-localhost", false, w.T(words.CLIFlagAllowLocalhost, nil))
	wantsJSON(c, w)
	return c
}

func (f verifyFlags) prepare(o portal.Options) (protocol.Origin, *portal.Verifier, error) {
	if !slices.Contains([]string{"off", "soft", "require"}, f.revocation) {
		return protocol.Origin{}, nil, usageError{fmt.Errorf("--revocation %s: use off, soft or require", f.revocation)}
	}
	origin, err := parseSite(f.site)
	if err != nil {
		return origin, nil, err
	}
	if f.trust == "" {
		return origin, nil, usageError{errors.New("--trust: the certificates of the authorities are needed, as PEM")}
	}
	bundle, err := os.ReadFile(f.trust)
	if err != nil {
		return origin, nil, err
	}
	if o.TrustAnchors, err = portal.ParseCertificates(bundle); err != nil {
		return origin, nil, fmt.Errorf("%s: %w", f.trust, err)
	}
	verifier, err := portal.NewVerifier(o)
	return origin, verifier, err
}

func printVerification(c *cobra.Command, w *words.Words, id portal.Identity, err error) error {
	v := verification{Valid: err == nil}
	if refusal := (*portal.Refusal)(nil); errors.As(err, &refusal) {
		v.Reason, v.Detail = refusal.Reason, refusal.Detail
	} else if err != nil {
		return err
	}
	if v.Valid {
		v.FiscalCode, v.Name, v.Surname = string(id.FiscalCode), id.Name, id.Surname
		v.CardNumber, v.Issuer, v.Revocation = id.CardNumber, id.Authority, "unchecked"
	}
	switch {
	case isJSON(c):
		if err := printJSON(c, v); err != nil {
			return err
		}
	case v.Valid:
		c.Println(w.T(words.CLIVerified, words.Data{"Name": v.Name + " " + v.Surname, "FiscalCode": v.FiscalCode, "CardNumber": v.CardNumber, "Issuer": v.Issuer}))
	default:
		c.Println(w.T(words.CLIRefused, words.Data{"Reason": string(v.Reason), "Detail": v.Detail}))
	}
	if !v.Valid {
		return quiet{exitFailed}
	}
	return nil
}

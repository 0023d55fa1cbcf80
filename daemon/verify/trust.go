// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal/trustlist"
)

// The national trusted list and the certificates with which it may be signed are kept in the state directory. The list
// is verified again whenever it is read.
func trustPlaces() (list, signers string, err error) {
	places, err := policy.UserPlaces()
	if err != nil {
		return "", "", err
	}
	dir := filepath.Join(places.State, "trust")
	return filepath.Join(dir, "list.xml"), filepath.Join(dir, "signers.pem"), nil
}

func trustCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "trust", Short: w.T(words.CLITrust, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	var source listSource
	update := &cobra.Command{
		Use: "update", Short: w.T(words.CLITrustUpdate, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return source.update(c, w) },
	}
	update.Flags().StringVar(&source.url, "url", trustlist.ItalianURL, w.T(words.CLIFlagListURL, nil))
	update.Flags().StringVar(&source.file, "file", "", w.T(words.CLIFlagListFile, nil))
	update.Flags().StringVar(&source.signer, "signer", "", w.T(words.CLIFlagSigner, nil))
	cli.WantsJSON(update, w)
	list := &cobra.Command{
		Use: "list", Short: w.T(words.CLITrustList, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return showTrust(c, w) },
	}
	list.Flags().Bool("pem", false, w.T(words.CLIFlagListPEM, nil))
	cli.WantsJSON(list, w)
	c.AddCommand(update, list)
	return c
}

// listSource says where the list comes from, and who signs it.
type listSource struct{ url, file, signer string }

func (s listSource) update(c *cobra.Command, w *words.Words) error {
	if s.file != "" && c.Flags().Changed("url") {
		return cli.NotBoth("url", "file")
	}
	if s.file != "" {
		s.url = ""
	}
	path, kept, err := trustPlaces()
	if err != nil {
		return err
	}
	signers, err := s.signers(w, kept)
	if err != nil {
		return err
	}
	store, err := trustlist.OpenStore(trustlist.StoreOptions{
		Options: trustlist.Options{Signers: signers}, Path: path, URL: s.url, File: s.file,
	})
	if err != nil {
		return err
	}
	change, err := store.Refresh(c.Context())
	if err != nil {
		return ofList(w, err)
	}
	if err := keepSigners(kept, signers); err != nil {
		return fmt.Errorf("remembering who signs the list: %w", err)
	}
	list := store.List()
	if list == nil {
		return ofList(w, trustlist.ErrExpired) // just now
	}
	return printUpdate(c, w, list, change)
}

// signers are those of --signer, else those of the last update.
func (s listSource) signers(w *words.Words, kept string) ([]*x509.Certificate, error) {
	if s.signer != "" {
		return readCertificates(w, s.signer)
	}
	signers, err := readCertificates(w, kept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Misused(w.T(words.FailureListSigner, nil))
	}
	return signers, err
}

// ofList says in words why a list is not used.
func ofList(w *words.Words, err error) error {
	text := words.FailureListUnreachable
	var file *fs.PathError
	switch {
	case errors.As(err, &file), errors.Is(err, context.Canceled): // said elsewhere
		return err
	case errors.Is(err, trustlist.ErrAddress):
		text = words.FailureListAddress
	case errors.Is(err, trustlist.ErrSignature), errors.Is(err, trustlist.ErrUnsigned):
		text = words.FailureListForged
	case errors.Is(err, trustlist.ErrOlder):
		text = words.FailureListOlder
	case errors.Is(err, trustlist.ErrExpired):
		text = words.FailureListExpired
	case errors.Is(err, trustlist.ErrFormat), errors.Is(err, trustlist.ErrTooLarge), errors.Is(err, trustlist.ErrTerritory), errors.Is(err, trustlist.ErrEmpty):
		text = words.FailureListOther
	}
	return cli.Tell(w.T(text, nil), err)
}

// keepSigners writes the file so that it appears whole or not at all.
func keepSigners(name string, signers []*x509.Certificate) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".signers-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	for _, s := range signers {
		err = errors.Join(err, writePEM(f, s))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// writePEM writes one certificate of a bundle, with no text around it: not every reader of PEM takes that.
func writePEM(w io.Writer, c *x509.Certificate) error {
	return pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// keptList reads the list of the last update.
func keptList(w *words.Words) (*trustlist.List, error) {
	path, kept, err := trustPlaces()
	if err != nil {
		return nil, err
	}
	b, err := trustlist.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Tell(w.T(words.FailureListNone, nil), nil)
	}
	if err != nil {
		return nil, err
	}
	signers, err := readCertificates(w, kept)
	if err != nil {
		return nil, err
	}
	list, err := trustlist.Parse(b, trustlist.Options{Signers: signers})
	if err != nil {
		return nil, ofList(w, fmt.Errorf("the trusted list that is kept: %w", err))
	}
	return list, nil
}

// trustedList is what `ponte trust list --json` prints.
type trustedList struct {
	Territory   string             `json:"territory"`
	Sequence    int64              `json:"sequence"`
	Issued      time.Time          `json:"issued"`
	NextUpdate  time.Time          `json:"nextUpdate"`
	Skipped     int                `json:"skipped"`     // certificates that were left out
	Authorities []trustedAuthority `json:"authorities"` // for logins and documents
	Qualified   []trustedAuthority `json:"qualified"`   // for documents only
	Time        []trustedAuthority `json:"time"`        // for time stamps of documents only
}

type trustedAuthority struct {
	Provider string    `json:"provider"`
	Service  string    `json:"service"`
	NotAfter time.Time `json:"notAfter"`
	SHA256   string    `json:"sha256"` // of the certificate, in hexadecimal
}

// trustUpdate is what `ponte trust update --json` prints.
type trustUpdate struct {
	Previous    int64              `json:"previous"` // 0: there was no list
	Sequence    int64              `json:"sequence"`
	NextUpdate  time.Time          `json:"nextUpdate"`
	Authorities int                `json:"authorities"`
	Added       []trustedAuthority `json:"added"`
	Removed     []trustedAuthority `json:"removed"`
}

func describe(authorities []trustlist.Authority) []trustedAuthority {
	all := []trustedAuthority{} // [] rather than null
	for _, a := range authorities {
		sum := sha256.Sum256(a.Certificate.Raw)
		all = append(all, trustedAuthority{a.Provider, a.Service, a.Certificate.NotAfter.UTC(), hex.EncodeToString(sum[:])})
	}
	return all
}

func printUpdate(c *cobra.Command, w *words.Words, list *trustlist.List, change trustlist.Change) error {
	added, removed := describe(change.Added), describe(change.Removed)
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, trustUpdate{change.Previous, list.Sequence, list.NextUpdate.UTC(), len(list.Authorities), added, removed})
	}
	c.Println(w.T(words.CLITrustUpdated, words.Data{"Sequence": list.Sequence, "Until": day(list.NextUpdate), "Count": len(list.Authorities)}))
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, group := range []struct {
		what words.Text
		who  []trustedAuthority
	}{{words.CLITrustAdded, added}, {words.CLITrustRemoved, removed}} {
		for _, a := range group.who {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", w.T(group.what, nil), a.Service, a.Provider)
		}
	}
	return t.Flush()
}

func showTrust(c *cobra.Command, w *words.Words) error {
	asPEM, _ := c.Flags().GetBool("pem")
	if asPEM && cli.IsJSON(c) {
		return cli.NotBoth("pem", "json")
	}
	list, err := keptList(w)
	if err != nil {
		return err
	}
	if asPEM {
		for _, a := range list.Authorities {
			if err := writePEM(c.OutOrStdout(), a.Certificate); err != nil {
				return err
			}
		}
		return nil
	}
	authorities := describe(list.Authorities)
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, trustedList{list.Territory, list.Sequence, list.Issued.UTC(), list.NextUpdate.UTC(), list.Skipped, authorities, describe(list.Qualified), describe(list.Time)})
	}
	c.Println(w.T(words.CLITrustHeading, words.Data{"Territory": list.Territory, "Sequence": list.Sequence, "Issued": day(list.Issued), "Until": day(list.NextUpdate)}))
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, a := range authorities {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", a.Service, a.Provider, day(a.NotAfter))
	}
	return t.Flush()
}

func day(t time.Time) string { return t.Local().Format("02/01/2006") }

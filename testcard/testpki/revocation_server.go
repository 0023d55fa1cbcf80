// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// OCSPSigner says who signs the answers of an OCSP responder.
type OCSPSigner string

const (
	SignerCA        OCSPSigner = "ca"         // the region's CA itself
	SignerDelegate  OCSPSigner = "delegate"   // a certificate for OCSP that the CA has signed
	SignerNoEKU     OCSPSigner = "no-eku"     // one that the CA has signed, but not for OCSP
	SignerExpired   OCSPSigner = "expired"    // a delegate whose certificate has expired
	SignerStranger  OCSPSigner = "stranger"   // a certificate for OCSP that another CA has signed
	SignerOtherCA   OCSPSigner = "other-ca"   // another CA
	SignerCitizen   OCSPSigner = "citizen"    // the holder of a card
	SignerNoSign    OCSPSigner = "no-sign"    // one for OCSP whose key usage is for something else
	SignerOtherName OCSPSigner = "other-name" // a delegate in the name of another CA that has the same key
	SignerUntrusted OCSPSigner = "untrusted"  // a certificate for OCSP in the name of the CA, which has not signed it
)

// RevocationServer answers on loopback for the region's CA: GET /crl gives CRL(), POST /ocsp/<signer> has the program
// openssl answer. It knows the certificates that Know was told of and what was taken back.
type RevocationServer struct {
	pki    *PKI
	dir    string
	server *http.Server
	base   string
	known  atomic.Pointer[[]*x509.Certificate]
	// OCSPRequests and CRLRequests count what was asked.
	OCSPRequests, CRLRequests atomic.Int64
}

// StartRevocation begins to answer. It fails when there is no openssl.
func (p *PKI) StartRevocation() (*RevocationServer, error) {
	if _, err := exec.LookPath("openssl"); err != nil {
		return nil, fmt.Errorf("the program openssl is missing (tools/setup.sh test installs it): %w", err)
	}
	dir, err := os.MkdirTemp("", "ponte-ocsp-")
	if err != nil {
		return nil, err
	}
	s := &RevocationServer{pki: p, dir: dir}
	s.known.Store(new([]*x509.Certificate))
	err = s.writeSigners()
	listener, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, listenErr); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	s.base = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ocsp/{signer}", s.serveOCSP)
	mux.HandleFunc("GET /crl", func(w http.ResponseWriter, _ *http.Request) {
		s.CRLRequests.Add(1)
		w.Header().Set("Content-Type", "application/pkix-crl")
		_, _ = w.Write(p.CRL())
	})
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(listener) //nolint:errcheck // ends with Close
	return s, nil
}

// Close ends it.
func (s *RevocationServer) Close() {
	_ = s.server.Close()
	_ = os.RemoveAll(s.dir)
}

// CRLURL is for LeafOptions.
func (s *RevocationServer) CRLURL() string { return s.base + "/crl" }

// OCSPURL is for LeafOptions.
func (s *RevocationServer) OCSPURL(signer OCSPSigner) string {
	return s.base + "/ocsp/" + string(signer)
}

// Know makes the responder say good or revoked of these, where it says unknown of others.
func (s *RevocationServer) Know(certs ...*x509.Certificate) {
	all := append(append([]*x509.Certificate(nil), *s.known.Load()...), certs...)
	s.known.Store(&all)
}

func (s *RevocationServer) serveOCSP(w http.ResponseWriter, r *http.Request) {
	s.OCSPRequests.Add(1)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return
	}
	answer, err := s.Answer(r.Context(), OCSPSigner(r.PathValue("signer")), body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(answer)
}

// Answer has openssl answer a request, in DER. The answer is good for an hour.
func (s *RevocationServer) Answer(ctx context.Context, signer OCSPSigner, request []byte) ([]byte, error) {
	work, err := os.MkdirTemp(s.dir, "answer-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	in, out, index := filepath.Join(work, "in"), filepath.Join(work, "out"), filepath.Join(work, "index.txt")
	if err := errors.Join(os.WriteFile(in, request, 0o600), os.WriteFile(index, s.index(), 0o600)); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "openssl", "ocsp", "-index", index, "-CA", s.file("ca.pem"), "-nmin", "60",
		"-rsigner", s.file(string(signer)+".pem"), "-rkey", s.file(string(signer)+".key"), "-reqin", in, "-respout", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("openssl ocsp: %w: %s", err, bytes.TrimSpace(text))
	}
	return os.ReadFile(out)
}

func (s *RevocationServer) file(name string) string { return filepath.Join(s.dir, name) }

// index is the database of openssl ca: what its manual calls the text database index.
func (s *RevocationServer) index() []byte {
	const date = "060102150405Z"
	var b strings.Builder
	taken := map[string]Revocation{}
	for _, r := range s.pki.Revoked() {
		taken[r.Serial.String()] = r
	}
	for _, c := range *s.known.Load() {
		state, when := "V", ""
		if r, ok := taken[c.SerialNumber.String()]; ok {
			reason := map[int]string{ReasonKeyCompromise: ",keyCompromise", ReasonCertificateHold: ",certificateHold"}[r.Reason]
			state, when = "R", r.At.UTC().Format(date)+reason
		}
		serial := fmt.Sprintf("%X", c.SerialNumber)
		if len(serial)%2 == 1 {
			serial = "0" + serial
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\tunknown\t/CN=%s\n", state, c.NotAfter.UTC().Format(date), when, serial, serial)
	}
	return []byte(b.String())
}

func (s *RevocationServer) writeSigners() error {
	var failed error
	write := func(name string, cert *x509.Certificate, key *rsa.PrivateKey) {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		failed = errors.Join(failed, err,
			os.WriteFile(s.file(name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600),
			os.WriteFile(s.file(name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	}
	ca, other := s.pki.must(RegionCA), s.pki.must(OtherCA)
	write(string(SignerCA), ca.cert, ca.key)
	write(string(SignerOtherCA), other.cert, other.key)
	citizen, key := s.pki.Issue(LeafOptions{})
	write(string(SignerCitizen), citizen, key)
	for name, o := range map[OCSPSigner]ResponderOptions{
		SignerDelegate: {}, SignerNoEKU: {NoEKU: true}, SignerNoSign: {CannotSign: true}, SignerOtherName: {OtherName: true}, SignerExpired: {Expired: true}, SignerStranger: {SignedBy: OtherCA}, SignerUntrusted: {SignedBy: Forger},
	} {
		cert, key := s.pki.IssueResponder(o)
		write(string(name), cert, key)
	}
	return failed
}

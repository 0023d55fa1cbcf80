// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// signer is a key in memory in the place of a card: its time is taken off.
type signer struct {
	cert  *x509.Certificate
	key   *rsa.PrivateKey
	spent time.Duration
}

func (s *signer) sign(digest []byte) ([]byte, error) {
	start := processorTime()
	defer func() { s.spent += processorTime() - start }()
	return rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest)
}

// bigPDF is a PDF of n bytes: a page, and a stream that nobody looks at.
func bigPDF(n int) []byte {
	filler := make([]byte, n)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range filler {
		filler[i] = byte(random.Uint32())
	}
	file := pdftest.Simple(1)
	file.Objects[len(file.Objects)+1] = pdftest.Stream("", string(filler))
	return file.Table()
}

// processorTime is what this process has used so far. Unlike the time on a clock it does not grow while other programs have
// the processors, so that a ratio of two is about us.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// pdfSigned signs a PDF of 10 MB from file to file, beside what nobody can do without: reading it, one SHA-256 pass and
// writing it. All of it is processor time.
func pdfSigned(ctx context.Context, h *house) ([]row, error) {
	const size = 10 << 20
	cert, key := h.pki.Issue(testpki.LeafOptions{})
	in, out := filepath.Join(h.work, "big.pdf"), filepath.Join(h.work, "big-signed.pdf")
	if err := os.WriteFile(in, bigPDF(size), 0o600); err != nil {
		return nil, err
	}
	keyFile, certFile := filepath.Join(h.work, "signer.key"), filepath.Join(h.work, "signer.pem")
	err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600)
	if err == nil {
		err = os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600)
	}
	if err != nil {
		return nil, err
	}
	var ours, floor, openssl, pyhanko samples
	for range 15 {
		least, err := readHashWrite(in, out)
		if err != nil {
			return nil, err
		}
		floor = append(floor, ms(least))
		took, err := signPDF(in, out, &signer{cert: cert, key: key})
		if err != nil {
			return nil, err
		}
		ours = append(ours, ms(took))
		peer := exec.CommandContext(ctx, "openssl", "cms", "-sign", "-binary", "-in", in, "-signer", certFile, "-inkey", keyFile,
			"-outform", "DER", "-nodetach", "-out", out)
		if b, err := peer.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("openssl cms: %w\n%s", err, b)
		}
		openssl = append(openssl, ms(peer.ProcessState.UserTime()+peer.ProcessState.SystemTime()))
	}
	r := row{What: "PDF of 10 MB, signed", Unit: "ms", Measured: ours.median(), Note: "processor time; PAdES-B-B from file to file without the card; " +
		"the budget is twice a SHA-256 pass, a read and a write, measured in turn with it, and that is what signing does: " +
		"1.00, give or take the noise; openssl cms -sign holds the file inside"}
	r = r.within(floor.median()).beside("openssl cms", openssl.median())
	if python := filepath.Join("build", "interop", "venv", "bin", "python3"); isThere(python) {
		b, err := exec.CommandContext(ctx, python, "bench/sign_pdf.py", in, out, keyFile, certFile).Output()
		if err != nil {
			return nil, fmt.Errorf("pyHanko: %w", err)
		}
		for line := range strings.Lines(string(b)) {
			t, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
			if err != nil {
				return nil, fmt.Errorf("pyHanko: %w", err)
			}
			pyhanko = append(pyhanko, t)
		}
		r = r.beside("pyHanko", pyhanko.median())
	} else {
		r.Note += "; pyHanko is measured where `make interop` has fetched it"
	}
	return []row{r}, nil
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// readHashWrite is the budget: a read, two SHA-256 passes and a write.
func readHashWrite(in, out string) (time.Duration, error) {
	start := processorTime()
	file, err := os.ReadFile(in)
	if err != nil {
		return 0, err
	}
	sha256.Sum256(file)
	sha256.Sum256(file)
	err = os.WriteFile(out, file, 0o600)
	return processorTime() - start, err
}

func signPDF(in, out string, s *signer) (time.Duration, error) {
	start := processorTime()
	file, err := os.ReadFile(in)
	if err != nil {
		return 0, err
	}
	p, err := pades.Prepare(file, pades.Options{Certificate: s.cert, SigningTime: time.Now()})
	if err != nil {
		return 0, err
	}
	signature, err := s.sign(p.Digest())
	if err != nil {
		return 0, err
	}
	signed, err := p.Assemble(signature)
	if err != nil {
		return 0, err
	}
	f, err := os.Create(out)
	if err != nil {
		return 0, err
	}
	if _, err = signed.WriteTo(f); err == nil {
		err = f.Close()
	}
	return processorTime() - start - s.spent, err
}

// documentMemory signs the largest document there may be in the program that holds documents, and asks the kernel for the
// most memory that it had.
func documentMemory(ctx context.Context, h *house) ([]row, error) {
	file := bigPDF(protocol.MaxDocumentBytes - 1<<20)
	cert, key := h.pki.Issue(testpki.LeafOptions{})
	folder, err := documents.Start(ctx, h.program("ponte-document"))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	i, err := folder.Add(ctx, documents.Document{Name: "big.pdf", Size: int64(len(file))}, documents.Options{})
	if err != nil {
		return nil, err
	}
	for rest := file; len(rest) > 0; {
		piece := rest[:min(len(rest), protocol.MaxSendBytes)]
		if err := folder.Append(ctx, i, piece); err != nil {
			return nil, err
		}
		rest = rest[len(piece):]
	}
	if _, err := folder.Inspect(ctx, i); err != nil {
		return nil, err
	}
	digest, err := folder.Prepare(ctx, i, cert, time.Now())
	if err != nil {
		return nil, err
	}
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
	if err != nil {
		return nil, err
	}
	signed, err := folder.Assemble(ctx, i, signature)
	if err != nil {
		return nil, err
	}
	for at := int64(0); at < signed.Size; {
		b, err := folder.Read(ctx, i, true, at, documents.MaxPiece)
		if err != nil {
			return nil, err
		}
		at += int64(len(b))
	}
	most, err := peakOf(h.program("ponte-document"))
	if err != nil {
		return nil, err
	}
	size := float64(len(file)) / (1 << 20)
	return []row{row{What: "PDF of 49 MB: memory of its program", Unit: "MiB", Measured: most,
		Note: "the most that was ever resident (VmHWM), the program itself included"}.within(2 * size)}, nil
}

// peakOf is the most memory, in MiB, that our child of this program ever had.
func peakOf(program string) (float64, error) {
	all, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return 0, err
	}
	for _, link := range all {
		status, err := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
		if target, failed := os.Readlink(link); err != nil || failed != nil || target != program ||
			!bytes.Contains(status, fmt.Appendf(nil, "\nPPid:\t%d\n", os.Getpid())) {
			continue
		}
		for line := range strings.Lines(string(status)) {
			if kb, found := strings.CutPrefix(line, "VmHWM:"); found {
				n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(kb), " kB"), 64)
				return n / 1024, err
			}
		}
	}
	return 0, fmt.Errorf("%s does not run", filepath.Base(program))
}

// batchSigned has 1 and 50 documents signed by the agent, and counts what each one more costs the card.
func batchSigned(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	if h.card == nil {
		if err := h.insert(ctx); err != nil {
			return nil, err
		}
	}
	if err := h.known(ctx); err != nil {
		return nil, err
	}
	var cost [2]cost
	var err error
	sizes := [2]int{1, 50}
	for i, n := range sizes {
		if cost[i], err = h.costOf(func() error { return signSmall(ctx, n) }); err != nil {
			return nil, err
		}
	}
	each := (cost[1].commands - cost[0].commands) / float64(sizes[1]-sizes[0])
	return []row{
		{What: "signature of one document: commands", Measured: cost[0].commands},
		row{What: "each further one of 50: commands", Measured: each, Note: fmt.Sprintf("50 documents with one PIN: %.0f commands", cost[1].commands)}.within(3),
	}, nil
}

// signSmall has n small documents signed, as the citizen's own programs ask for it.
func signSmall(ctx context.Context, n int) error {
	c, err := control.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	p := protocol.SignDocumentParams{}
	data := base64.StdEncoding.EncodeToString([]byte("a document"))
	for i := range n {
		p.Documents = append(p.Documents, protocol.DocumentParams{Name: fmt.Sprintf("%d.txt", i), Size: 10})
	}
	call, err := c.Begin(protocol.MethodSignDocument, p)
	if err != nil {
		return err
	}
	for i := range n {
		if err := c.Call(ctx, protocol.MethodSignSend, protocol.SignSendParams{Request: protocol.ID(strconv.Itoa(call.ID)), Document: i, Data: data}, nil); err != nil {
			return err
		}
	}
	var signed protocol.SignDocumentResult
	if err := call.Wait(ctx, &signed); err != nil {
		return err
	}
	for _, d := range signed.Documents {
		if d.Error != nil {
			return fmt.Errorf("%s: %s", d.Name, d.Error.Code)
		}
	}
	return nil
}

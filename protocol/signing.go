// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Methods of signatures (PROTOCOL.md, section 4). The control socket has the same.
const (
	MethodCertificate  = "certificate.get"
	MethodSignHash     = "sign.hash"
	MethodSignDocument = "sign.document"
	MethodSignSend     = "sign.send"
	MethodSignReceive  = "sign.receive"
	MethodSignEnd      = "sign.end"
	NotifySignProgress = "sign.progress"
)

// Limits of signatures (PROTOCOL.md, section 6).
const (
	MaxDocuments          = 50        // of one sign.document
	MaxDocumentBytes      = 50 << 20  // of one document
	MaxDocumentsBytes     = 100 << 20 // of all of them
	MaxDocumentNameChars  = 200       // of name and documentName
	MaxDocumentTypeChars  = 100       // of type
	MaxSendBytes          = 45_000    // of the document, in one sign.send
	MinSendBytes          = 16_384    // the same, save for the last of a document
	MaxReceiveBytes       = 512 << 10 // of a signed document, in one answer of sign.receive
	MaxReasonChars        = 300       // of reason
	MaxLocationChars      = 150       // of location
	MinSigningTimeoutMs   = 10_000    // timeoutMs of sign.document and sign.hash
	MaxSigningTimeoutMs   = 1_800_000 // the same
	SigningTimeoutMs      = 600_000   // the same, when the page gives none
	maxPage, maxBoxPoints = 100_000, 14_400
)

// CertificateParams are those of certificate.get.
type CertificateParams struct {
	Purpose string `json:"purpose"`
	Lang    string `json:"lang,omitempty"`
}

// PurposeSigning is the only purpose of certificate.get.
const PurposeSigning = "signing"

// SignatureAlgorithm names an algorithm as Web eID does.
type SignatureAlgorithm struct {
	CryptoAlgorithm string `json:"cryptoAlgorithm"`
	HashFunction    string `json:"hashFunction"`
	PaddingScheme   string `json:"paddingScheme"`
}

// CertificateResult answers certificate.get.
type CertificateResult struct {
	Certificate                  string               `json:"certificate"` // base64 of the DER
	SupportedSignatureAlgorithms []SignatureAlgorithm `json:"supportedSignatureAlgorithms"`
}

// SignHashParams are those of sign.hash.
type SignHashParams struct {
	Certificate  string `json:"certificate"`  // base64 of the DER, as certificate.get gave it
	Hash         string `json:"hash"`         // base64
	HashFunction string `json:"hashFunction"` // see HashLengths
	DocumentName string `json:"documentName"`
	DocumentSize int64  `json:"documentSize,omitempty"`
	Lang         string `json:"lang,omitempty"`
	TimeoutMs    int    `json:"timeoutMs,omitempty"`
}

// SignHashResult answers sign.hash.
type SignHashResult struct {
	Signature          string             `json:"signature"` // base64
	SignatureAlgorithm SignatureAlgorithm `json:"signatureAlgorithm"`
}

// HashLengths are the hash functions of Web eID and the bytes of their hashes. Which of them can be used for a signature
// certificate.get tells.
var HashLengths = map[string]int{
	"SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64, "SHA3-224": 28, "SHA3-256": 32, "SHA3-384": 48, "SHA3-512": 64,
}

// SignDocumentParams are those of sign.document. What is said of formats holds for all documents.
type SignDocumentParams struct {
	Documents []DocumentParams `json:"documents"`
	Format    string           `json:"format,omitempty"`
	Shape     string           `json:"shape,omitempty"`
	Level     string           `json:"level,omitempty"`
	Visible   *VisibleBox      `json:"visible,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	Location  string           `json:"location,omitempty"`
	Lang      string           `json:"lang,omitempty"`
	TimeoutMs int              `json:"timeoutMs,omitempty"`
}

// DocumentParams is a document that will be sent.
type DocumentParams struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // as a browser names it, "application/pdf"; what it is, its bytes tell
	Size int64  `json:"size"`
}

// VisibleBox is where a PDF shows its signature: points (1/72 inch) from the lower left corner of a page.
type VisibleBox struct {
	Page   int     `json:"page"` // the first is 1
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// SignSendParams are those of sign.send.
type SignSendParams struct {
	Request  ID     `json:"request"` // id of the sign.document
	Document int    `json:"document"`
	Offset   int64  `json:"offset"`
	Data     string `json:"data"` // base64
}

// SignSendResult answers sign.send.
type SignSendResult struct {
	Received int64 `json:"received"` // bytes of this document so far
}

// SigningStage is how far a sign.document is.
type SigningStage string

// The stages.
const (
	StageReceiving SigningStage = "receiving"
	StageAsking    SigningStage = "asking"
	StageSigning   SigningStage = "signing"
	StageDone      SigningStage = "done"
)

// SignProgress are the params of sign.progress.
type SignProgress struct {
	Request  ID           `json:"request"`
	Stage    SigningStage `json:"stage"`
	Document int          `json:"document"` // the one that this is about
	Done     int          `json:"done"`     // documents that have come through this stage
	Total    int          `json:"total"`    // documents in all
}

// SignDocumentResult answers sign.document, in the order of the request.
type SignDocumentResult struct {
	Documents []SignedDocument `json:"documents"`
}

// SignedDocument is one document of the answer: signed, or with the reason why not.
type SignedDocument struct {
	Name     string            `json:"name"`
	Type     string            `json:"type,omitempty"`
	Size     int64             `json:"size,omitempty"`
	SHA256   string            `json:"sha256,omitempty"` // lower-case hexadecimal
	Level    string            `json:"level,omitempty"`
	Original *OriginalDocument `json:"original,omitempty"`
	Error    *ErrorData        `json:"error,omitempty"`
}

// OriginalDocument is what was signed, as the agent received it.
type OriginalDocument struct {
	SHA256 string `json:"sha256"`
}

// SignReceiveParams are those of sign.receive.
type SignReceiveParams struct {
	Request  ID    `json:"request"`
	Document int   `json:"document"`
	Offset   int64 `json:"offset"`
}

// SignReceiveResult answers sign.receive.
type SignReceiveResult struct {
	Data string `json:"data"` // base64
	End  bool   `json:"end"`  // it is the last of this document
}

// SignEndParams are those of sign.end.
type SignEndParams struct {
	Request ID `json:"request"`
}

// The words that sign.document knows; "" is the usual one.
var (
	signingFormats = []string{"", "pades", "cades", "xades", "asic-s"}
	signingShapes  = []string{"", "attached", "detached", "enveloped", "enveloping", "parallel"}
	signingLevels  = []string{"", "B-B", "B-T"}
)

// Check judges the form of the parameters. The error is INVALID_ARGUMENT.
func (p *SignDocumentParams) Check() error {
	if n := len(p.Documents); n == 0 || n > MaxDocuments {
		return Fail(InvalidArgument, fmt.Sprintf("documents: 1 to %d", MaxDocuments))
	}
	total := int64(0)
	for _, d := range p.Documents {
		if err := d.check(); err != nil {
			return err
		}
		if total += d.Size; total > MaxDocumentsBytes {
			return Fail(InvalidArgument, fmt.Sprintf("documents: at most %d bytes in all", MaxDocumentsBytes))
		}
	}
	for _, w := range []struct {
		name, value string
		known       []string
	}{{"format", p.Format, signingFormats}, {"shape", p.Shape, signingShapes}, {"level", p.Level, signingLevels}} {
		if !slices.Contains(w.known, w.value) {
			return Fail(InvalidArgument, w.name+": "+strings.Join(w.known[1:], ", "))
		}
	}
	switch {
	case !plainText(p.Reason, MaxReasonChars):
		return Fail(InvalidArgument, fmt.Sprintf("reason: at most %d characters", MaxReasonChars))
	case !plainText(p.Location, MaxLocationChars):
		return Fail(InvalidArgument, fmt.Sprintf("location: at most %d characters", MaxLocationChars))
	case p.Visible != nil && !p.Visible.valid():
		return Fail(InvalidArgument, "visible: a page, and a box that has a size")
	}
	return nil
}

func (d DocumentParams) check() error {
	if err := CheckDocumentName(d.Name); err != nil {
		return err
	}
	switch {
	case d.Size <= 0 || d.Size > MaxDocumentBytes:
		return Fail(InvalidArgument, fmt.Sprintf("size: 1 to %d", MaxDocumentBytes))
	case len(d.Type) > MaxDocumentTypeChars || strings.ContainsFunc(d.Type, func(r rune) bool { return r < ' ' || r > '~' }):
		return Fail(InvalidArgument, fmt.Sprintf("type: at most %d printable ASCII characters", MaxDocumentTypeChars))
	}
	return nil
}

// CheckDocumentName refuses a name that is no plain name of a file: with parts of a path, or with characters that are
// not seen.
func CheckDocumentName(name string) error {
	switch {
	case !strings.ContainsFunc(name, draws) || !plainText(name, MaxDocumentNameChars):
		return Fail(InvalidArgument, fmt.Sprintf("name: 1 to %d characters that can be seen", MaxDocumentNameChars))
	case name == "." || name == ".." || strings.ContainsAny(name, `/\`):
		return Fail(InvalidArgument, "name: a file's, without a path")
	}
	return nil
}

// plainText says that a text has at most most characters, none of which ends a line or hides another.
func plainText(s string, most int) bool {
	return len(s) <= utf8.UTFMax*most && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) })
}

// draws says that a character leaves a mark.
func draws(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

func (v *VisibleBox) valid() bool {
	within := func(f, least float64) bool { return !math.IsNaN(f) && f >= least && f <= maxBoxPoints }
	return v.Page >= 1 && v.Page <= maxPage && within(v.X, 0) && within(v.Y, 0) && within(v.Width, 1) && within(v.Height, 1)
}

// Bytes gives what a sign.send carries.
func (p *SignSendParams) Bytes() ([]byte, error) {
	if len(p.Data) > base64.StdEncoding.EncodedLen(MaxSendBytes) {
		return nil, Fail(InvalidArgument, fmt.Sprintf("data: at most %d bytes", MaxSendBytes))
	}
	b, err := base64.StdEncoding.Strict().DecodeString(p.Data)
	if err != nil || len(b) == 0 || len(b) > MaxSendBytes || strings.ContainsAny(p.Data, "\r\n") {
		return nil, Fail(InvalidArgument, fmt.Sprintf("data: base64 of 1 to %d bytes", MaxSendBytes))
	}
	return b, nil
}

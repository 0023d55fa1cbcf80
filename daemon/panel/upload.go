// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// Ceilings of what is signed or verified in one go. The page tells them before anything is sent.
const (
	maxDocument  = 50 << 20 // bytes
	maxDocuments = 50
	maxTogether  = 100 << 20 // bytes
	maxFields    = 64 << 10  // bytes of everything in a form that is no file
	maxParts     = maxDocuments + 32
	sendPatience = 30 * time.Second // for the next bytes of an upload
	pieceSize    = 45_000           // bytes of a document in one message
)

var (
	errTooMuch = errors.New("more than is signed in one go")
	errForm    = errors.New("not a form of ours")
)

// upload is a form with files, read part by part as it arrives: a file is handed on and not kept.
type upload struct {
	parts  *multipart.Reader
	fields int64 // bytes that fields may still have
	count  int
}

// readToken checks that an upload is of one of our forms: the token is in the first part, and nothing else is read before.
// The rest is left to the handler, by the context of the request.
func (p *panel) readToken(w http.ResponseWriter, r *http.Request, s *session) int {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return http.StatusUnsupportedMediaType
	}
	if r.ContentLength > maxTogether+2*maxFields {
		w.Header().Set("Connection", "close")
		return http.StatusRequestEntityTooLarge
	}
	body := &patientBody{http.MaxBytesReader(w, r.Body, maxTogether+2*maxFields), http.NewResponseController(w), p.stall}
	u := &upload{parts: multipart.NewReader(body, params["boundary"]), fields: maxFields}
	name, token, file, err := u.next()
	if err != nil || file != nil || name != "csrf" {
		return http.StatusBadRequest
	}
	if !s.ownForm(token) {
		return http.StatusForbidden
	}
	*r = *r.WithContext(withUpload(r.Context(), u))
	return http.StatusOK
}

// next gives the next part: the value of a field, or a file to be read before the next call.
func (u *upload) next() (name, value string, file *multipart.Part, err error) {
	part, err := u.parts.NextPart()
	if err != nil {
		return "", "", nil, err
	}
	if u.count++; u.count > maxParts {
		return "", "", nil, errTooMuch
	}
	if part.FileName() != "" || part.Header.Get("Content-Type") != "" {
		return part.FormName(), "", part, nil
	}
	b, err := io.ReadAll(io.LimitReader(part, u.fields+1))
	if err != nil {
		return "", "", nil, err
	}
	if u.fields -= int64(len(b)); u.fields < 0 {
		return "", "", nil, errTooMuch
	}
	return part.FormName(), string(b), nil, nil
}

// patientBody gives each piece of a body its own time: the whole of a large one takes longer than other requests may.
type patientBody struct {
	io.Reader
	conn  *http.ResponseController
	stall time.Duration
}

func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(b.stall))
	_ = b.conn.SetWriteDeadline(time.Now().Add(b.stall + answerTimeout))
	n, err := b.Reader.Read(p)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = fmt.Errorf("%w: %w", errTooMuch, err)
	}
	return n, err
}

type uploadKey struct{}

func withUpload(ctx context.Context, u *upload) context.Context {
	return context.WithValue(ctx, uploadKey{}, u)
}

// uploadOf gives the form that readToken has let in.
func uploadOf(r *http.Request) *upload {
	u, _ := r.Context().Value(uploadKey{}).(*upload)
	return u
}

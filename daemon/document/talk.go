// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// requestID is how the other requests of a channel speak of one.
func requestID(r *control.Request) protocol.ID { return protocol.ID(strconv.Itoa(r.ID)) }

// agreed is what the agent has signed, and waits to be collected.
type agreed struct {
	id        protocol.ID
	documents []protocol.SignedDocument
}

// talk asks for the signatures and sends the files. It ends with the first of them that fails: the answer of the agent, if
// it comes before everything was sent, says more than the refusal of what was sent after it.
func talk(ctx context.Context, channel *control.Channel, p protocol.SignDocumentParams, files []*file) (agreed, error) {
	request, err := channel.Begin(protocol.MethodSignDocument, p)
	if err != nil {
		return agreed{}, err
	}
	id := requestID(request)
	sending, stop := context.WithCancel(ctx)
	defer stop()
	sent := make(chan error, 1)
	waiting, give := context.WithCancel(ctx)
	defer give()
	go func() {
		err := sendAll(sending, channel, id, files)
		if unreadable := (*fileError)(nil); errors.As(err, &unreadable) {
			give() // the agent waits for bytes that will not come
		}
		sent <- err
	}()
	var result protocol.SignDocumentResult
	err = request.Wait(waiting, &result)
	stop()
	if failed := <-sent; err != nil && ctx.Err() == nil {
		if unreadable := (*fileError)(nil); errors.As(failed, &unreadable) {
			return agreed{}, failed
		}
	}
	if err != nil {
		return agreed{}, err
	}
	if len(result.Documents) != len(files) {
		return agreed{}, fmt.Errorf("the agent answers with %d documents instead of %d", len(result.Documents), len(files))
	}
	return agreed{id, result.Documents}, nil
}

func sendAll(ctx context.Context, channel *control.Channel, id protocol.ID, files []*file) error {
	buffer := make([]byte, protocol.MaxSendBytes)
	for i, f := range files {
		for at := int64(0); at < f.declared.Size; {
			n, err := f.read(buffer, at)
			if err != nil {
				return err
			}
			piece := protocol.SignSendParams{Request: id, Document: i, Offset: at, Data: base64.StdEncoding.EncodeToString(buffer[:n])}
			if err := channel.Call(ctx, protocol.MethodSignSend, piece, nil); err != nil {
				return err
			}
			at += int64(n)
		}
	}
	return nil
}

// collect writes what was signed. What fails for one file does not keep the others from being written.
func collect(ctx context.Context, w *words.Words, channel *control.Channel, a agreed, files []*file) (*signing, error) {
	s := &signing{}
	for i, d := range a.documents {
		out := signedFile{File: files[i].name}
		switch {
		case d.Error != nil:
			out.Error = refusedBy(w, d.Error)
		default:
			target, err := files[i].place(w, d.Name)
			if err == nil {
				err = save(w, target, files[i].force, func(to io.Writer) error { return receive(ctx, channel, a.id, i, d, to) })
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				text, _ := cli.InWords(w, inWords(w, err))
				out.Error = &signedFailure{Code: protocol.Internal, Message: text}
				break
			}
			out.Signed, out.Level, out.SHA256 = target, d.Level, d.SHA256
			if d.Original != nil {
				out.OriginalSHA256 = d.Original.SHA256
			}
		}
		s.Documents = append(s.Documents, out)
	}
	_ = channel.Call(ctx, protocol.MethodSignEnd, protocol.SignEndParams{Request: a.id}, nil) // else it ends with the channel
	return s, nil
}

func refusedBy(w *words.Words, e *protocol.ErrorData) *signedFailure {
	f := &signedFailure{Code: e.Code, Reason: e.Reason, Message: e.Hint}
	if e.Code == protocol.DocumentRefused && e.Reason != "" {
		f.Message = w.DocumentRefusal(string(e.Reason))
	}
	return f
}

// receive fetches a signed document and writes it. It is the one that the agent has announced, or an error.
func receive(ctx context.Context, channel *control.Channel, id protocol.ID, i int, d protocol.SignedDocument, to io.Writer) error {
	if d.Size <= 0 || d.Size > documents.MaxSigned {
		return fmt.Errorf("a signed document of %d bytes", d.Size)
	}
	sum, at := sha256.New(), int64(0)
	for at < d.Size {
		var r protocol.SignReceiveResult
		if err := channel.Call(ctx, protocol.MethodSignReceive, protocol.SignReceiveParams{Request: id, Document: i, Offset: at}, &r); err != nil {
			return err
		}
		b, err := base64.StdEncoding.DecodeString(r.Data)
		if err != nil || len(b) == 0 || int64(len(b)) > d.Size-at || r.End != (at+int64(len(b)) == d.Size) {
			return errors.New("the agent gives another document than it announced")
		}
		if _, err := io.Copy(io.MultiWriter(to, sum), bytes.NewReader(b)); err != nil {
			return err
		}
		at += int64(len(b))
	}
	if hex.EncodeToString(sum.Sum(nil)) != d.SHA256 {
		return errors.New("the agent gives another document than it announced")
	}
	return nil
}

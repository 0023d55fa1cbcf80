// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ponte-cns/ponte/daemon/documents"
)

// question is one that was read, with its data.
type question struct {
	documents.Question
	data []byte
}

// serve answers questions until there are no more. It reads ahead by one: so it ends with the agent also in the middle of
// a document that takes long.
func serve(in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	questions, answers := make(chan question), make(chan error, 1)
	go func() {
		var f folder
		for q := range questions {
			if err := f.answer(ctx, out, q); err != nil {
				answers <- err
				return
			}
		}
		answers <- nil
	}()
	for {
		q, data, err := documents.ReadQuestion(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a question: %w", err)
		}
		select {
		case questions <- question{Question: q, data: data}:
		case err := <-answers:
			return err
		}
	}
}

// answer carries one question out.
func (f *folder) answer(ctx context.Context, out io.Writer, q question) error {
	a, data, err := f.step(ctx, q)
	if err != nil {
		r := refusalOf(err)
		a, data = documents.Answer{Refusal: r.Code, Detail: r.Detail}, nil
	}
	a.Data = len(data)
	if err := documents.WriteMessage(out, a, data); err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	return nil
}

func (f *folder) step(ctx context.Context, q question) (a documents.Answer, data []byte, err error) {
	if q.Step == documents.StepAdd {
		return a, nil, f.add(q.Index, q.Document, q.Options)
	}
	d, err := f.document(q.Index)
	if err != nil {
		return a, nil, err
	}
	switch q.Step {
	case documents.StepAppend:
		err = d.append(q.data)
	case documents.StepInspect:
		a.Inspection, err = d.inspect(ctx)
	case documents.StepPrepare:
		a.Digest, err = d.prepare(q.Certificate, q.Time)
	case documents.StepAssemble:
		a.Signed, err = d.assemble(ctx, q.Signature)
	case documents.StepRead:
		data, err = d.read(q.Signed, q.Offset, q.Count)
	default:
		err = documents.Refuse(documents.RefusedOrder, "no such step")
	}
	return a, data, err
}

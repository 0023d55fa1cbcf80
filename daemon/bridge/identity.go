// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// identity is identity.read: data of the card's holder for the page, after a dialog that lists the very values. It asks
// each time, needs no PIN, and remembers nothing.
func (c *channel) identity(ctx context.Context, req protocol.Request) (lang string, result any, err error) {
	var p protocol.IdentityParams
	if err := req.Bind(&p); err != nil {
		return "", nil, err
	}
	if !knownLanguage(p.Lang) {
		return "", nil, protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	if len(p.Fields) == 0 || len(p.Fields) > len(protocol.IdentityFields) {
		return p.Lang, nil, protocol.Fail(protocol.InvalidArgument, fmt.Sprintf("fields: 1 to %d", len(protocol.IdentityFields)))
	}
	for i, f := range p.Fields {
		if !slices.Contains(protocol.IdentityFields[:], f) || slices.Contains(p.Fields[:i], f) {
			return p.Lang, nil, protocol.Fail(protocol.InvalidArgument, "fields: unknown or twice")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, protocol.LoginTimeoutMs*time.Millisecond)
	defer cancel()
	result, err = c.b.readIdentity(ctx, c.origin, p)
	return p.Lang, result, err
}

func (b *Bridge) readIdentity(ctx context.Context, o protocol.Origin, p protocol.IdentityParams) (map[protocol.IdentityField]string, error) {
	var data map[protocol.IdentityField]string
	err := b.withCitizen(ctx, o, protocol.MethodIdentity, p.Lang, func(ctx context.Context, r *request) error {
		var err error
		data, err = r.disclose(ctx, p.Fields)
		return err
	})
	return data, err
}

// disclose lets the citizen choose a card, shows what would be told of it, and gives it when the answer is yes.
func (r *request) disclose(ctx context.Context, fields []protocol.IdentityField) (map[protocol.IdentityField]string, error) {
	cards, err := r.candidates(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := r.choose(ctx, cards)
	if err != nil {
		return nil, err
	}
	all, err := r.b.Cards.Identity(ctx, chosen.slot)
	if err != nil {
		return nil, err
	}
	q := Disclosure{Lang: r.lang, Origin: r.origin, Holder: chosen.view.Holder, Reader: readerIfSeveral(cards, chosen)}
	told := map[protocol.IdentityField]string{}
	for _, f := range protocol.IdentityFields {
		if slices.Contains(fields, f) && all[f] != "" {
			told[f] = all[f]
			q.Values = append(q.Values, Value{f, all[f]})
		}
	}
	if err := r.disclosed(ctx, chosen, q); err != nil {
		return nil, err
	}
	r.b.preferred.set(r.who(), chosen.view.Certificate)
	return told, nil
}

// disclosed shows what a site would get, and says why it does not.
func (r *request) disclosed(ctx context.Context, c candidate, q Disclosure) error {
	dialog, stop := r.whileInserted(ctx, c.slot)
	defer stop()
	r.seen = true
	answer, err := r.b.Dialogs.Disclose(dialog, q)
	if cause := context.Cause(dialog); cause != nil {
		return cause
	}
	if err != nil {
		return err
	}
	if answer != Yes {
		return protocol.Fail(protocol.ConsentDenied, "")
	}
	return r.welcome() // blocked while the dialog was open
}

// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// showDocuments opens the control page with the documents that a dialog asks about.
func (a *agent) showDocuments(ctx context.Context, key string) error {
	url, err := a.panel.open("view/" + key)
	if err != nil {
		return fmt.Errorf("opening the control page: %w", err)
	}
	return showInBrowser(ctx, url)
}

// viewDocument answers document.view.
func (a *agent) viewDocument(ctx context.Context, req protocol.Request) (any, error) {
	var p control.ViewParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	v, err := a.bridge.ViewDocument(ctx, p.Key, p.Document, p.Offset)
	if err != nil {
		return nil, err
	}
	answer := control.Viewed{
		Name: v.Name, Type: v.Kind, Size: v.Size, Documents: v.Documents, Data: v.Data, End: v.End,
		Names: v.Names, Reason: v.Reason, Location: v.Location, Box: v.BoxPage,
	}
	for _, n := range v.Notes {
		answer.Notes = append(answer.Notes, string(n))
	}
	return answer, nil
}

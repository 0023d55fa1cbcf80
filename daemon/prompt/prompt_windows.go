// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// AskPIN gives bridge.ErrNoDialog: the dialogs of Windows are not available yet.
func (p *Prompter) AskPIN(context.Context, bridge.PINQuestion) (*pin.PIN, error) {
	return nil, fmt.Errorf("%w: not available yet on Windows", bridge.ErrNoDialog)
}

// Confirm gives bridge.ErrNoDialog: the dialogs of Windows are not available yet.
func (p *Prompter) Confirm(context.Context, bridge.Question) (bridge.Answer, error) {
	return bridge.No, fmt.Errorf("%w: not available yet on Windows", bridge.ErrNoDialog)
}

// Disclose gives bridge.ErrNoDialog: the dialogs of Windows are not available yet.
func (p *Prompter) Disclose(context.Context, bridge.Disclosure) (bridge.Answer, error) {
	return bridge.No, fmt.Errorf("%w: not available yet on Windows", bridge.ErrNoDialog)
}

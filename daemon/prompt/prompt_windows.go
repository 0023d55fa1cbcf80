// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// showPIN gives bridge.ErrNoDialog: the dialogs of Windows are not available yet.
func (p *Prompter) showPIN(context.Context, *dialog) (*pin.PIN, error) {
	return nil, fmt.Errorf("%w: not available yet on Windows", bridge.ErrNoDialog)
}

// showQuestion gives bridge.ErrNoDialog: the dialogs of Windows are not available yet.
func (p *Prompter) showQuestion(context.Context, *words.Words, *dialog) (bridge.Answer, error) {
	return bridge.No, fmt.Errorf("%w: not available yet on Windows", bridge.ErrNoDialog)
}

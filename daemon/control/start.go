// SPDX-License-Identifier: EUPL-1.2

package control

import (
	"context"

	"github.com/ponte-cns/ponte/internal/ipc"
)

// Start makes sure that an agent is running: the one that is installed beside the calling program is started when none
// runs. ctx bounds how long it may take; ipc.ErrAbsent says that none came.
func Start(ctx context.Context) error {
	conn, err := (&ipc.Starter{}).Dial(ctx, ipc.Control)
	if err != nil {
		return err
	}
	return conn.Close()
}

// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package main

import (
	_ "embed"

	"github.com/getlantern/systray"
)

// Templates: the menu bar colours them itself.
var (
	//go:embed icons/absent.template.png
	templateAbsent []byte
	//go:embed icons/waiting.template.png
	templateWaiting []byte
	//go:embed icons/ready.template.png
	templateReady []byte
	//go:embed icons/busy.template.png
	templateBusy []byte
	//go:embed icons/attention.template.png
	templateAttention []byte
)

func setIcon(i icon) {
	template := map[icon][]byte{
		iconAbsent: templateAbsent, iconWaiting: templateWaiting, iconReady: templateReady, iconBusy: templateBusy,
		iconAttention: templateAttention,
	}[i]
	systray.SetTemplateIcon(template, template)
}

// label is shown as it is.
func label(s string) string { return s }

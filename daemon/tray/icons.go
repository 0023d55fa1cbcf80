// SPDX-License-Identifier: EUPL-1.2

//go:build !windows && !darwin

package main

import _ "embed"

// The pictures, made by icons/make.sh.
var (
	//go:embed icons/absent.png
	pictureAbsent []byte
	//go:embed icons/waiting.png
	pictureWaiting []byte
	//go:embed icons/ready.png
	pictureReady []byte
	//go:embed icons/busy.png
	pictureBusy []byte
	//go:embed icons/attention.png
	pictureAttention []byte
)

// picture gives the PNG file of an icon.
func picture(i icon) []byte {
	return map[icon][]byte{
		iconAbsent: pictureAbsent, iconWaiting: pictureWaiting, iconReady: pictureReady, iconBusy: pictureBusy,
		iconAttention: pictureAttention,
	}[i]
}

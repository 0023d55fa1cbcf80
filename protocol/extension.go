// SPDX-License-Identifier: EUPL-1.2

package protocol

// The extension's identities. The Chromium one follows from the public key in extension/chrome/manifest.json.
const (
	ExtensionIDChromium = "afhgdghiffjmodhneipilgfhopippnng"
	ExtensionIDFirefox  = "ponte@ponte-cns"
)

// TrustedCaller says whether caller, as a browser gives it to a native messaging host, is our extension.
func TrustedCaller(caller string) bool {
	return caller == "chrome-extension://"+ExtensionIDChromium+"/" || caller == ExtensionIDFirefox
}

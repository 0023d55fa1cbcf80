// SPDX-License-Identifier: EUPL-1.2

package browsers

// ManifestFor is the native messaging manifest for a family of browsers, as packages for a whole computer ship it. host is
// the path of ponte-nativehost there.
func ManifestFor(family Family, host string) ([]byte, error) { return newManifest(family, host) }

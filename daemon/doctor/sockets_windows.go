// SPDX-License-Identifier: EUPL-1.2

package doctor

// socketDirectory: named pipes are no files.
func socketDirectory() string { return "" }

// SPDX-License-Identifier: EUPL-1.2

// Package winetest tries the Windows dialogs of package prompt on Linux, with real keys: its tests build prompt's test
// program for Windows, run it in wine on a display of their own, and press keys there. It is not for real Windows, and
// wine is not Windows: it shows that the dialogs work, not how a Windows of today draws them. It holds no code but tests.
package winetest

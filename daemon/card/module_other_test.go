// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package card_test

// asWorker: the tests of modules need Linux.
func asWorker() {}

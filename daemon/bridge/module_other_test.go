// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package bridge_test

// asWorker: the tests of modules need Linux.
func asWorker() {}

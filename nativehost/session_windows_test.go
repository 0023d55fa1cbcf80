// SPDX-License-Identifier: EUPL-1.2

package main

func inOwnSession() bool { return true }

// SPDX-License-Identifier: EUPL-1.2

package doors

func peerChild() bool { return false }

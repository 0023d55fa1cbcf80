// SPDX-License-Identifier: EUPL-1.2

package prompt

func stopDesktop() {}

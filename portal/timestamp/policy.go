// SPDX-License-Identifier: BSD-3-Clause

package timestamp

import (
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
)

// parsePolicy reads a dotted number.
func parsePolicy(s string) (asn1.ObjectIdentifier, error) {
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(id) == 32 {
			return nil, fmt.Errorf("policy %.100q: not a dotted number", s)
		}
		id = append(id, int(n))
	}
	if _, err := asn1.Marshal(id); err != nil { // it must have two numbers, and the first must be small
		return nil, fmt.Errorf("policy %.100q: %w", s, err)
	}
	return id, nil
}

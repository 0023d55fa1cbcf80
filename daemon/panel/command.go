// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxCommand bounds a line of the agent's, in bytes.
const maxCommand = 256

// obey answers the agent, which asks "open PAGE" in a line and gets an address for one visit, until it closes its end: the
// panel ends with the agent, however the agent ended.
func (p *panel) obey(commands io.Reader, answers io.Writer) {
	lines := bufio.NewScanner(commands)
	lines.Buffer(make([]byte, 0, maxCommand), maxCommand)
	for lines.Scan() {
		page, ok := strings.CutPrefix(lines.Text(), "open ")
		if !ok {
			page = "" // what cannot be understood opens the first page
		}
		p.idle.touch()
		if _, err := fmt.Fprintln(answers, p.origin()+enterPath+"?"+keyField+"="+p.keys.cut(page)); err != nil {
			return
		}
	}
}

// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
)

// ErrReportExists: a report never replaces a file.
var ErrReportExists = errors.New("the file exists already: choose another name for the report")

// WriteReport writes the checks into a new file that only this user can read. It holds what the checks hold, and nothing
// else: they are redacted already.
func (m *Machine) WriteReport(path string, checks []Check) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", path, ErrReportExists)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	_, err = io.WriteString(f, m.Report(checks))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the report: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Report is a text (Markdown) that a citizen can send to whoever helps.
func (m *Machine) Report(checks []Check) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line("# " + m.Words.T(words.DoctorReportTitle, nil))
	line("")
	line(m.Words.T(words.DoctorReportPrivacy, nil))
	line("")
	line(m.Words.T(words.DoctorReportMade, words.Data{"Date": m.Now().Local().Format("02/01/2006 15:04"), "Version": m.Version}))
	for _, g := range Groups {
		line("")
		line("## " + GroupTitle(m.Words, g))
		line("")
		for _, c := range checks {
			if c.Group != g {
				continue
			}
			line(fmt.Sprintf("- **%s** %s (`%s`): %s", StatusWord(m.Words, c.Status), c.Title, c.ID, c.Detail))
			if c.Fix != "" {
				line("  - " + c.Fix)
			}
		}
	}
	return b.String()
}

// Groups are in the order in which they are shown.
var Groups = []string{"computer", "ponte", "browser", "card"}

// StatusWord says a status in the citizen's language.
func StatusWord(w *words.Words, s Status) string {
	return w.T(map[Status]words.Text{
		OK: words.DoctorOK, Info: words.DoctorInfo, Warn: words.DoctorWarn, Fail: words.DoctorFail,
	}[s], nil)
}

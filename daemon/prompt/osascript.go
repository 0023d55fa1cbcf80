// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// osascript is the program of macOS that shows a dialog by a script. What the dialog says are arguments of the program,
// never part of the script: no text can become a command. Other users of the computer can read them while the dialog is
// open, as with zenity: they hold the site and the holder's name, never what is typed.
type osascript struct {
	path string
	env  environment
}

// dialogScript shows what its arguments say: title, text, seconds, icon, number of the button that Enter means, number of
// the button that Escape means or 0, "field" or "question", and one to three buttons from left to right. It writes ":" and
// what was typed, or the number of the button, or "cancelled", or "timeout".
const dialogScript = `on run argv
	set {theTitle, theText, theField} to {item 1 of argv, item 2 of argv, item 7 of argv}
	set {theSeconds, theIcon} to {(item 3 of argv) as integer, (item 4 of argv) as integer}
	set {theDefault, theCancel} to {(item 5 of argv) as integer, (item 6 of argv) as integer}
	set theButtons to items 8 thru -1 of argv
	try
		activate
	end try
	try
		if theField is "field" then
			set theReply to display dialog theText with title theTitle with icon theIcon default answer "" with hidden answer buttons theButtons default button theDefault cancel button theCancel giving up after theSeconds
		else if theCancel > 0 then
			set theReply to display dialog theText with title theTitle with icon theIcon buttons theButtons default button theDefault cancel button theCancel giving up after theSeconds
		else
			set theReply to display dialog theText with title theTitle with icon theIcon buttons theButtons default button theDefault giving up after theSeconds
		end if
	on error number -128
		return "cancelled"
	end try
	if gave up of theReply then return "timeout"
	if theField is "field" then return ":" & (text returned of theReply)
	repeat with i from 1 to count of theButtons
		if (item i of theButtons) as text is (button returned of theReply) then return i as text
	end repeat
end run`

// Icons of display dialog.
const (
	osaNote    = 1
	osaCaution = 2
)

// maxOsascriptOutput is what is read of its standard output.
const maxOsascriptOutput = 256

// buttonsOf lists the buttons from left to right as macOS has them: Cancel first, yes last.
func (d *dialog) buttonsOf() []string {
	var all []string
	for _, b := range []string{d.cancel, d.notOK, d.ok} {
		if b != "" {
			all = append(all, b)
		}
	}
	return all
}

// arguments composes the command line. The script comes with -e, and after its first argument, which is no option, all
// are the script's.
func (o *osascript) arguments(ctx context.Context, d *dialog, kind string) []string {
	buttons := d.buttonsOf()
	def, cancel, icon := len(buttons), 0, osaNote
	if d.cancel != "" {
		cancel = 1
	}
	if d.risky && kind == "question" {
		def, icon = 1, osaCaution // Enter means Cancel
	}
	text := d.text()
	if d.problem != "" {
		text += "\n\n" + d.problem
	}
	if d.label != "" {
		text += "\n\n" + d.label + ":"
	}
	seconds := secondsLeft(ctx)
	if seconds == "" {
		seconds = "86400"
	}
	args := []string{
		"-e", dialogScript, d.title, text, seconds, strconv.Itoa(icon), strconv.Itoa(def), strconv.Itoa(cancel), kind,
	}
	return append(args, buttons...)
}

// askPIN shows the PIN dialog.
func (o *osascript) askPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	typed := newSecret()
	err := o.run(ctx, d, "field", typed)
	if err == nil && (len(typed.b) == 0 || typed.b[0] != ':') {
		err = errOsascript
	}
	if err != nil {
		typed.wipe()
		return nil, err
	}
	typed.trimFirst()
	return typed.pin(), nil
}

// confirm asks a question.
func (o *osascript) confirm(ctx context.Context, _ *words.Words, d *dialog) (bridge.Answer, error) {
	pressed := newSecret()
	defer pressed.wipe()
	if err := o.run(ctx, d, "question", pressed); err != nil {
		return bridge.No, err
	}
	buttons := d.buttonsOf()
	n, err := strconv.Atoi(string(pressed.b))
	switch {
	case err != nil || n < 1 || n > len(buttons):
		return bridge.No, errOsascript
	case n == len(buttons):
		return bridge.Yes, nil
	case d.cancel != "" && n == 1:
		return bridge.No, bridge.ErrDialogCancelled
	}
	return bridge.No, nil
}

// errOsascript does not repeat what it wrote: it may hold a PIN.
var errOsascript = fmt.Errorf("osascript: not an answer")

// run shows the dialog and gives its answer, one line without its end.
func (o *osascript) run(ctx context.Context, d *dialog, kind string, answer *secret) error {
	code, err := runProcess(ctx, o.path, o.arguments(ctx, d, kind), o.env.forDialog(d.lang), func(p *process) error {
		d.visible()
		return p.output(maxOsascriptOutput, answer.add)
	})
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("osascript ended with code %d", code)
	}
	answer.trimLine()
	switch {
	case bytes.Equal(answer.b, []byte("cancelled")):
		return bridge.ErrDialogCancelled
	case bytes.Equal(answer.b, []byte("timeout")):
		return bridge.ErrDialogTimeout
	}
	return nil
}

// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
)

const cardKeys = `holder=giada|matteo|accented|omocodia|slashed, state=ok|blocked|puk-blocked|expired|not-yet-valid|not-activated|no-certificate, ` +
	`layout=classic|idemia2021|st2022-nfc|infocamere|actalis2025, atr=stincard11|stincard10|oberthur|idemia|athena|siemens|idemia2021|st2022-nfc, rsa=2048|1024, tries=N, puk-tries=N, pin=, puk=, mute=yes|no, get-response=yes|no, line=none|real, ` +
	`quirk=read-6282|read-6cxx|verify-6300|empty-verify-6700|empty-verify-6d00|pin-only-90|sign-only|no-size`

// parseCard reads a description like "holder=giada,state=ok,tries=1". What is
// not said is as in a card in order.
func parseCard(description string) (testcard.Options, error) {
	var o testcard.Options
	if description == "" {
		return o, nil
	}
	for part := range strings.SplitSeq(description, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return o, misuse("card %q: %q is not key=value", description, part)
		}
		if err := setCard(&o, key, value); err != nil {
			return o, misuse("card %q: %w", description, err)
		}
	}
	return o, nil
}

func setCard(o *testcard.Options, key, value string) error {
	var err error
	switch key {
	case "holder":
		var who holder.Holder
		who, err = holder.ByName(value)
		o.Holder = &who
	case "state":
		err = setState(o, value)
	case "layout":
		o.Layout = testcard.Layout(value)
	case "atr":
		o.Model = testcard.Model(value)
	case "rsa":
		o.Bits, err = number(key, value)
	case "tries":
		err = setTries(o, value)
	case "puk-tries":
		o.PUKTries, err = number(key, value)
	case "pin":
		o.PIN = value
	case "puk":
		o.PUK = value
	case "mute":
		o.Mute, err = yes(key, value)
	case "get-response":
		o.GetResponse, err = yes(key, value)
	case "line":
		err = setLine(o, value)
	case "quirk":
		err = setQuirk(&o.Quirks, value)
	default:
		err = fmt.Errorf("%q is unknown: use %s", key, cardKeys)
	}
	return err
}

func setState(o *testcard.Options, value string) error {
	s, err := testcard.ParseState(value)
	switch {
	case err != nil:
		return err
	case o.State != "" && s != testcard.StateOK && s != o.State:
		return fmt.Errorf("one state only: %s or %s", o.State, s)
	case o.State == "":
		o.State = s
	}
	return nil
}

// setTries gives the tries left at the start; the counter itself goes up to 3,
// or as far as is asked.
func setTries(o *testcard.Options, value string) error {
	n, err := number("tries", value)
	if err != nil {
		return err
	}
	if o.State != "" && o.State != testcard.StateOK {
		return fmt.Errorf("tries goes with state=ok only")
	}
	o.Tries = max(n, 3)
	o.State, err = testcard.ParseState(string(testcard.TriesState(n)))
	return err
}

func setLine(o *testcard.Options, value string) error {
	switch value {
	case "none":
		o.Line = testcard.Line{}
	case "real":
		o.Line = testcard.RealLine
	default:
		return fmt.Errorf("line is none or real, not %q", value)
	}
	return nil
}

func setQuirk(q *testcard.Quirks, value string) error {
	switch value {
	case "read-6282":
		q.ReadPastEnd = testcard.PastEnd6282
	case "read-6cxx":
		q.ReadPastEnd = testcard.PastEnd6Cxx
	case "verify-6300":
		q.VerifyNoCounter = true
	case "empty-verify-6700":
		q.EmptyVerify = 0x6700
	case "empty-verify-6d00":
		q.EmptyVerify = 0x6D00
	case "pin-only-90":
		q.PINOnly90 = true
	case "sign-only":
		q.SignOnly = true
	case "no-size":
		q.NoSize = true
	default:
		return fmt.Errorf("quirk %q is unknown", value)
	}
	return nil
}

func number(key, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is a number, not %q", key, value)
	}
	return n, nil
}

func yes(key, value string) (bool, error) {
	switch value {
	case "yes":
		return true, nil
	case "no":
		return false, nil
	}
	return false, fmt.Errorf("%s is yes or no, not %q", key, value)
}

// SPDX-License-Identifier: EUPL-1.2

package testcard

import "testing"

func TestThreeWrongPINsBlockTheCardForGood(t *testing.T) {
	c := card(t, Options{})
	run(t, c, []step{{verifyWrong, "63C2"}, {verifyWrong, "63C1"}, {verifyWrong, "63C0"}, {verifyRight, "6983"}, {emptyVerify, "6983"}})
	c.PowerOff()
	c.PowerOn()
	run(t, c, []step{{verifyRight, "6983"}})
}

func TestThreeWrongPUKsLoseTheCard(t *testing.T) {
	c := card(t, Options{State: StateBlocked})
	wrong := "00 2C 00 10 10" + wrongBlock + newPIN
	run(t, c, []step{{wrong, "63C2"}, {wrong, "63C1"}, {wrong, "63C0"}, {"00 2C 00 10 10" + pukBlock + newPIN, "6983"}})
}

func TestTheCounterSurvivesAResetAndTheVerifiedStateDoesNot(t *testing.T) {
	for name, restart := range map[string]func(*Card){
		"reset":     (*Card).Reset,
		"power off": func(c *Card) { c.PowerOff(); c.PowerOn() },
		"reinsert":  (*Card).Insert,
	} {
		t.Run(name, func(t *testing.T) {
			c := card(t, Options{})
			run(t, c, []step{{verifyWrong, "63C2"}})
			restart(c)
			run(t, c, []step{{emptyVerify, "63C2"}, {verifyRight, "9000"}, {emptyVerify, "9000"}, {restore, "9000"}, {setKey, "9000"}})
			restart(c)
			run(t, c, []step{{emptyVerify, "63C3"}, {pso2048Header + zeros(256), "6985"}})
		})
	}
}

func TestPINAndPUKCommands(t *testing.T) {
	const verifyNew = "00 20 00 10 08" + newPIN
	for name, c := range map[string]struct {
		options Options
		steps   []step
	}{
		"a right PIN restores the tries":            {Options{}, []step{{verifyWrong, "63C2"}, {verifyRight, "9000"}, {verifyWrong, "63C2"}}},
		"an empty VERIFY costs nothing":             {Options{State: TriesState(1)}, []step{{emptyVerify, "63C1"}, {emptyVerify, "63C1"}, {verifyRight, "9000"}}},
		"backtracking finds the same PIN":           {Options{}, []step{{"00 20 00 90 08" + pinBlock, "9000"}, {emptyVerify, "9000"}}},
		"a changed PIN is the PIN":                  {Options{}, []step{{"00 24 00 10 10" + pinBlock + newPIN, "9000"}, {verifyNew, "9000"}, {verifyRight, "63C2"}}},
		"a change with a wrong PIN costs a try":     {Options{}, []step{{"00 24 00 10 10" + wrongBlock + newPIN, "63C2"}, {verifyRight, "9000"}}},
		"PUK and new PIN unblock":                   {Options{State: StateBlocked}, []step{{"00 2C 00 10 10" + pukBlock + newPIN, "9000"}, {emptyVerify, "63C3"}, {verifyNew, "9000"}}},
		"PUK alone unblocks the old PIN":            {Options{State: StateBlocked}, []step{{"00 2C 01 10 08" + pukBlock, "9000"}, {verifyRight, "9000"}}},
		"a verified PUK allows a new PIN":           {Options{State: StateBlocked}, []step{{verifyPUK, "9000"}, {"00 2C 02 10 08" + newPIN, "9000"}, {verifyNew, "9000"}}},
		"a verified PUK gives the tries back":       {Options{State: StateBlocked}, []step{{verifyPUK, "9000"}, {"00 2C 03 10", "9000"}, {verifyRight, "9000"}}},
		"a wrong PUK costs a try of the PUK":        {Options{State: StateBlocked}, []step{{"00 2C 00 90 10" + wrongBlock + newPIN, "63C2"}, {"00 20 00 11", "63C2"}}},
		"the PUK may have ten tries":                {Options{PUKTries: 10}, []step{{"00 20 00 91", "63CA"}}},
		"a PIN of five digits is padded":            {Options{PIN: "11111"}, []step{{verifyNew, "9000"}}},
		"a wrong PIN may be answered without count": {Options{Quirks: Quirks{VerifyNoCounter: true}}, []step{{verifyWrong, "6300"}, {verifyWrong, "6300"}, {verifyWrong, "6300"}, {verifyRight, "6983"}}},
		"an empty VERIFY may be refused":            {Options{Quirks: Quirks{EmptyVerify: 0x6D00}}, []step{{emptyVerify, "6D00"}, {verifyRight, "9000"}}},
	} {
		t.Run(name, func(t *testing.T) { run(t, card(t, c.options), c.steps) })
	}
}

// SPDX-License-Identifier: EUPL-1.2

package pin

import (
	"errors"
	"testing"
)

const born = "1984-11-23" // the holder of the test card

func TestAPINThatAFinderWouldTryFirstIsWeak(t *testing.T) {
	for _, s := range []string{
		"00000", "1111111", "99999999", // equal digits
		"12345", "12345678", "01234567", "23456789", "34567890", "87654321", "54321", "98765432", "10987654", // runs
		"13579", "97531", "02468", "86420", "1470369", // even steps
		"12121212", "123123", "12341234", "90909", "1212121", // repeated
		"112233", "11223344", "998877", "111222", "11115555", // groups
		"231184", "23111984", "841123", "19841123", "112384", "11231984", "19842311", "842311", // the day of birth
		"111984", "198411", // month and year
		"23118400", "00231184", "1198411", // with something around
	} {
		if !New([]byte(s)).Weak(born) {
			t.Errorf("%s is not called weak", s)
		}
	}
	for day, s := range map[string]string{"2003-02-01": "122003", "2003-02-10": "10203", "1984-01-23": "23184", "1984-12-03": "31284"} {
		if !New([]byte(s)).Weak(day) {
			t.Errorf("%s is not called weak for who was born on %s", s, day)
		}
	}
}

func TestOtherPINsAreNotWeak(t *testing.T) {
	for _, s := range []string{"13572468", "86420975", "24681357", "28461", "120684", "73519", "19840000", "231185", "90210", "123", "1111"} {
		if New([]byte(s)).Weak(born) {
			t.Errorf("%s is called weak", s)
		}
	}
	for _, unknown := range []string{"", "23111984", "1984-13-40", "00000000"} {
		if New([]byte("231184")).Weak(unknown) {
			t.Errorf("a day of birth was read from %q", unknown)
		}
	}
	wiped := New([]byte("11111"))
	wiped.Wipe()
	if wiped.Weak(born) {
		t.Error("a wiped PIN is weak")
	}
}

func TestAPUKHasEightDigits(t *testing.T) {
	for _, s := range []string{"", "1234567", "123456789", "1234567a", "12345", "1234 678"} {
		if err := New([]byte(s)).CheckPUK(); !errors.Is(err, ErrPUKFormat) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if err := New([]byte("87654321")).CheckPUK(); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheSameDigitsAreEqual(t *testing.T) {
	p := New([]byte("86420975"))
	for _, s := range []string{"", "86420", "86420976", "96420975", "8642097", "864209755"} {
		if p.Equal(New([]byte(s))) || New([]byte(s)).Equal(p) {
			t.Errorf("equal to %q", s)
		}
	}
	if !p.Equal(New([]byte("86420975"))) || !p.Equal(p) {
		t.Error("not equal to itself")
	}
	wiped, other := New([]byte("86420975")), New(nil)
	wiped.Wipe()
	if p.Equal(wiped) || wiped.Equal(other) || wiped.Equal(wiped) {
		t.Error("a wiped PIN equals something")
	}
}

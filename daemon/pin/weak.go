// SPDX-License-Identifier: EUPL-1.2

package pin

import (
	"bytes"
	"time"
)

// Weak says whether a PIN is among the first that a finder of the card would try: digits in even steps (11111, 12345678,
// 97531), also in groups (11223344, 11119999), a few digits again and again (12121212), or the holder's day of birth. born
// is that day as YYYY-MM-DD; anything else is taken for unknown. What is no PIN is not weak: Check refuses it.
func (p *PIN) Weak(born string) bool {
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	if p.secret.check() != nil {
		return false
	}
	digits := p.secret.bytes
	for group := 1; group <= len(digits)/2; group++ {
		if evenSteps(digits, group) {
			return true
		}
	}
	return repeats(digits) || birthday(digits, born)
}

// evenSteps says that each group of equal digits differs from the one before by the same step, 0 coming after 9.
func evenSteps(digits []byte, group int) bool {
	if len(digits)%group != 0 {
		return false
	}
	step := func(i int) byte { return (10 + digits[i] - digits[i-group]) % 10 }
	for i := range digits {
		if digits[i] != digits[i-i%group] || i > group && i%group == 0 && step(i) != step(group) {
			return false
		}
	}
	return true
}

// repeats says that the digits are one shorter piece, at least twice.
func repeats(digits []byte) bool {
	for n := 1; n <= len(digits)/2; n++ {
		if bytes.Equal(digits[n:], digits[:len(digits)-n]) {
			return true
		}
	}
	return false
}

// writings of a date as people put it into a code (layouts of package time). Six digits and more count wherever they
// stand, fewer only alone.
var writings = []string{
	"020106", "02012006", "010206", "01022006", "060102", "20060102", "060201", "20060201", // with leading zeros
	"212006", "122006", "2106", "1206", // without
	"012006", "200601", // month and year
}

const shortestWriting = 6

// birthday says that the digits hold a writing of the day of birth.
func birthday(digits []byte, born string) bool {
	day, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return false
	}
	for _, layout := range writings {
		date := []byte(day.Format(layout))
		if bytes.Equal(digits, date) || len(date) >= shortestWriting && bytes.Contains(digits, date) {
			return true
		}
	}
	return false
}

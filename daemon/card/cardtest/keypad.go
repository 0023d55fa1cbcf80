// SPDX-License-Identifier: EUPL-1.2

package cardtest

import (
	"encoding/binary"
	"errors"
	"sync"
)

// Keypad is the keys of an emulated reader (PC/SC part 10), and the person who types on them. It reads the structures on
// its own, so that a mistake of package pcsc is not mirrored.
type Keypad struct {
	// Typed are the PINs, one for each that the reader asks for. A func runs before its result is typed.
	Typed []any
	// Answers are what the reader gives in the card's place, one for each time that it is asked; an error, or what a
	// func gives, is one of the system, nil lets the card answer. Without any the card answers.
	Answers []any
	// NoModify: the reader has the keys for a login only.
	NoModify bool
	// Short: the reader tells that it carries short APDUs only.
	Short bool
	// List is what the driver names as features in the place of the true ones.
	List []byte

	mu         sync.Mutex
	asked      int
	structures [][]byte
}

// Control codes of the emulated driver.
const (
	codeVerify = 0x42330006
	codeModify = 0x42330007
	codeTell   = 0x42330012
)

// Keypad gives reader i keys.
func (d *Desk) Keypad(i int, k *Keypad) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots[i].keypad = k
}

// Asked says how often the reader has been told to ask a person.
func (k *Keypad) Asked() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

// Structures are what the reader was given.
func (k *Keypad) Structures() [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.structures
}

type linkWithKeys struct {
	*link
	keys *Keypad
}

// Features is that of pcsc.Transaction.
func (l *linkWithKeys) Features() ([]byte, error) {
	if l.keys.List != nil {
		return l.keys.List, nil
	}
	list := binary.BigEndian.AppendUint32([]byte{0x06, 4}, codeVerify)
	if !l.keys.NoModify {
		list = binary.BigEndian.AppendUint32(append(list, 0x07, 4), codeModify)
	}
	if l.keys.Short {
		list = binary.BigEndian.AppendUint32(append(list, 0x12, 4), codeTell)
	}
	return list, nil
}

// Control is that of pcsc.Transaction.
func (l *linkWithKeys) Control(code uint32, in []byte) ([]byte, error) {
	k := l.keys
	if code == codeTell {
		return []byte{0x0A, 4, 0, 0, 0, 0}, nil
	}
	k.mu.Lock()
	k.asked++
	k.structures = append(k.structures, in)
	var answer any
	if len(k.Answers) > 0 {
		answer, k.Answers = k.Answers[0], k.Answers[1:]
	}
	k.mu.Unlock()
	switch a := answer.(type) {
	case error:
		return nil, a
	case func() error:
		return nil, a()
	case uint16:
		return binary.BigEndian.AppendUint16(nil, a), nil
	case []byte:
		return a, nil
	}
	switch code {
	case codeVerify:
		return l.complete(in, 15, 1)
	case codeModify:
		return l.complete(in, 20, 3)
	}
	return nil, errors.New("a control code that the driver does not know")
}

// complete puts what is typed into the command at the end of a structure, and sends it. times is how many PINs it asks.
func (l *linkWithKeys) complete(in []byte, header, times int) ([]byte, error) {
	header += 4
	if len(in) < header || int(binary.LittleEndian.Uint32(in[header-4:])) != len(in)-header || in[2] != 0x82 || in[3] != 8 {
		return []byte{0x6B, 0x80}, nil
	}
	limits := in[5:7]
	if times == 3 {
		limits = in[7:9]
	}
	command := append([]byte{}, in[header:]...)
	var typed []string
	for range times {
		p := l.keys.next()
		if len(p) > int(limits[0]) || len(p) < int(limits[1]) {
			return []byte{0x64, 0x03}, nil
		}
		typed = append(typed, p)
	}
	if times == 3 {
		if typed[1] != typed[2] {
			return []byte{0x64, 0x02}, nil
		}
		copy(command[5+in[6]:], typed[1])
	}
	copy(command[5:], typed[0])
	return l.Transmit(command)
}

// next is the PIN that is typed now. Nobody there is the empty one.
func (k *Keypad) next() string {
	k.mu.Lock()
	if len(k.Typed) == 0 {
		k.mu.Unlock()
		return ""
	}
	var p any
	p, k.Typed = k.Typed[0], k.Typed[1:]
	k.mu.Unlock()
	if f, ok := p.(func() string); ok {
		return f()
	}
	return p.(string)
}

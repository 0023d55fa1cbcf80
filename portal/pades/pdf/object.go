// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
)

// Object is one of nil, bool, int64, Real, Name, String, Array, Dict, Ref and *Stream.
type Object any

// Real is a number with a fraction, as it was written: reading and writing it again changes nothing.
type Real string

// Float is its value.
func (r Real) Float() float64 {
	f, err := strconv.ParseFloat(string(r), 64)
	if err != nil {
		return 0 // "." and "-." are zero to most readers
	}
	return f
}

// Name is a name without its slash, its #xx decoded.
type Name string

// String is a string, decoded. Start and End are where it stands in the file with its delimiters; both are 0 when it
// comes from an object stream or was made here.
type String struct {
	Value      []byte
	Hex        bool
	Start, End int
}

// Array is an array.
type Array []Object

// Dict is a dictionary.
type Dict map[Name]Object

// Ref points to an object.
type Ref struct {
	Number     int
	Generation int
}

// Stream is a dictionary with data: Raw is as it stands in the file, with its filters.
type Stream struct {
	Dict Dict
	Raw  []byte
}

// Append writes an object as it stands in a file. Strings are written in hexadecimal, which needs no escapes.
func Append(b []byte, o Object) []byte {
	switch o := o.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, o)
	case int64:
		return strconv.AppendInt(b, o, 10)
	case int:
		return strconv.AppendInt(b, int64(o), 10)
	case float64:
		return strconv.AppendFloat(b, o, 'f', -1, 32)
	case Real:
		return append(b, o...)
	case Name:
		return appendName(b, o)
	case String:
		return appendString(b, o.Value)
	case Ref:
		b = strconv.AppendInt(b, int64(o.Number), 10)
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(o.Generation), 10)
		return append(b, " R"...)
	case Array:
		b = append(b, '[')
		for i, e := range o {
			if i > 0 {
				b = append(b, ' ')
			}
			b = Append(b, e)
		}
		return append(b, ']')
	case Dict:
		b = append(b, "<<"...)
		for _, k := range slices.Sorted(maps.Keys(o)) {
			b = append(appendName(b, k), ' ')
			b = append(Append(b, o[k]), '\n')
		}
		return append(b, ">>"...)
	case *Stream:
		d := maps.Clone(o.Dict)
		d["Length"] = int64(len(o.Raw))
		b = append(Append(b, d), "\nstream\n"...)
		b = append(b, o.Raw...)
		return append(b, "\nendstream"...)
	}
	panic("pdf: an object of an unknown type") // a mistake in this program: the parser makes no other
}

const hexDigits = "0123456789ABCDEF"

func appendName(b []byte, n Name) []byte {
	b = append(b, '/')
	for i := range len(n) {
		if c := n[i]; regular(c) && c != '#' && c > ' ' && c < 0x7F {
			b = append(b, c)
		} else {
			b = append(b, '#', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

func appendString(b, s []byte) []byte {
	b = append(b, '<')
	for _, c := range s {
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, '>')
}

// Equal says that two objects mean the same, references being compared as references. Where a string stands in the file
// does not count.
func Equal(a, b Object) bool {
	switch a := a.(type) {
	case String:
		b, ok := b.(String)
		return ok && bytes.Equal(a.Value, b.Value)
	case Array:
		b, ok := b.(Array)
		return ok && slices.EqualFunc(a, b, Equal)
	case Dict:
		b, ok := b.(Dict)
		return ok && maps.EqualFunc(a, b, Equal)
	case *Stream:
		b, ok := b.(*Stream)
		return ok && bytes.Equal(a.Raw, b.Raw) && Equal(a.Dict, b.Dict)
	}
	switch b.(type) {
	case String, Array, Dict, *Stream:
		return false
	}
	return a == b
}

// Number is the value of an integer or a real.
func Number(o Object) (float64, bool) {
	switch o := o.(type) {
	case int64:
		return float64(o), true
	case Real:
		return o.Float(), true
	}
	return 0, false
}

// References calls f for each reference in an object, without following any.
func References(o Object, f func(Ref)) {
	switch o := o.(type) {
	case Ref:
		f(o)
	case Array:
		for _, e := range o {
			References(e, f)
		}
	case Dict:
		for _, e := range o {
			References(e, f)
		}
	case *Stream:
		References(o.Dict, f)
	}
}

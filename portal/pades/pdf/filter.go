// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
)

// decode gives the data of an xref stream or an object stream: as they are, or FlateDecode with a predictor of PNG. Nobody
// writes such streams in another way.
func (d *Document) decode(s *Stream) ([]byte, error) {
	filter, params := only(s.Dict["Filter"]), only(s.Dict["DecodeParms"])
	if filter == nil {
		return s.Raw, nil
	}
	if filter != Name("FlateDecode") {
		return nil, fmt.Errorf("a filter other than FlateDecode: %w", ErrMalformed)
	}
	data, err := d.inflate(s.Raw)
	if err != nil {
		return nil, err
	}
	p, there := params.(Dict)
	if !there {
		return data, nil
	}
	return unpredict(data, p)
}

// only takes the element of an array of one.
func only(o Object) Object {
	if a, ok := o.(Array); ok && len(a) == 1 {
		return a[0]
	}
	if a, ok := o.(Array); ok && len(a) == 0 {
		return nil
	}
	return o
}

// inflate stops at the ceilings, for one stream and for the whole document.
func (d *Document) inflate(raw []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("inflating: %w: %w", ErrMalformed, err)
	}
	defer r.Close()
	most := min(maxInflated, maxInflation-d.spent)
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, int64(most)+1))
	d.spent += int(n)
	if n > int64(most) {
		return nil, fmt.Errorf("a stream that inflates to more than %d bytes: %w", most, ErrTooLarge)
	}
	if err != nil {
		return nil, fmt.Errorf("inflating: %w: %w", ErrMalformed, err)
	}
	return out.Bytes(), nil
}

// unpredict undoes the predictors of PNG (ISO 32000-2, 7.4.4.4) for bytes: one colour of 8 bits.
func unpredict(data []byte, params Dict) ([]byte, error) {
	predictor, there := params["Predictor"].(int64)
	if !there || predictor == 1 {
		return data, nil
	}
	columns := int64(1)
	if c, there := params["Columns"].(int64); there {
		columns = c
	}
	if predictor < 10 || predictor > 15 || columns < 1 || columns > 1000 ||
		!oneOr(params["Colors"], 1) || !oneOr(params["BitsPerComponent"], 8) {
		return nil, fmt.Errorf("a predictor that is not PNG's for bytes: %w", ErrMalformed)
	}
	width := int(columns)
	if len(data)%(width+1) != 0 {
		return nil, fmt.Errorf("rows of a predictor are cut off: %w", ErrMalformed)
	}
	out := make([]byte, 0, len(data))
	before := make([]byte, width)
	for ; len(data) > 0; data = data[width+1:] {
		at := len(out)
		out = append(out, data[1:width+1]...)
		row := out[at:]
		if err := unpredictRow(data[0], row, before); err != nil {
			return nil, err
		}
		before = row
	}
	return out, nil
}

func oneOr(o Object, usual int64) bool { return o == nil || o == usual }

func unpredictRow(kind byte, row, above []byte) error {
	for i := range row {
		var left, corner byte
		if i > 0 {
			left, corner = row[i-1], above[i-1]
		}
		switch kind {
		case 0:
		case 1:
			row[i] += left
		case 2:
			row[i] += above[i]
		case 3:
			row[i] += byte((int(left) + int(above[i])) / 2)
		case 4:
			row[i] += paeth(left, above[i], corner)
		default:
			return fmt.Errorf("no predictor of PNG has the number %d: %w", kind, ErrMalformed)
		}
	}
	return nil
}

// paeth is the filter of that name (PNG, 9.4).
func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	da, db, dc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case da <= db && da <= dc:
		return a
	case db <= dc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }

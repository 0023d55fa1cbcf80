// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// fromPreferences renders the managed preferences of macOS: a property list in XML, whose top is a dictionary.
func fromPreferences(plist []byte) ([]byte, error) {
	if len(plist) > maxFile {
		return nil, fmt.Errorf("longer than %d bytes", maxFile)
	}
	d := xml.NewDecoder(bytes.NewReader(plist))
	for {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("no property list: %w", err)
		}
		start, ok := t.(xml.StartElement)
		if !ok || start.Name.Local == "plist" {
			continue
		}
		value, err := plistValue(d, start, 0)
		if err != nil {
			return nil, err
		}
		top, ok := value.(map[string]any)
		if !ok {
			return nil, errors.New("the property list is no dictionary")
		}
		return writtenPreferences(top)
	}
}

const maxPlistDepth = 8

// plistValue reads one value: string, bool, int64, []any or map[string]any.
func plistValue(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth > maxPlistDepth {
		return nil, errors.New("the property list is nested too deeply")
	}
	switch start.Name.Local {
	case "true", "false":
		return start.Name.Local == "true", d.Skip()
	case "string", "integer":
		var text string
		if err := d.DecodeElement(&text, &start); err != nil || start.Name.Local == "string" {
			return text, err
		}
		return strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	case "array":
		var list []any
		err := children(d, func(s xml.StartElement) error {
			v, err := plistValue(d, s, depth+1)
			list = append(list, v)
			return err
		})
		return list, err
	case "dict":
		dict, key := map[string]any{}, ""
		err := children(d, func(s xml.StartElement) error {
			if s.Name.Local == "key" {
				return d.DecodeElement(&key, &s)
			}
			v, err := plistValue(d, s, depth+1)
			dict[key] = v
			return err
		})
		return dict, err
	}
	return nil, fmt.Errorf("a value of type %s, which no key has", start.Name.Local)
}

// children calls each for every element up to the end of the present one.
func children(d *xml.Decoder, each func(xml.StartElement) error) error {
	for {
		t, err := d.Token()
		switch t := t.(type) {
		case xml.StartElement:
			if err := each(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
}

// writtenPreferences gives lists and tables the types that written knows.
func writtenPreferences(top map[string]any) ([]byte, error) {
	policy := map[string]any{}
	for name, value := range top {
		switch v := value.(type) {
		case []any:
			list, err := plistList(name, v)
			if err != nil {
				return nil, err
			}
			policy[name] = list
		case map[string]any:
			table := map[string][]string{}
			for key, value := range v {
				list, _ := value.([]any)
				texts, err := plistList(name+" "+key, list)
				if err != nil {
					return nil, err
				}
				var ok bool
				if table[key], ok = texts.([]string); !ok {
					return nil, fmt.Errorf("%s: %s: not a list of texts", name, key)
				}
			}
			policy[name] = table
		default:
			policy[name] = v
		}
	}
	return written(policy)
}

// plistList is a list of texts, or one of numbers.
func plistList(name string, values []any) (any, error) {
	texts, numbers := []string{}, []int64{}
	for _, v := range values {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case int64:
			numbers = append(numbers, v)
		default:
			return nil, fmt.Errorf("%s: a list holds texts, or numbers", name)
		}
	}
	switch {
	case len(numbers) == 0:
		return texts, nil
	case len(texts) == 0:
		return numbers, nil
	}
	return nil, fmt.Errorf("%s: a list holds texts, or numbers", name)
}

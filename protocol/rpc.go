// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ID is the id of a request: a JSON number or a string, kept as it was written. The zero ID is null.
type ID string

// Request is a JSON-RPC 2.0 request. Notifications from a page do not exist in this protocol: the id is never null.
type Request struct {
	ID     ID
	Method string
	Params json.RawMessage // one object; {} when the request had none
}

// JSON-RPC 2.0 error codes (section 5.1 of that specification).
const (
	rpcParse         = -32700
	rpcInvalid       = -32600
	rpcNoMethod      = -32601
	rpcInvalidParams = -32602
	rpcInternal      = -32603
	rpcServer        = -32000
)

// RequestError is a request that cannot be read; Reply answers it with the JSON-RPC code that fits.
type RequestError struct {
	rpc    int
	Detail string
}

func (e *RequestError) Error() string { return e.Detail }

// Unreadable is the error for what is not JSON, or is too long to be read.
func Unreadable(detail string) error { return &RequestError{rpcParse, detail} }

// unusable is the error for what checkJSON refuses: JSON of another form is no request, all else is not JSON.
func unusable(err error) error {
	if errors.Is(err, errTooDeep) || errors.Is(err, errNotObject) {
		return &RequestError{rpcInvalid, err.Error()}
	}
	return Unreadable(err.Error())
}

// NoMethod is the error for a method that does not exist.
func NoMethod(method string) error {
	return &RequestError{rpcNoMethod, "no method " + clip(method)}
}

// ParseRequest reads one request. With a RequestError the returned Request still carries the id when there was one.
func ParseRequest(b []byte) (Request, error) {
	if err := checkJSON(b, MaxDepth); errors.Is(err, errTooDeep) {
		return Request{ID: peekID(b)}, unusable(err)
	} else if err != nil {
		return Request{}, unusable(err)
	}
	var m struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  *string         `json:"method"`
		Params  json.RawMessage `json:"params"`
	}
	if err := decodeStrict(b, &m); err != nil {
		return Request{ID: peekID(b)}, &RequestError{rpcInvalid, err.Error()}
	}
	id, err := parseID(m.ID)
	req := Request{ID: id, Params: m.Params}
	switch {
	case err != nil:
		return req, &RequestError{rpcInvalid, err.Error()}
	case m.JSONRPC != "2.0":
		return req, &RequestError{rpcInvalid, `"jsonrpc" must be "2.0"`}
	case m.Method == nil || *m.Method == "" || len(*m.Method) > 64:
		return req, &RequestError{rpcInvalid, "a method of 1 to 64 characters is needed"}
	}
	req.Method = *m.Method
	if len(req.Params) == 0 {
		req.Params = json.RawMessage("{}")
	}
	if req.Params[0] != '{' {
		return req, &RequestError{rpcInvalidParams, "params must be an object"}
	}
	return req, nil
}

// Bind reads the parameters of a request into v, a pointer to a struct. Unknown members are refused.
func (r Request) Bind(v any) error {
	if err := decodeStrict(r.Params, v); err != nil {
		return Fail(InvalidArgument, err.Error())
	}
	return nil
}

// parseID accepts a number or a string of at most MaxIDLength characters.
func parseID(b json.RawMessage) (ID, error) {
	switch {
	case len(b) == 0 || string(b) == "null":
		return "", errors.New("a request needs an id")
	case b[0] == '"':
		const longest = len(`\ud83c\udf09`) // a character, at its longest in JSON
		var s string
		if len(b) > longest*MaxIDLength+2 || json.Unmarshal(b, &s) != nil || utf8.RuneCountInString(s) > MaxIDLength {
			return "", errors.New("id too long")
		}
		return ID(b), nil
	case b[0] == '-' || (b[0] >= '0' && b[0] <= '9'):
		if len(b) > MaxIDLength || !json.Valid(b) {
			return "", errors.New("id too long")
		}
		return ID(b), nil
	}
	return "", errors.New("id must be a number or a string")
}

// MarshalJSON writes the id as it came.
func (id ID) MarshalJSON() ([]byte, error) {
	if id == "" {
		return []byte("null"), nil
	}
	return []byte(id), nil
}

// UnmarshalJSON accepts what a request may carry as id, and null.
func (id *ID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*id = ""
		return nil
	}
	v, err := parseID(b)
	*id = v
	return err
}

// ErrorData is the data member of a JSON-RPC error.
type ErrorData struct {
	Code   Code   `json:"code"`
	Reason Reason `json:"reason,omitempty"`
	Retry  bool   `json:"retry"`
	Hint   string `json:"hint"`
}

// ErrorObject is the error member of a response.
type ErrorObject struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Data    ErrorData `json:"data"`
}

// Response is a JSON-RPC 2.0 response.
type Response struct {
	ID     ID
	Result json.RawMessage
	Error  *ErrorObject
}

// Reply makes the response to request id. hint gives the sentence for the citizen; any error that is not of this
// package becomes INTERNAL and its text stays out of the response.
func Reply(id ID, result any, err error, hint func(Code) string) []byte {
	if err == nil {
		b, merr := encode(struct {
			JSONRPC string `json:"jsonrpc"`
			ID      ID     `json:"id"`
			Result  any    `json:"result"`
		}{"2.0", id, result})
		if merr == nil {
			return b
		}
		err = merr
	}
	b, _ := encode(struct {
		JSONRPC string      `json:"jsonrpc"`
		ID      ID          `json:"id"`
		Error   ErrorObject `json:"error"`
	}{"2.0", id, errorObject(err, hint)})
	return b
}

// encode is json.Marshal, but leaves <, >, & and U+2028 as they are: the nativehost knows an answer by the very bytes of its
// id.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func errorObject(err error, hint func(Code) string) ErrorObject {
	o := ErrorObject{Code: rpcInternal, Message: Internal.Message(), Data: ErrorData{Code: Internal}}
	var re *RequestError
	var pe *Error
	switch {
	case errors.As(err, &re):
		o.Code, o.Message, o.Data.Code = re.rpc, re.Detail, InvalidArgument
	case errors.As(err, &pe):
		o.Code, o.Message, o.Data.Code, o.Data.Reason = rpcServer, pe.Error(), pe.Code, pe.Reason
		switch pe.Code {
		case InvalidArgument:
			o.Code = rpcInvalidParams
		case Internal:
			o.Code, o.Message = rpcInternal, Internal.Message()
		}
	}
	o.Message = clip(o.Message)
	o.Data.Retry = o.Data.Code.Retry()
	if hint != nil {
		o.Data.Hint = hint(o.Data.Code)
	}
	return o
}

// DataOf is what an error tells of itself in a response; hint as for Reply.
func DataOf(err error, hint func(Code) string) ErrorData { return errorObject(err, hint).Data }

// Notify makes a notification towards the page.
func Notify(method string, params any) []byte {
	b, _ := encode(struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", method, params})
	return b
}

// ParseResponse reads what an agent answered. A notification gives a Response with a null ID and neither result nor
// error.
func ParseResponse(b []byte) (Response, error) {
	if err := checkJSON(b, MaxDepth); err != nil {
		return Response{}, err
	}
	var m struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      ID              `json:"id"`
		Result  json.RawMessage `json:"result"`
		Error   *ErrorObject    `json:"error"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return Response{}, err
	}
	if m.JSONRPC != "2.0" {
		return Response{}, errors.New(`"jsonrpc" must be "2.0"`)
	}
	return Response{ID: m.ID, Result: m.Result, Error: m.Error}, nil
}

var (
	errTooDeep   = errors.New("JSON nested too deep")
	errNotObject = errors.New("not a JSON object")
)

// checkJSON refuses what is not one JSON object in UTF-8 of at most levels levels.
func checkJSON(b []byte, levels int) error {
	b = bytes.TrimLeft(b, " \t\r\n")
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	switch deep := deeper(b, levels); {
	case deep && b[0] == '{':
		return errTooDeep
	case deep && b[0] == '[': // json.Valid has a limit of its own
		return errNotObject
	case !json.Valid(b):
		return errors.New("not JSON")
	case b[0] != '{':
		return errNotObject
	}
	return nil
}

// deeper says whether JSON, or what looks like it, has more levels.
func deeper(b []byte, levels int) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range b {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > levels {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// decodeStrict reads an object into v, a pointer to a struct. It refuses unknown members, repeated ones, and anything after
// the object.
func decodeStrict(b []byte, v any) error {
	if err := checkMembers(b, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errors.New(clip(strings.TrimPrefix(err.Error(), "json: ")))
	}
	if d.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}

// checkMembers is for what encoding/json lets pass: it takes "ID" for "id", and the last of two. Whoever relays a message
// may have read the other one.
func checkMembers(b []byte, t reflect.Type) (err error) {
	seen := make(map[string]bool, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		seen[name] = false
	}
	members(b, func(raw, _ []byte) {
		var name string
		_ = json.Unmarshal(raw, &name)
		switch twice, known := seen[name]; {
		case err != nil:
		case !known:
			err = errors.New("unknown field " + clip(strconv.Quote(name)))
		case twice:
			err = errors.New("field " + name + " is repeated")
		}
		seen[name] = true
	})
	return err
}

// clip keeps texts from outside short where they are repeated in an error.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

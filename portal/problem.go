// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"encoding/json"
	"net/http"
)

// ProblemTypes is what the type of every Problem begins with; its code follows.
const ProblemTypes = "https://github.com/ponte-cns/ponte/blob/main/docs/portal.md#"

// Problem is what a Handler answers when there is no login: problem details for HTTP (RFC 9457), of the media type
// application/problem+json.
type Problem struct {
	Type   string `json:"type"`   // ProblemTypes and Code
	Title  string `json:"title"`  // what kind of problem, in the citizen's language
	Status int    `json:"status"` // that of the answer
	Detail string `json:"detail"` // what happened and what to do, in the citizen's language
	Code   string `json:"code"`   // a Reason, or one of the codes below: program against this
}

// The codes that are no Reason: these requests did not get as far as a token. Names are only ever added.
const (
	CodeCrossSite   = "cross-site"   // 403: another site made the browser send it
	CodeRequest     = "request"      // 400, 404, 405, 413, 415: not what the endpoint expects
	CodeRateLimited = "rate-limited" // 429, with Retry-After: too many requests of this session, or from this address
	CodeUnavailable = "unavailable"  // 503: the store of the challenges does not work
	CodeInternal    = "internal"     // 500: OnLogin failed
)

// newProblem writes in one of the languages.
func newProblem(status int, code, language string) Problem {
	text, ok := problemTexts[code]
	if !ok { // a Reason newer than the table: its tests do not let that happen
		text = problemTexts[CodeInternal]
	}
	words := text.it
	switch language {
	case "en":
		words = text.en
	case "de":
		words = text.de
	}
	return Problem{Type: ProblemTypes + code, Title: words.title, Status: status, Detail: words.detail, Code: code}
}

// answerJSON writes an answer that nobody keeps.
func answerJSON(w http.ResponseWriter, kind string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // plain structures of strings: cannot happen
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(b) // the client is gone if this fails
}

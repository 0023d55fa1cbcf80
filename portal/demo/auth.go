// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"

	"github.com/ponte-cns/ponte/portal"
)

// maxLoginBody is room for a token of the largest size and its nonce.
const maxLoginBody = 16 << 10

// problem is an answer of RFC 9457, with the reason as an extension member.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"` // a sentence for the citizen
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

func (s *site) answerProblem(w http.ResponseWriter, r *http.Request, status int, reason string) {
	s.log.Info("login", "outcome", reason)
	answerJSON(w, "application/problem+json", status, problem{
		Type: "about:blank", Title: language(r).text("refusal." + reason), Status: status, Reason: reason,
	})
}

func answerJSON(w http.ResponseWriter, kind string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(b)
}

// challenge begins a login: a session if there is none, and a nonce bound to it.
func (s *site) challenge(w http.ResponseWriter, r *http.Request) {
	current, found := s.sessions.find(r)
	if !found {
		current = s.sessions.start(w, session{})
	}
	nonce, err := s.login.Challenge(r.Context(), current.id)
	if err != nil {
		s.answerProblem(w, r, http.StatusServiceUnavailable, "store")
		return
	}
	answerJSON(w, "application/json", http.StatusOK, map[string]string{"nonce": nonce})
}

// authenticate ends a login. It accepts requests only from the portal's own pages: a login that another site makes a
// browser send would log its user in as somebody else.
func (s *site) authenticate(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != s.login.Origin.String() {
		s.answerProblem(w, r, http.StatusForbidden, string(portal.ReasonOrigin))
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		s.answerProblem(w, r, http.StatusUnsupportedMediaType, string(portal.ReasonFormat))
		return
	}
	var body struct {
		Nonce string          `json:"nonce"`
		Token json.RawMessage `json:"token"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLoginBody)).Decode(&body); err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		s.answerProblem(w, r, status, string(portal.ReasonFormat))
		return
	}
	current, found := s.sessions.find(r)
	if !found {
		s.answerProblem(w, r, http.StatusForbidden, string(portal.ReasonNonceUnknown))
		return
	}
	who, err := s.login.Verify(r.Context(), current.id, body.Nonce, body.Token)
	if refusal, ok := errors.AsType[*portal.Refusal](err); ok {
		s.log.Info("refusal", "detail", refusal.Detail)
		s.answerProblem(w, r, http.StatusForbidden, string(refusal.Reason))
		return
	}
	if err != nil {
		s.log.Error("login", "error", err)
		s.answerProblem(w, r, http.StatusServiceUnavailable, "store")
		return
	}
	s.sessions.end(current)
	s.sessions.start(w, session{identity: &who})
	s.log.Info("login", "outcome", "ok")
	answerJSON(w, "application/json", http.StatusOK, map[string]string{"next": "/profilo"})
}

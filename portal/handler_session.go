// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

// sessionLifetime is that of the cookie: longer than any challenge, counted from the last one.
const sessionLifetime = 2 * ChallengeLifetime

// sessionIDLength is in characters of base32: more than 128 bits, see rand.Text.
const sessionIDLength = 26

func newSessionID() string { return rand.Text() }

// cookieName has, over https, the prefix that makes browsers refuse a cookie set by a subdomain or over http
// (RFC 6265bis, 4.1.3.2).
func (h *Handler) cookieName() string {
	if h.login.Origin.Secure() {
		return "__Host-ponte"
	}
	return "ponte"
}

// findSession gives the id in the cookie. The server keeps none: an id is as good as the challenges that were issued to
// it, and one that has not the form of ours is none.
func (h *Handler) findSession(r *http.Request) (string, bool) {
	cookie, err := r.Cookie(h.cookieName())
	if err != nil || len(cookie.Value) != sessionIDLength || strings.Trim(cookie.Value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", false
	}
	return cookie.Value, true
}

func (h *Handler) sendSession(w http.ResponseWriter, id string) {
	http.SetCookie(w, h.cookie(id, int(sessionLifetime/time.Second)))
}

func (h *Handler) endSession(w http.ResponseWriter) { http.SetCookie(w, h.cookie("", -1)) }

func (h *Handler) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: h.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		Secure: h.login.Origin.Secure(), HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

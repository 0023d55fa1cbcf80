// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// long bounds waiting for what must come.
const long = time.Minute

const fiscalCode = "RSSGPR84S63H501C"

// fakeAgent answers with what a test says; a method without an answer does not exist.
type fakeAgent struct {
	mu      sync.Mutex
	answers map[string]any // a result, an error or a func(params any) (any, error)
	asked   []string
	last    map[string]any // the parameters of the last call of a method
	signer  *fakeSigner    // of the next channel
}

func (a *fakeAgent) Call(ctx context.Context, method string, params, result any) error {
	a.mu.Lock()
	answer, ok := a.answers[method]
	a.asked = append(a.asked, method)
	a.last[method] = params
	a.mu.Unlock()
	if !ok {
		return protocol.Fail(protocol.InvalidArgument, "no method "+method)
	}
	if ask, isFunc := answer.(func(context.Context) (any, error)); isFunc {
		var err error
		if answer, err = ask(ctx); err != nil {
			return err
		}
	}
	if ask, isFunc := answer.(func(any) (any, error)); isFunc {
		var err error
		if answer, err = ask(params); err != nil {
			return err
		}
	}
	if err, isError := answer.(error); isError {
		return err
	}
	b, err := json.Marshal(answer)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(b, result)
}

func (a *fakeAgent) answer(method string, with any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[method] = with
}

func (a *fakeAgent) params(method string) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last[method]
}

// rig is a panel that serves, and a browser that has come in.
type rig struct {
	*panel
	t     *testing.T
	agent *fakeAgent
	check func(local, remote netip.AddrPort) error
	name  string // of the cookie
	value string
	csrf  string
}

func three() *int { n := 3; return &n }

// start serves a panel whose agent has a card in its reader, and comes in.
func start(t *testing.T, changes ...func(*rig)) *rig {
	t.Helper()
	r := newRig(t)
	for _, change := range changes {
		change(r)
	}
	r.serve()
	r.name, r.value = r.comeIn()
	r.csrf = r.csrfOf(r.value)
	return r
}

func newRig(t *testing.T) *rig {
	t.Helper()
	a := &fakeAgent{answers: map[string]any{}, last: map[string]any{}}
	a.answers[control.AgentInfo] = control.Info{
		Version: "0.1.0", Language: "it", Revision: 7, Advice: protocol.Advice{Mood: protocol.MoodGood, Title: "Tessera pronta", Next: "Apri il sito."},
	}
	a.answers[control.CardInfo] = []control.Card{{
		Reader: "Virtual PCD 00 00", State: protocol.StateReady, Holder: "GIADA PROVA ROSSINI", FiscalCode: fiscalCode, Issuer: "Regione Prova",
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0), PIN: &protocol.PINStatus{TriesLeft: three()},
	}}
	p, err := newPanel(0, a, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &rig{panel: p, t: t, agent: a, check: func(_, _ netip.AddrPort) error { return nil }}
}

func (r *rig) serve() {
	r.t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.port = l.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithCancel(context.Background())
	r.tasks.ctx = ctx
	ended := make(chan error, 1)
	go func() { ended <- r.panel.serve(ctx, &ownPeers{Listener: l, check: r.check, log: r.log}) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	})
}

// comeIn visits with a key, and gives the cookie.
func (r *rig) comeIn() (name, value string) {
	r.t.Helper()
	answer := r.enterWith(r.keys.cut(""))
	for _, c := range answer.Cookies() {
		return c.Name, c.Value
	}
	r.t.Fatalf("no cookie: %v", answer.Status)
	return "", ""
}

// enterWith visits with a key as a browser does that knows nothing of us, or what head says.
func (r *rig) enterWith(key string, head ...string) answer {
	r.t.Helper()
	head = append(head, "Host: "+r.host())
	first := r.send("GET /enter?key="+key+" HTTP/1.1", head...)
	if to := first.Header.Get("Location"); strings.HasPrefix(to, arrivePath+"?") && first.Header.Get("Referrer-Policy") == "no-referrer" {
		return r.send("GET "+to+" HTTP/1.1", head...)
	}
	return first
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (r *rig) csrfOf(cookie string) string {
	r.t.Helper()
	answer := r.send("GET /pin HTTP/1.1", "Host: "+r.host(), "Cookie: "+r.sessions.cookie+"="+cookie)
	m := csrfField.FindStringSubmatch(answer.text)
	if m == nil {
		r.t.Fatalf("no form: %s", answer.text)
	}
	return m[1]
}

// answer is a response that has been read.
type answer struct {
	*http.Response
	text string
}

// outside are the paths that lie beside the pages of a visit.
var outside = []string{enterPath, "/panel.css", "/panel.js", "/icon.svg", "/sign.js"}

// within puts the path of the pages into the line of a request. One whose path begins with @ is sent as it stands behind it.
func (r *rig) within(line string) string {
	method, rest, _ := strings.Cut(line, " ")
	path, _, _ := strings.Cut(strings.Fields(rest)[0], "?")
	switch {
	case strings.HasPrefix(rest, "@"):
		return method + " " + rest[1:]
	case !strings.HasPrefix(rest, "/"), slices.Contains(outside, path):
		return line
	}
	return method + " " + r.base + rest
}

// send writes a request: its line, its header and, after an empty line, its body.
func (r *rig) send(line string, head ...string) answer {
	r.t.Helper()
	return r.sendBody(line, "", head...)
}

func (r *rig) sendBody(line, body string, head ...string) answer {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.host())
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(long))
	if body != "" {
		head = append(head, "Content-Length: "+strconv.Itoa(len(body)))
	}
	_, _ = io.WriteString(conn, r.within(line)+"\r\n"+strings.Join(append(head, "Connection: close"), "\r\n")+"\r\n\r\n"+body)
	method, _, _ := strings.Cut(line, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		r.t.Fatalf("%s: %v", line, err)
	}
	b, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.t.Fatalf("%s: %v", line, err)
	}
	if to := response.Header.Get("Location"); to != "" { // where it leads within the pages; a way out of them is left as it is
		response.Header.Set("Location", strings.TrimPrefix(to, r.base))
	}
	return answer{response, string(b)}
}

// own is the header of a request of our own page.
func (r *rig) own(more ...string) []string {
	return append([]string{"Host: " + r.host(), "Cookie: " + r.name + "=" + r.value, "Sec-Fetch-Site: same-origin"}, more...)
}

// get asks for a page as a person does.
func (r *rig) get(path string) answer {
	r.t.Helper()
	return r.send("GET "+path+" HTTP/1.1", r.own()...)
}

// post sends a form of ours.
func (r *rig) post(path string, fields url.Values, more ...string) answer {
	r.t.Helper()
	sent := url.Values{"csrf": {r.csrf}}
	for name, values := range fields {
		sent[name] = values
	}
	head := append(r.own("Origin: "+r.origin(), "Content-Type: application/x-www-form-urlencoded"), more...)
	return r.sendBody("POST "+path+" HTTP/1.1", sent.Encode(), head...)
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(long); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

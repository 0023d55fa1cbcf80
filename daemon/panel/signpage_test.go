// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// part is one of a form with files. One with a file name is a file.
type part struct{ name, value, file string }

// multipartOf writes a form as browsers do.
func multipartOf(parts ...part) (kind, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, x := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", x.name))
		if x.file != "" {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", x.name, x.file))
			h.Set("Content-Type", "application/pdf")
		}
		one, _ := w.CreatePart(h)
		_, _ = io.WriteString(one, x.value)
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

// upload sends a form with files, with the token first.
func (r *rig) upload(path string, parts []part, more ...string) answer {
	r.t.Helper()
	kind, body := multipartOf(append([]part{{name: "csrf", value: r.csrf}}, parts...)...)
	return r.sendBody("POST "+path+" HTTP/1.1", body, append(r.own("Origin: "+r.origin(), "Content-Type: "+kind), more...)...)
}

// ended waits until nothing is being signed.
func (r *rig) ended() {
	r.t.Helper()
	eventually(r.t, "the end of the signature", func() bool { x, ok := r.tasks.get(signTask); return !ok || !x.Running })
}

func TestAFormWithFilesIsRefusedBeforeAFileOfItIsRead(t *testing.T) {
	r := start(t)
	r.agent.signer = newFakeSigner()
	file := part{"papers", "x", "a.pdf"}
	host, cookie, origin := "Host: "+r.host(), "Cookie: "+r.name+"="+r.value, "Origin: "+r.origin()
	right, wrong := part{name: "csrf", value: r.csrf}, part{name: "csrf", value: "wrong"}
	for _, c := range []struct {
		name   string
		head   []string
		parts  []part
		status int
	}{
		{"no session", []string{host, origin}, []part{right, file}, 403},
		{"no origin", []string{host, cookie}, []part{right, file}, 403},
		{"another origin", []string{host, cookie, "Origin: https://evil.example"}, []part{right, file}, 403},
		{"a frame without an origin", []string{host, cookie, "Origin: null", "Sec-Fetch-Site: cross-site"}, []part{right, file}, 403},
		{"another site", []string{host, cookie, origin, "Sec-Fetch-Site: same-site"}, []part{right, file}, 403},
		{"a wrong token", []string{host, cookie, origin}, []part{wrong, file}, 403},
		{"no token", []string{host, cookie, origin}, []part{file}, 400},
		{"a token behind the file", []string{host, cookie, origin}, []part{file, right}, 400},
		{"a token that is a file", []string{host, cookie, origin}, []part{{"csrf", r.csrf, "csrf"}, file}, 400},
		{"nothing", []string{host, cookie, origin}, nil, 400},
	} {
		for _, path := range []string{"/sign/send", "/verify/send"} {
			kind, body := multipartOf(c.parts...)
			if got := r.sendBody("POST "+path+" HTTP/1.1", body, append(c.head, "Content-Type: "+kind)...); got.StatusCode != c.status {
				t.Errorf("%s, %s: %s", c.name, path, got.Status)
			}
		}
	}
	for kind, status := range map[string]int{"application/x-www-form-urlencoded": 415, "text/plain": 415, "application/octet-stream": 415, "multipart/form-data": 400, "": 415} {
		if got := r.sendBody("POST /sign/send HTTP/1.1", "csrf="+r.csrf, r.own(origin, "Content-Type: "+kind)...); got.StatusCode != status {
			t.Errorf("a form as %q: %s", kind, got.Status)
		}
	}
	kind, _ := multipartOf()
	if got := r.send("POST /sign/send HTTP/1.1", r.own(origin, "Content-Type: "+kind, "Content-Length: 999999999")...); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over the limit: %s", got.Status)
	}
	if got := r.post("/sign/cancel", nil); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the usual forms: %s", got.Status)
	}
	if r.agent.signer.order.Documents != nil {
		t.Error("a refused form was signed")
	}
}

func TestWhatCannotBeSignedIsSaidAndNotAsked(t *testing.T) {
	w := words.For("it")
	many := make([]part, maxDocuments+1)
	for i := range many {
		many[i] = part{"papers", "x", "a.pdf"}
	}
	var names []string
	for range maxDocuments + 1 {
		names = append(names, `{"name":"a","type":"","size":1}`)
	}
	for _, c := range []struct {
		name  string
		parts []part
		said  words.Text
	}{
		{"no document", []part{{name: "reason", value: "x"}}, words.PanelSignNothing},
		{"an empty document", []part{{"papers", "", "a.pdf"}}, words.PanelSignEmpty},
		{"51 documents", many, words.PanelSignTooMuch},
		{"51 documents, as a script says", []part{{name: "papers", value: "[" + strings.Join(names, ",") + "]"}}, words.PanelSignTooMuch},
		{"50 MB and a byte", []part{{name: "papers", value: fmt.Sprintf(`[{"name":"a","size":%d}]`, maxDocument+1)}}, words.PanelSignTooMuch},
		{"more than 100 MB in all", []part{{name: "papers", value: fmt.Sprintf(`[{"name":"a","size":%d},{"name":"b","size":%d},{"name":"c","size":1}]`, maxDocument, maxDocument)}}, words.PanelSignTooMuch},
		{"a negative size", []part{{name: "papers", value: `[{"name":"a","size":-1}]`}}, words.PanelSignTooMuch},
		{"fields without end", []part{{name: "reason", value: strings.Repeat("x", maxFields+1)}}, words.PanelSignTooMuch},
		{"a list that is none", []part{{name: "papers", value: "x"}}, words.PanelSignBroken},
		{"two lists", []part{{name: "papers", value: `[{"name":"a","size":1}]`}, {name: "papers", value: `[{"name":"b","size":1}]`}}, words.PanelSignBroken},
		{"a list and no documents", []part{{name: "papers", value: `[{"name":"a","size":1}]`}}, words.PanelSignBroken},
		{"a format that is none", []part{{name: "format", value: "x"}, {"papers", "x", "a.pdf"}}, words.PanelSignBroken},
		{"a box that is none", []part{{name: "box", value: "x"}, {"papers", "x", "a.pdf"}}, words.PanelSignBroken},
		{"a box on no page", []part{{name: "box", value: `{"page":0}`}, {"papers", "x", "a.pdf"}}, words.PanelSignBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t)
			r.agent.signer = newFakeSigner()
			said := w.T(c.said, limitData())
			if got := r.upload("/sign/send", c.parts); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/sign" {
				t.Fatalf("%s %s", got.Status, got.text)
			}
			if text := r.get("/sign").text; !says(text, said) {
				t.Errorf("the page does not say %q", said)
			}
			if got := r.upload("/sign/send", c.parts, "Accept: application/json"); got.StatusCode != http.StatusOK || !strings.Contains(got.text, said) {
				t.Errorf("a script is told %s", got.text)
			}
			if r.agent.signer.order.Documents != nil {
				t.Error("the agent was asked")
			}
		})
	}
}

func TestADocumentIsAsLongAsWasSaid(t *testing.T) {
	for _, size := range []int{5, 7} {
		r := start(t)
		r.agent.signer = newFakeSigner()
		list := part{name: "papers", value: fmt.Sprintf(`[{"name":"a.pdf","size":%d}]`, size)}
		r.upload("/sign/send", []part{list, {"paper-0", "sixsix", "a.pdf"}}, "Accept: application/json")
		r.ended()
		if text := r.get("/sign").text; !says(text, words.For("it").T(words.PanelSignBroken, nil)) {
			t.Errorf("%d: %s", size, text)
		}
		select {
		case <-r.agent.signer.closed:
		default:
			t.Errorf("%d: the agent still waits", size)
		}
	}
}

func TestAPageThatGoesAwayInTheMiddleHasCancelled(t *testing.T) {
	r := start(t)
	r.agent.signer = newFakeSigner()
	kind, body := multipartOf(part{name: "csrf", value: r.csrf}, part{name: "papers", value: `[{"name":"a.pdf","size":100000}]`}, part{"paper-0", strings.Repeat("x", 100_000), "a.pdf"})
	conn, err := net.Dial("tcp", r.host())
	if err != nil {
		t.Fatal(err)
	}
	head := append(r.own("Origin: "+r.origin(), "Content-Type: "+kind), fmt.Sprintf("Content-Length: %d", len(body)))
	_, _ = io.WriteString(conn, r.within("POST /sign/send HTTP/1.1")+"\r\n"+strings.Join(head, "\r\n")+"\r\n\r\n"+body[:60_000])
	eventually(t, "the first piece", func() bool { return r.signing.now().Documents != nil })
	_ = conn.Close()
	r.ended()
	if text := r.get("/sign").text; !says(text, words.For("it").T(words.PanelSignCancelled, nil)) {
		t.Error(text)
	}
	<-r.agent.signer.closed
}

func TestACancelReachesTheAgent(t *testing.T) {
	r := start(t)
	r.agent.signer = newFakeSigner()
	r.upload("/sign/send", []part{{"papers", "x", "a.pdf"}})
	<-r.agent.signer.complete
	if text := r.get("/sign").text; !says(text, words.For("it").T(words.PanelStageReceiving, nil)) || strings.Contains(text, `id="sign-form"`) {
		t.Errorf("while it is under way: %s", text)
	}
	r.agent.signer.notify(signProgress, []byte(`{"request":7,"stage":"asking"}`))
	if text := r.get("/sign").text; !says(text, words.For("it").T(words.PanelStageAsking, nil)) {
		t.Errorf("while the agent asks: %s", text)
	}
	if got := r.upload("/sign/send", []part{{"papers", "x", "b.pdf"}}, "Accept: application/json"); !strings.Contains(got.text, words.For("it").T(words.PanelSignRunning, nil)) {
		t.Errorf("a second form is told %s", got.text)
	}
	if x, _ := r.tasks.get(signTask); !x.Running {
		t.Error("a second form ends the first")
	}
	r.post("/sign/cancel", nil)
	r.ended()
	<-r.agent.signer.closed
	if text := r.get("/sign").text; !says(text, words.For("it").T(words.PanelSignCancelled, nil)) {
		t.Error(text)
	}
	r.post("/sign/end", nil)
	if text := r.get("/sign").text; !strings.Contains(text, `id="sign-form"`) || strings.Contains(text, `id="again"`) {
		t.Errorf("afterwards: %s", text)
	}
}

func TestWhatTheAgentRefusesIsSaid(t *testing.T) {
	r := start(t)
	r.agent.signer = newFakeSigner()
	r.agent.signer.answer <- protocol.Fail(protocol.CardRemoved, "")
	r.upload("/sign/send", []part{{"papers", "x", "a.pdf"}})
	r.ended()
	if text := r.get("/sign").text; !says(text, words.For("it").Hint(protocol.CardRemoved)) || strings.Contains(text, "/sign/file") {
		t.Error(text)
	}
	r = start(t)
	r.agent.signer = newFakeSigner()
	r.agent.signer.refuse = protocol.Fail(protocol.UserTimeout, "")
	r.upload("/sign/send", []part{{"papers", "x", "a.pdf"}})
	r.ended()
	if text := r.get("/sign").text; !says(text, words.For("it").Hint(protocol.UserTimeout)) {
		t.Error(text)
	}
}

func TestADocumentGoesToTheAgentInPiecesAndComesBackSigned(t *testing.T) {
	content := strings.Repeat("Domanda di rimborso\r\n", 6000) // more than two pieces
	for _, c := range []struct {
		name  string
		parts []part
	}{
		{"without a script", []part{{"papers", content, "domanda.pdf"}, {name: "format", value: "p7m"}, {name: "reason", value: "per\x00 accettazione"}, {name: "time", value: "yes"}, {name: "box", value: ""}}},
		{"by a script", []part{{name: "papers", value: fmt.Sprintf(`[{"name":"C:\\casa\\domanda.pdf","type":"application/pdf","size":%d}]`, len(content))},
			{name: "format", value: "p7m"}, {name: "reason", value: "per accettazione"}, {name: "time", value: "yes"}, {name: "box", value: `{"page":2,"x":1.5,"y":2,"width":200,"height":70}`}, {"paper-0", content, "domanda.pdf"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t)
			s := newFakeSigner()
			r.agent.signer = s
			if got := r.upload("/sign/send", c.parts); got.Header.Get("Location") != "/sign" {
				t.Fatal(got.Status, got.text)
			}
			<-s.complete
			s.answer <- nil
			r.ended()
			want := order{Documents: []paper{{"domanda.pdf", "application/pdf", int64(len(content))}}, Format: "cades", Shape: "attached", Level: "B-T", Reason: "per accettazione"}
			if c.name == "by a script" {
				want.Visible = &box{2, 1.5, 2, 200, 70}
			}
			if !reflect.DeepEqual(s.order, want) {
				t.Errorf("asked %+v, want %+v", s.order, want)
			}
			if string(s.got[0]) != content || s.largest > pieceSize {
				t.Errorf("%d bytes came, %d in one message", len(s.got[0]), s.largest)
			}
			text := r.get("/sign").text
			if !says(text, words.For("it").N(words.PanelSigned, 1)) || !says(text, "domanda.pdf.p7m") {
				t.Error(text)
			}
			file := r.get("/sign/file?n=0")
			if file.text != content+signMark || file.Header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(file.Header.Get("Content-Disposition"), "domanda.pdf.p7m") || !strings.HasPrefix(file.Header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%d bytes, %v", len(file.text), file.Header)
			}
		})
	}
}

func TestOfABatchOneLearnsWhatWasSignedAndWhatNot(t *testing.T) {
	r := start(t)
	s := newFakeSigner()
	s.failed = map[int]protocol.Code{1: protocol.CardRemoved}
	r.agent.signer = s
	r.upload("/sign/send", []part{{"papers", "uno", "a.pdf"}, {"papers", "due", "b.pdf"}, {"papers", "tre", "A.pdf"}})
	<-s.complete
	s.answer <- nil
	r.ended()
	w := words.For("it")
	text := r.get("/sign").text
	if !says(text, w.T(words.PanelSignSome, words.Data{"Signed": 2, "All": 3})) || !says(text, w.Hint(protocol.CardRemoved)) || strings.Contains(text, "file?n=1") {
		t.Error(text)
	}
	for _, n := range []string{"1", "3", "-1", "x", ""} {
		if got := r.get("/sign/file?n=" + n); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", n, got.Status)
		}
	}
	got := r.get("/sign/all")
	archive, err := zip.NewReader(strings.NewReader(got.text), int64(len(got.text)))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a.pdf.p7m", "3-A.pdf.p7m"} {
		if i >= len(archive.File) || archive.File[i].Name != want {
			t.Errorf("no %s among %d files", want, len(archive.File))
		}
	}
	r.post("/sign/end", nil)
	if got := r.get("/sign/file?n=0"); got.StatusCode != http.StatusNotFound || r.get("/sign/all").StatusCode != http.StatusNotFound {
		t.Errorf("what was done with is kept: %s", got.Status)
	}
}

func TestAnUploadThatStallsIsNotWaitedFor(t *testing.T) {
	r := start(t, func(r *rig) { r.stall = 50 * time.Millisecond })
	r.agent.signer = newFakeSigner()
	kind, body := multipartOf(part{name: "csrf", value: r.csrf}, part{name: "papers", value: `[{"name":"a.pdf","size":100000}]`}, part{"paper-0", strings.Repeat("x", 100_000), "a.pdf"})
	conn, err := net.Dial("tcp", r.host())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(long))
	head := append(r.own("Origin: "+r.origin(), "Content-Type: "+kind), fmt.Sprintf("Content-Length: %d", len(body)))
	_, _ = io.WriteString(conn, r.within("POST /sign/send HTTP/1.1")+"\r\n"+strings.Join(head, "\r\n")+"\r\n\r\n"+body[:60_000])
	if _, err := io.ReadAll(conn); isTimeout(err) {
		t.Error("the panel waits on")
	}
	r.ended()
	<-r.agent.signer.closed
	if r := newRig(t); r.stall != sendPatience {
		t.Errorf("a piece may take %v", r.stall)
	}
}

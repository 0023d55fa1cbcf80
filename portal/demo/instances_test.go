// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/redisstore/redistest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// asProgram makes the test binary the program itself: a process of its own, as it is in production.
const asProgram = "PONTE_DEMO_IN_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// sharedOrigin is what browsers see of all instances: the balancer's.
const sharedOrigin = "https://portale.example"

// instance is a process of the portal, behind no balancer: the test chooses.
type instance struct {
	t       *testing.T
	address string
	log     *bytes.Buffer // to be read when it has ended
	process *os.Process
	ended   chan struct{}
}

func (i *instance) stop() {
	i.process.Signal(syscall.SIGTERM) // an error is that it has ended
	select {
	case <-i.ended:
	case <-time.After(time.Minute):
		i.t.Error("an instance does not end")
		i.process.Kill()
		<-i.ended
	}
}

// launch starts one instance and waits until it is ready. Each ends with the test.
func launch(t *testing.T, redis, db string) *instance {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	cmd := exec.Command(program, "--trust", trustFile(t), "--listen", "127.0.0.1:"+port, "--origin", sharedOrigin, "--redis", redis, "--db", db)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	i := &instance{t: t, address: "127.0.0.1:" + port, log: &bytes.Buffer{}, ended: make(chan struct{})}
	cmd.Stderr = i.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	i.process = cmd.Process
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { cmd.Wait(); close(i.ended) }()
	t.Cleanup(i.stop)
	if err != nil || line != "ponte-demo ready: "+sharedOrigin+"/\n" {
		i.stop()
		t.Fatalf("%q %v\n%s", line, err, i.log)
	}
	return i
}

// do asks this instance as the balancer does, with the cookie that the browser has.
func (i *instance) do(method, path, body string, cookie *http.Cookie) (*http.Response, string) {
	i.t.Helper()
	r, err := http.NewRequest(method, "http://"+i.address+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	r.Host = strings.TrimPrefix(sharedOrigin, "https://")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", sharedOrigin)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		i.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return answer, string(text)
}

func (i *instance) challenge() (nonce string, cookie *http.Cookie) {
	i.t.Helper()
	answer, text := i.do("GET", "/auth/challenge", "", nil)
	var body struct{ Nonce string }
	if err := json.Unmarshal([]byte(text), &body); err != nil || answer.StatusCode != 200 || len(answer.Cookies()) != 1 {
		i.t.Fatalf("%d %s", answer.StatusCode, text)
	}
	return body.Nonce, answer.Cookies()[0]
}

func signedFor(t *testing.T, nonce string) string {
	t.Helper()
	origin, err := protocol.ParseOrigin(sharedOrigin)
	if err != nil {
		t.Fatal(err)
	}
	return signedLogin(t, origin, nonce, testpki.LeafOptions{})
}

func startRedis(t *testing.T) *redistest.Server {
	t.Helper()
	s, err := redistest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.Running() {
			s.Kill()
		}
	})
	return s
}

func TestInstancesShareTheirChallengesAndNobodyLogsInTwice(t *testing.T) {
	redis := "redis://" + startRedis(t).Address + "/0"
	one, two := launch(t, redis, ""), launch(t, redis, "")

	nonce, cookie := one.challenge()
	body := signedFor(t, nonce)
	if answer, text := two.do("POST", "/auth/login", body, &http.Cookie{Name: cookie.Name, Value: strings.Repeat("A", 26)}); answer.StatusCode != 403 || !strings.Contains(text, `"nonce-unknown"`) {
		t.Errorf("in another session: %d %s", answer.StatusCode, text)
	}
	if answer, text := two.do("POST", "/auth/login", body, cookie); answer.StatusCode != 200 {
		t.Fatalf("issued by one, redeemed by two: %d %s", answer.StatusCode, text)
	}
	for name, i := range map[string]*instance{"where it was issued": one, "where it was redeemed": two} {
		answer, text := i.do("POST", "/auth/login", body, cookie)
		wantProblem(t, answer, text, 403, string(portal.ReasonNonceUsed))
		if len(answer.Cookies()) > 0 {
			t.Errorf("%s: a cookie", name)
		}
	}
}

func TestInstancesAnswerWithoutRedisAndWorkWhenItIsBack(t *testing.T) {
	server := startRedis(t)
	redis := "redis://" + server.Address + "/0"
	one, two := launch(t, redis, ""), launch(t, redis, "")
	nonce, cookie := one.challenge()
	body := signedFor(t, nonce)

	server.Kill()
	answer, text := two.do("POST", "/auth/login", body, cookie)
	wantProblem(t, answer, text, 503, portal.CodeUnavailable)
	answer, text = one.do("GET", "/auth/challenge", "", nil)
	wantProblem(t, answer, text, 503, portal.CodeUnavailable)
	if answer, _ := one.do("GET", "/", "", nil); answer.StatusCode != 200 {
		t.Errorf("the pages: %d", answer.StatusCode)
	}

	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	for _, i := range []*instance{one, two} {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if answer, text := i.do("GET", "/auth/challenge", "", nil); answer.StatusCode == 200 {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("%d %s", answer.StatusCode, text)
			}
		}
	}
	answer, text = two.do("POST", "/auth/login", body, cookie)
	wantProblem(t, answer, text, 403, string(portal.ReasonNonceUnknown)) // it was lost with the old Redis
	nonce, cookie = one.challenge()
	if answer, text := two.do("POST", "/auth/login", signedFor(t, nonce), cookie); answer.StatusCode != 200 {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
}

func TestInstancesStartWithoutRedisAndSaySo(t *testing.T) {
	i := launch(t, "redis://u:secret@127.0.0.1:"+freePort(t)+"/0", "")
	answer, text := i.do("GET", "/auth/challenge", "", nil)
	wantProblem(t, answer, text, 503, portal.CodeUnavailable)
	i.stop()
	if log := i.log.String(); !strings.Contains(log, "redis does not answer") || strings.Contains(log, "secret") {
		t.Errorf("%s", log)
	}
}

func TestInstancesShareTheirUsers(t *testing.T) {
	redis, db := "redis://"+startRedis(t).Address+"/0", filepath.Join(t.TempDir(), "people.db")
	one, two := launch(t, redis, db), launch(t, redis, db)
	for _, i := range []*instance{one, two} {
		nonce, cookie := i.challenge()
		answer, text := i.do("POST", "/auth/login", signedFor(t, nonce), cookie)
		if answer.StatusCode != 200 {
			t.Fatalf("%d %s", answer.StatusCode, text)
		}
		session := answer.Cookies()[0]
		_, text = i.do("GET", "/profilo", "", session)
		if offered := strings.Contains(text, "enrol-read"); offered != (i == one) {
			t.Errorf("offered to enrol: %v", offered)
		}
		if i == one {
			token := csrfField.FindStringSubmatch(text)[1]
			i.postForm("/iscrizione", "csrf="+token, session)
		}
	}
}

func (i *instance) postForm(path, body string, cookie *http.Cookie) {
	i.t.Helper()
	r, err := http.NewRequest("POST", "http://"+i.address+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	r.Host = strings.TrimPrefix(sharedOrigin, "https://")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(cookie)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		i.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		i.t.Fatalf("%d", answer.StatusCode)
	}
}

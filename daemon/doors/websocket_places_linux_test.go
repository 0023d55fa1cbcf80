// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
)

func TestT16_ConnectionsAreLimitedForAnOriginAndInAll(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	var one []*websocket.Conn
	for range maxPerOrigin {
		one = append(one, d.mustDial(site))
	}
	if got := d.say(d.head(get)); got != refusal {
		t.Errorf("connection %d of an origin is answered %q", maxPerOrigin+1, got)
	}
	must(t, one[0].Close())
	eventually(t, "a place is free again", func() bool { _, err := d.dial(site); return err == nil })

	for i := maxPerOrigin; i < maxOpen; i++ {
		d.mustDial(fmt.Sprintf("https://p%d.example", i/maxPerOrigin))
	}
	if got := d.say(d.head(get, "Origin: https://another.example")); got != refusal {
		t.Errorf("connection %d is answered %q", maxOpen+1, got)
	}
}

func TestT16_UnknownSitesDoNotTakeThePlacesOfKnownOnes(t *testing.T) {
	known := origin(t, site)
	b := &fakeBridge{
		known: func(o protocol.Origin) bool { return o == known },
		admit: func(ctx context.Context, o protocol.Origin) bool {
			if o != known {
				<-ctx.Done()
			}
			return o == known
		},
	}
	d := startDoor(t, b)
	var waiting []net.Conn
	for i := range maxAsking {
		conn := d.connect()
		_, err := io.WriteString(conn, d.head(get, fmt.Sprintf("Origin: https://u%d.example", i)))
		must(t, err)
		waiting = append(waiting, conn)
	}
	eventually(t, "all of them wait for the citizen", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == maxAsking })
	if got := d.say(d.head(get, "Origin: https://one.more.example")); got != refusal {
		t.Errorf("answered %q", got)
	}
	d.mustDial(site)
	for _, conn := range waiting {
		must(t, conn.Close())
	}
	eventually(t, "nobody waits for pages that went away", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == 0 && d.total == 1 })
}

func TestPageThatGoesAwayEndsTheQuestionToTheCitizen(t *testing.T) {
	for name, leave := range map[string]func(net.Conn){
		"by closing":          func(c net.Conn) { _ = c.Close() },
		"by a reset":          func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
		"by talking too soon": func(c net.Conn) { _, _ = c.Write([]byte{0x81}) },
	} {
		t.Run(name, func(t *testing.T) {
			asking, gone := make(chan struct{}), make(chan struct{})
			b := &fakeBridge{admit: func(ctx context.Context, _ protocol.Origin) bool {
				close(asking)
				<-ctx.Done()
				close(gone)
				return true // too late
			}}
			d := startDoor(t, b)
			conn := d.connect()
			_, err := io.WriteString(conn, d.head(get))
			must(t, err)
			<-asking
			leave(conn)
			select {
			case <-gone:
			case <-time.After(long):
				t.Fatal("the question is still open")
			}
			eventually(t, "the place is free", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.total == 0 })
			if opened, _, _ := b.counts(); opened != 0 {
				t.Error("a channel was opened")
			}
		})
	}
}

func TestPageThatWaitsForTheCitizenIsLetIn(t *testing.T) {
	allow := make(chan struct{})
	b := &fakeBridge{
		known: func(protocol.Origin) bool { return false },
		admit: func(ctx context.Context, _ protocol.Origin) bool {
			select {
			case <-allow:
				return true
			case <-ctx.Done():
				return false
			}
		},
	}
	d := startDoor(t, b)
	dialled := make(chan error, 1)
	go func() {
		_, err := d.dial(site)
		dialled <- err
	}()
	eventually(t, "the page waits", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == 1 })
	close(allow)
	must(t, <-dialled)
}

func TestT16_WhoSendsNothingLosesTheOldestConnectionAndNobodyElseWaits(t *testing.T) {
	d := serveDoor(t, &WebSocket{Bridge: &fakeBridge{}, headTimeout: time.Hour})
	var slow []net.Conn
	for range maxReading + 1 {
		conn := d.connect()
		_, _ = io.WriteString(conn, "GET /v1")
		slow = append(slow, conn)
		eventually(t, "the door reads", func() bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.reading) == min(len(slow), maxReading)
		})
	}
	if b, err := io.ReadAll(slow[0]); string(b) != refusal {
		t.Errorf("the oldest is answered %q, %v", b, err)
	}
	d.mustDial(site)
}

func TestRequestThatNeverEndsIsRefused(t *testing.T) {
	d := serveDoor(t, &WebSocket{Bridge: &fakeBridge{}, headTimeout: time.Millisecond})
	conn := d.connect()
	_, _ = io.WriteString(conn, strings.TrimSuffix(d.head(get), "\r\n"))
	if b, err := io.ReadAll(conn); string(b) != refusal {
		t.Errorf("answered %q, %v", b, err)
	}
}

// BenchmarkIdleClients tells what 256 pages that say nothing cost. Their clients live in this process too and are
// counted with them.
func BenchmarkIdleClients(b *testing.B) {
	listeners, port, err := ListenWebSocket([]int{0})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&WebSocket{Bridge: &fakeBridge{}}).Serve(ctx, listeners...) }()
	defer func() { cancel(); <-ended }()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	for b.Loop() {
		before := memoryInUse()
		var clients []*websocket.Conn
		for i := range maxOpen {
			header := http.Header{"Origin": {fmt.Sprintf("https://p%d.example", i/maxPerOrigin)}}
			ws, _, err := dialer.Dial("ws://127.0.0.1:"+strconv.Itoa(port)+"/v1", header)
			if err != nil {
				b.Fatal(err)
			}
			clients = append(clients, ws)
		}
		b.ReportMetric(float64(memoryInUse()-before)/1024, "KiB/256-clients")
		for _, ws := range clients {
			_ = ws.Close()
		}
	}
}

func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

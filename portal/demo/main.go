// SPDX-License-Identifier: BSD-3-Clause

// Command ponte-demo is a small portal where people log in with their CNS and sign applications with it: a model to copy
// from, and a place to try a card. It is not for production: it keeps sessions in memory and does not check whether a card
// was reported lost. It keeps those who have enrolled, and their applications, in a SQLite database (--db), and its
// challenges in a Redis if there are several instances (--redis): then one can end a login that another has begun.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/protocol"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "ponte-demo:", err)
		os.Exit(1)
	}
}

// settings are the command line.
type settings struct {
	listen, origin, trust, assets string
	tlsCert, tlsKey               string
	db, redis                     string
	allowRSA1024                  bool
}

func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("ponte-demo", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` to listen on; without TLS only on loopback")
	f.StringVar(&s.origin, "origin", "", "the portal's `origin` as browsers see it (default: localhost and the port)")
	f.StringVar(&s.trust, "trust", "", "PEM `file` with the authorities whose cards may log in (needed)")
	f.StringVar(&s.assets, "assets", os.Getenv("PONTE_DEMO_ASSETS"), "`directory` that assets.mjs has filled (also PONTE_DEMO_ASSETS)")
	f.StringVar(&s.tlsCert, "tls-cert", "", "PEM `file` with the certificate of the server")
	f.StringVar(&s.tlsKey, "tls-key", "", "PEM `file` with its key")
	f.StringVar(&s.db, "db", "", "SQLite `file` for those who have enrolled, made if it is not there (default: in memory)")
	f.StringVar(&s.redis, "redis", "", "`URL` of the Redis where instances share challenges, as redis://127.0.0.1:6379/0 (default: in memory)")
	f.BoolVar(&s.allowRSA1024, "allow-rsa1024", false, "accept the keys of old cards")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	switch {
	case f.NArg() > 0:
		return s, fmt.Errorf("%q is not an option", f.Arg(0))
	case s.trust == "":
		return s, errors.New("--trust is needed: a PEM file with the authorities whose cards may log in")
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return s, errors.New("--tls-cert and --tls-key go together")
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	origin, err := s.chooseOrigin(listener.Addr().(*net.TCPAddr))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	verifier, trust, err := s.readTrust(origin)
	if err != nil {
		return err
	}
	challenges, end, err := newChallenges(ctx, s.redis, log)
	if err != nil {
		return err
	}
	defer end()
	people, err := openPeople(ctx, s.db)
	if err != nil {
		return fmt.Errorf("opening --db: %w", err)
	}
	defer people.Close()
	site, err := newSite(&portal.Login{Verifier: verifier, Challenges: challenges, Origin: origin}, trust, people, s.assets, log)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           site.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return s.serve(ctx, server, listener, func() { fmt.Fprintf(stdout, "ponte-demo ready: %s/\n", origin) })
}

// chooseOrigin refuses to speak plain http to anything but this computer.
func (s settings) chooseOrigin(at *net.TCPAddr) (protocol.Origin, error) {
	if s.tlsCert == "" && !at.IP.IsLoopback() {
		return protocol.Origin{}, fmt.Errorf("%s is not loopback: --tls-cert and --tls-key are needed there", at)
	}
	text := s.origin
	if text == "" {
		scheme := "http"
		if s.tlsCert != "" {
			scheme = "https"
		}
		text = fmt.Sprintf("%s://localhost:%d", scheme, at.Port)
	}
	origin, err := protocol.ParseOrigin(text)
	if err != nil {
		return origin, fmt.Errorf("--origin %q: %w", text, err)
	}
	if !origin.Secure() && !origin.Local() {
		return origin, fmt.Errorf("--origin %s: only https, or http://localhost", origin)
	}
	return origin, nil
}

// readTrust gives who decides over logins, and over signed documents: the same authorities.
func (s settings) readTrust(origin protocol.Origin) (*portal.Verifier, *document.Trust, error) {
	bundle, err := os.ReadFile(s.trust)
	if err != nil {
		return nil, nil, fmt.Errorf("reading --trust: %w", err)
	}
	authorities, err := portal.ParseCertificates(bundle)
	if err != nil {
		return nil, nil, fmt.Errorf("reading --trust: %w", err)
	}
	verifier, err := portal.NewVerifier(portal.Options{
		TrustAnchors:           authorities,
		AllowRSA1024:           s.allowRSA1024,
		AllowInsecureLocalhost: origin.Local(),
	})
	if err != nil {
		return nil, nil, err
	}
	trust, err := document.NewTrust(document.Options{TrustAnchors: authorities, AllowRSA1024: s.allowRSA1024})
	return verifier, trust, err
}

// serve runs until ctx ends, and then lets open requests finish.
func (s settings) serve(ctx context.Context, server *http.Server, listener net.Listener, ready func()) error {
	ended := make(chan error, 1)
	go func() {
		if s.tlsCert != "" {
			ended <- server.ServeTLS(listener, s.tlsCert, s.tlsKey)
		} else {
			ended <- server.Serve(listener)
		}
	}()
	ready()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	final, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return server.Shutdown(final)
}

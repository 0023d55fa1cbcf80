// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// agent answers on the control socket.
type agent interface {
	Call(ctx context.Context, method string, params, result any) error
	Open(ctx context.Context, notify func(method string, params json.RawMessage)) (channel, error)
}

// panel is the server of the control page.
type panel struct {
	agent     agent
	port      int
	base      string // what the paths of all pages begin with; see sessions
	keys      *keys
	sessions  *sessions
	tasks     *tasks
	idle      *idle
	routes    map[string]route
	templates *template.Template
	listening atomic.Int32 // requests that wait for news
	signing   signing      // the signature that is under way, or was the last one
	verifier  string       // path of ponte-verify
	now       func() time.Time
	patience  time.Duration // for the head of a request
	stall     time.Duration // for the next bytes of an upload
	log       *slog.Logger
}

//go:embed assets
var assets embed.FS

//go:embed templates
var templates embed.FS

func newPanel(port int, a agent, log *slog.Logger) (*panel, error) {
	var name [6]byte
	_, _ = rand.Read(name[:])
	base := "/" + secret()
	p := &panel{
		agent: a, port: port, base: base, now: time.Now, patience: headTimeout, stall: sendPatience, log: log, tasks: newTasks(),
		keys: &keys{now: time.Now}, sessions: &sessions{cookie: "ponte-" + hex.EncodeToString(name[:]), path: base + "/", proof: secret()},
		idle: &idle{limit: idleLimit, now: time.Now, last: time.Now()},
	}
	var err error
	if p.templates, err = template.New("").Funcs(template.FuncMap{"icon": icon, "data": data, "parts": parts}).ParseFS(templates, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("reading the templates: %w", err)
	}
	if p.verifier, err = beside("ponte-verify"); err != nil {
		return nil, err
	}
	p.routes = p.allRoutes()
	viewer, err := viewerRoutes()
	maps.Copy(p.routes, viewer)
	return p, err
}

// host is how the citizen's browser must call us: by the address and no name, so that no name that somebody has pointed at
// loopback will do (DNS rebinding).
func (p *panel) host() string { return "127.0.0.1:" + strconv.Itoa(p.port) }

func (p *panel) origin() string { return "http://" + p.host() }

// route is one path. Every path has its own entry: nothing is cut, joined or unescaped to find one.
type route struct {
	get  func(*panel, http.ResponseWriter, *http.Request, *session)
	post func(*panel, http.ResponseWriter, *http.Request, *session)
	open bool // for browsers that have not come in yet, and so not below base
	door bool // below base, and for browsers that have not come in yet
	calm bool // asked by the page itself, and no sign of a person

	upload bool // its form has files, which post reads; the token comes first
	frame  bool // asked by the frame of the viewer, which has neither origin nor cookie
}

// find gives the route of a path.
func (p *panel) find(path string) (route, bool) {
	if key, ok := strings.CutPrefix(path, viewPrefix); ok && isViewKey(key) { // the only path with a part that is not ours
		return route{get: (*panel).viewDocument}, true
	}
	found, ok := p.routes[path]
	return found, ok
}

const (
	enterPath  = "/enter"
	arrivePath = "/arrive"
	keyField   = "key"
)

func (p *panel) allRoutes() map[string]route {
	routes := map[string]route{
		enterPath:           {get: (*panel).enter, open: true},
		arrivePath:          {get: (*panel).arrive, door: true},
		"/changed":          {get: (*panel).changed, calm: true},
		"/":                 {get: (*panel).cardPage},
		"/card/show":        {post: (*panel).showFiscalCode},
		"/pin":              {get: (*panel).pinPage},
		"/pin/change":       {post: (*panel).changePIN},
		"/pin/unblock":      {post: (*panel).unblockPIN},
		"/sites":            {get: (*panel).sitesPage},
		"/sites/confirm":    {get: (*panel).confirmSite},
		"/sites/set":        {post: (*panel).setSite},
		"/sites/add":        {post: (*panel).addSite},
		"/activity":         {get: (*panel).activityPage},
		"/activity.csv":     {get: (*panel).activityCSV},
		"/activity/clear":   {get: (*panel).confirmClear, post: (*panel).clearActivity},
		"/diagnosis":        {get: (*panel).diagnosisPage},
		"/diagnosis/run":    {post: (*panel).runDoctor},
		"/diagnosis/fix":    {post: (*panel).fix},
		"/diagnosis/report": {get: (*panel).report},
		"/settings":         {get: (*panel).settingsPage},
		"/settings/set":     {post: (*panel).changeSetting},
		"/about":            {get: (*panel).aboutPage},
		"/sign":             {get: (*panel).signPage},
		"/sign/send":        {post: (*panel).sendDocuments, upload: true},
		"/sign/cancel":      {post: (*panel).cancelSigning},
		"/sign/end":         {post: (*panel).endSigning},
		"/sign/file":        {get: (*panel).signedFile},
		"/sign/all":         {get: (*panel).allSigned},
		"/verify":           {get: (*panel).verifyPage},
		"/verify/send":      {post: (*panel).verifyDocument, upload: true},
	}
	for path, kind := range map[string]string{
		"/panel.css": "text/css", "/icon.svg": "image/svg+xml", "/panel.js": "text/javascript",
		"/sign.js": "text/javascript", "/box.js": "text/javascript", "/drop.js": "text/javascript", "/frame.js": "text/javascript", "/view.js": "text/javascript",
	} {
		routes[path] = route{open: true, get: asset("assets"+path, kind+"; charset=utf-8")}
	}
	return routes
}

// pages are what the agent may ask to be opened first.
var pages = map[string]string{
	"": "/", "card": "/", "pin": "/pin", "sites": "/sites", "activity": "/activity", "diagnosis": "/diagnosis",
	"settings": "/settings", "about": "/about", "sign": "/sign", "verify": "/verify",
}

// asset answers with an embedded file.
func asset(file, kind string) func(*panel, http.ResponseWriter, *http.Request, *session) {
	return func(p *panel, w http.ResponseWriter, _ *http.Request, _ *session) {
		b, err := assets.ReadFile(file)
		if err != nil {
			p.log.Error("asset", "err", err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(b)
	}
}

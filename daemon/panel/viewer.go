// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// viewerFiles are the frame that shows a document, and the renderer of PDFs, which viewer.mjs puts there.
//
//go:embed viewer/viewer.html viewer/viewer.js viewer/viewer.css all:viewer/pdfjs
var viewerFiles embed.FS

const (
	viewerPage   = "/viewer"
	viewerPrefix = "/viewer/" // below it is what the frame loads
)

// viewerPolicy shuts the frame in: it has no origin of its own, so that it can neither ask the panel for anything nor read
// what is around it; it gets our own files and nothing else. A worker is made of a text that it was given, because none can
// be loaded without an origin, and WebAssembly decodes pictures.
func (p *panel) viewerPolicy() string {
	own := p.origin() + p.base + viewerPrefix
	return "sandbox allow-scripts; default-src 'none'; script-src " + own + " 'wasm-unsafe-eval'; worker-src blob:; connect-src " + own +
		"; style-src " + own + "; img-src blob:; frame-ancestors " + p.origin() + "; base-uri 'none'; form-action 'none'; " +
		"require-trusted-types-for 'script'; trusted-types ponte-viewer"
}

// allowViewer lets a page of ours hold the frame.
func allowViewer(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy+"; frame-src 'self'")
}

// hasRenderer says whether this program was built with the renderer of PDFs.
func hasRenderer() bool {
	_, err := fs.Stat(viewerFiles, "viewer/pdfjs/pdf.min.mjs.gz")
	return err == nil
}

func (p *panel) viewer(w http.ResponseWriter, _ *http.Request, _ *session) {
	b, err := viewerFiles.ReadFile("viewer/viewer.html")
	if err != nil {
		p.log.Error("viewer", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", p.viewerPolicy())
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b)
}

// viewerTypes are what the files of the viewer are served as.
var viewerTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".wasm": "application/wasm",
}

// viewerRoutes has each file of the viewer. They hold no secret, and the frame that asks for them has no cookie; the path
// is known to our visitor only.
func viewerRoutes() (map[string]route, error) {
	routes := map[string]route{viewerPage: {get: (*panel).viewer}}
	err := fs.WalkDir(viewerFiles, "viewer", func(file string, d fs.DirEntry, err error) error {
		name, packed := strings.CutSuffix(path.Base(file), ".gz")
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") || path.Ext(name) == ".html" {
			return err
		}
		routes[viewerPrefix+name] = route{frame: true, get: viewerFile(file, name, packed)}
		return nil
	})
	return routes, err
}

func viewerFile(file, name string, packed bool) func(*panel, http.ResponseWriter, *http.Request, *session) {
	kind, ok := viewerTypes[path.Ext(name)]
	switch {
	case strings.HasPrefix(name, "LICENSE"):
		kind = "text/plain; charset=utf-8"
	case !ok:
		kind = "application/octet-stream"
	}
	return func(p *panel, w http.ResponseWriter, r *http.Request, _ *session) {
		b, err := viewerFiles.ReadFile(file)
		if err != nil {
			p.log.Error("viewer", "err", err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if packed { // as every browser takes it
			w.Header().Set("Content-Encoding", "gzip")
		}
		if r.Header.Get("Origin") == noOrigin {
			w.Header().Set("Access-Control-Allow-Origin", noOrigin)
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(b)
	}
}

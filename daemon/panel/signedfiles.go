// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// signedFile gives a signed document.
func (p *panel) signedFile(w http.ResponseWriter, r *http.Request, _ *session) {
	all := p.signing.results()
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n >= len(all) || all[n].Error != nil {
		p.refuse(w, http.StatusNotFound)
		return
	}
	stayOpen(w, taskLimit)
	giveFile(w, all[n].Name, all[n].Size)
	_ = all[n].writeTo(w)
}

// allSigned gives all signed documents in one file.
func (p *panel) allSigned(w http.ResponseWriter, _ *http.Request, _ *session) {
	all := p.signing.results()
	if !slices.ContainsFunc(all, func(d *signed) bool { return d.Error == nil }) {
		p.refuse(w, http.StatusNotFound)
		return
	}
	stayOpen(w, taskLimit)
	giveFile(w, "documenti-firmati.zip", -1)
	archive := zip.NewWriter(w)
	taken := map[string]bool{}
	for i, d := range all {
		if d.Error != nil {
			continue
		}
		name := fileName(d.Name)
		if taken[strings.ToLower(name)] {
			name = strconv.Itoa(i+1) + "-" + name
		}
		taken[strings.ToLower(name)] = true
		one, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: p.now()})
		if err != nil || d.writeTo(one) != nil {
			return // the browser sees that the file is not whole
		}
	}
	_ = archive.Close()
}

// giveFile begins the answer that a browser saves as a file, whatever is in it.
func giveFile(w http.ResponseWriter, name string, size int64) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
}

// fileName is a name from outside as the name of a file.
func fileName(name string) string {
	name = strings.Trim(plain(path.Base(strings.ReplaceAll(name, `\`, "/")), maxText/2), ". ")
	if name == "" || name == "/" {
		return "documento"
	}
	return name
}

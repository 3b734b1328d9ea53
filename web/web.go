// Package web serves the product's pages: the agents' desk, the chat widget that
// other sites embed, and the viewer of the API's contract. npm builds them (make web) and this package embeds
// what was built.
package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// The folder "site" within each is what npm makes; without it the program
// builds all the same and the pages say what is missing.
//
//go:embed all:desk/dist all:widget/dist all:docs/dist
var built embed.FS

// deskPolicy lets the desk load only what this server serves. Styles may be
// inline because the component library writes its variables that way.
const deskPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Desk serves the agents' desk below prefix. It is one page: paths that are no
// file are the page's own.
func Desk(prefix string) http.Handler { return desk(site("desk"), prefix) }

// Widget serves the widget's files below prefix to pages of any origin. Which
// origins may chat is decided where they chat.
func Widget(prefix string) http.Handler { return widget(site("widget"), prefix) }

// Docs serves the files of the viewer of the API's contract below prefix.
func Docs(prefix string) http.Handler {
	s := &server{files: site("docs")}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, within(r, prefix)) })
}

// DocsFiles are the paths of the viewer's files, by their names without the part
// that changes with the content: "swagger-ui.js", "swagger-ui.css", "viewer.js",
// "viewer.css". There are none in a program that was built without the pages.
func DocsFiles() map[string]string {
	names := map[string]string{}
	if data, err := fs.ReadFile(site("docs"), "names.json"); err == nil {
		_ = json.Unmarshal(data, &names) // made by our build
	}
	return names
}

func site(name string) fs.FS {
	sub, err := fs.Sub(built, name+"/dist/site")
	if err != nil {
		panic(err) // the name is ours
	}
	return sub
}

func desk(files fs.FS, prefix string) http.Handler {
	s := &server{files: files}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", deskPolicy)
		name := within(r, prefix)
		if info, err := fs.Stat(files, name); !strings.HasPrefix(name, "assets/") && (err != nil || info.IsDir()) {
			name = "index.html"
		}
		s.serve(w, r, name)
	})
}

func widget(files fs.FS, prefix string) http.Handler {
	s := &server{files: files}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		s.serve(w, r, within(r, prefix))
	})
}

// within is the path of a request below prefix, as the file system has it.
func within(r *http.Request, prefix string) string {
	name := strings.Trim(strings.TrimPrefix(path.Clean(r.URL.Path), strings.TrimRight(prefix, "/")), "/")
	if name == "" {
		return "."
	}
	return name
}

// Package shop is a small demo shop of several pages, each of which has the chat
// widget: for people to try it and for tests to use it. It is no part of the
// product's own pages; the sandbox serves it.
package shop

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
)

//go:embed site
var site embed.FS

// Config says where the chat is and which widgets the shop has. A visitor may
// choose others for themselves in a page's address; see site/shop.js.
type Config struct {
	API        string `json:"api"`
	Live       string `json:"live"`
	Persistent string `json:"persistent"`
}

// Handler serves the shop below /shop/.
func Handler(c Config) (http.Handler, error) {
	pages, err := fs.Sub(site, "site")
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shop/settings.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte("window.SHOP = " + string(settings) + ";\n"))
	})
	mux.Handle("GET /shop/", http.StripPrefix("/shop", http.FileServerFS(pages)))
	return mux, nil
}

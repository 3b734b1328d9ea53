package sandbox

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"switchboard/dev/sandbox/core"
)

// Loopback refuses requests that came over a loopback connection and name another
// host: a web page whose own name was made to lead here (DNS rebinding) would read
// and write everything otherwise.
func Loopback(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if ok && ownAddress(here.String()) && !ownAddress(r.Host) {
			http.Error(w, "This address is for 127.0.0.1 and localhost only.", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// ownAddress reports whether an address, with or without a port, is this machine's own.
func ownAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// guardOwn keeps other sites' pages from writing through a visitor's browser: they
// may send forms and plain text without asking, and no JSON.
func guardOwn(h http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/_sandbox/") || r.Method == http.MethodGet || r.Method == http.MethodHead {
			h.ServeHTTP(w, r)
			return
		}
		if cross.Check(r) != nil {
			core.Answer(w, http.StatusForbidden, map[string]string{"error": "This must come from the sandbox's own page."})
			return
		}
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		file := strings.HasSuffix(r.URL.Path, "/media") && kind == "multipart/form-data"
		if r.Method != http.MethodDelete && kind != "application/json" && !file {
			core.Answer(w, http.StatusUnsupportedMediaType, map[string]string{"error": "Send JSON with Content-Type: application/json."})
			return
		}
		h.ServeHTTP(w, r)
	})
}

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"switchboard/dev/sandbox"
	"switchboard/dev/stack"
)

// startUI starts Temporal's UI on a port that nobody is told, and a proxy before it:
// the UI answers any Host, so a web page could read and end workflows by DNS
// rebinding.
func (d *dev) startUI(ctx context.Context) (*stack.UI, error) {
	port, err := stack.FreePorts(1)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(d.UIPort))
	if err != nil {
		return nil, fmt.Errorf("listen for the Temporal UI: %w", err)
	}
	ui, err := stack.StartUI(ctx, stack.UIOptions{Dir: d.dir, Port: port, Temporal: d.temporal})
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	to := &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(port)}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the pages' origin stays the one that browsers know
	}}
	server := &http.Server{Handler: sandbox.Loopback(proxy), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	return ui, nil
}

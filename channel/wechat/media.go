package wechat

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

// upload gives WeChat a file, which it keeps for three days. Nothing was sent yet
// when it fails, so the error is never Uncertain.
func (w *WeChat) upload(ctx context.Context, a channel.Account, kind string, f channel.OutMedia) (string, error) {
	if f.Open == nil {
		return "", refused("no_content", "The file cannot be read.")
	}
	src, err := f.Open(ctx)
	if err != nil {
		return "", &channel.Error{Class: channel.Unavailable, Code: "file", Detail: "The file cannot be read at this moment."}
	}
	defer src.Close()
	var body bytes.Buffer // 10 MB at most
	form := multipart.NewWriter(&body)
	// WeChat judges by the name's end, and reads names of ASCII only.
	name := map[string]string{"image/jpeg": "a.jpg", "image/png": "a.png", "image/gif": "a.gif", "audio/mpeg": "a.mp3", "audio/amr": "a.amr", "video/mp4": "a.mp4"}[f.ContentType]
	field, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="media"; filename="` + name + `"`}, "Content-Type": {f.ContentType}})
	if err == nil {
		_, err = io.Copy(field, src)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return "", &channel.Error{Class: channel.Unavailable, Code: "file", Detail: "The file cannot be read at this moment."}
	}
	build := func(address string) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body.Bytes()))
		if err == nil {
			req.Header.Set("Content-Type", form.FormDataContentType())
		}
		return req, err
	}
	r, err := w.call(ctx, a, build, "/cgi-bin/media/upload", url.Values{"type": {kind}})
	if err != nil {
		return "", rest.Asked(err)
	}
	var doc struct {
		ID string `json:"media_id"`
	}
	if !r.OK() || r.Torn || json.Unmarshal(r.Body, &doc) != nil || doc.ID == "" {
		return "", rest.Asked(refusal(r, w.now()))
	}
	return doc.ID, nil
}

const mediaPath = "/cgi-bin/media/get"

// Fetch implements channel.Fetcher. WeChat keeps files for three days. An answer
// that is no file is JSON with status 200: an error, or where a video is.
func (w *WeChat) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	if ref.ID == "" {
		return channel.Media{}, refused("media_id", "The file has no id of WeChat's.")
	}
	refusedToken := ""
	for {
		token, err := w.token(ctx, a, refusedToken)
		if err != nil {
			return channel.Media{}, err
		}
		resp, err := w.download(a).Get(ctx, address(a, mediaPath, url.Values{"media_id": {ref.ID}}, token))
		if err != nil {
			return channel.Media{}, unreachable(err)
		}
		body, doc := peek(resp)
		code, told := faultOf(doc)
		switch {
		case told && stale(code) && refusedToken == "":
			refusedToken = token
			_ = resp.Body.Close()
			continue
		case resp.StatusCode != http.StatusOK, told && code != 0:
			_ = resp.Body.Close()
			return channel.Media{}, rest.Asked(refusal(rest.Reply{Status: resp.StatusCode, Header: resp.Header, Body: doc}, w.now()))
		}
		if at := videoAt(doc); at != "" {
			_ = resp.Body.Close()
			return w.video(ctx, a, at, ref)
		}
		return channel.Media{Body: body, ContentType: resp.Header.Get("Content-Type"), Name: ref.Name}, nil
	}
}

// video fetches what lies at an address of WeChat's; no token goes there.
func (w *WeChat) video(ctx context.Context, a channel.Account, at string, ref channel.MediaRef) (channel.Media, error) {
	resp, err := w.download(a).Get(ctx, at)
	if err != nil {
		return channel.Media{}, unreachable(err)
	}
	if resp.StatusCode == http.StatusOK {
		return channel.Media{Body: resp.Body, ContentType: resp.Header.Get("Content-Type"), Name: ref.Name}, nil
	}
	_ = resp.Body.Close()
	return channel.Media{}, rest.Asked(refusal(rest.Reply{Status: resp.StatusCode, Header: resp.Header}, w.now()))
}

func (w *WeChat) download(a channel.Account) safehttp.Download {
	d := safehttp.Download{Trusted: rest.Client(w.HTTP), Guarded: w.External, Allow: files}
	if d.Guarded == nil {
		d.Guarded = safehttp.New()
	}
	if host, err := url.Parse(base(a)); err == nil {
		d.Trust = func(u *url.URL) bool { return safehttp.Below(u, host, mediaPath) }
	}
	return d
}

// files lists where WeChat keeps videos.
func files(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	for _, domain := range []string{"weixin.qq.com", "wx.qq.com", "video.qq.com", "qpic.cn"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

func unreachable(err error) error {
	if errors.Is(err, safehttp.ErrForbidden) {
		return refused("forbidden", "The file lies at an address that is not fetched.")
	}
	return &channel.Error{Class: channel.Unavailable, Code: "connect", Detail: "The file could not be reached."}
}

const maxDocument = 4 << 10 // bytes of an answer that is no file

type stream struct {
	io.Reader
	io.Closer
}

// peek reads the beginning of an answer that may be no file.
func peek(resp *http.Response) (io.ReadCloser, []byte) {
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode == http.StatusOK && !strings.Contains(kind, "json") && !strings.Contains(kind, "text/plain") {
		return resp.Body, nil
	}
	r := bufio.NewReaderSize(resp.Body, maxDocument)
	head, _ := r.Peek(maxDocument) // an error comes again when the file is read
	return stream{r, resp.Body}, bytes.Clone(head)
}

func videoAt(doc []byte) string {
	var v struct {
		URL string `json:"video_url"`
	}
	if len(doc) == 0 || json.Unmarshal(doc, &v) != nil {
		return ""
	}
	return v.URL
}

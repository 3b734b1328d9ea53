package wechat

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"switchboard/dev/sandbox/core"
)

// api answers as api.weixin.qq.com does: errors come with status 200.
type api struct {
	box    *core.Box
	wechat *provider
}

func routes(w api, mux *http.ServeMux) {
	how := core.API{Authenticate: w.authenticate, Refuse: refuse}
	const root = "/wechat/cgi-bin/"
	handle := func(pattern string, sends bool, h func(*core.Request) core.Reply) {
		mux.HandleFunc(pattern, w.box.Serve(how, sends, h))
	}
	mux.HandleFunc("POST "+root+"stable_token", w.box.Serve(core.API{Authenticate: w.application, Refuse: refuse}, false, w.stableToken))
	handle("POST "+root+"message/custom/send", true, w.send)
	handle("POST "+root+"message/custom/typing", false, w.typing)
	handle("POST "+root+"media/upload", false, w.upload)
	handle("GET "+root+"media/get", false, w.media)
	handle("GET "+root+"user/info", false, w.person)
	handle("GET "+root+"getcallbackip", false, func(*core.Request) core.Reply { return ok(map[string]any{"ip_list": []string{"127.0.0.1"}}) })
	handle("/wechat/", false, func(*core.Request) core.Reply { return fault(40066, "invalid url") })
	mux.HandleFunc("GET "+root+"media/get/{media}", w.video)
}

func ok(body map[string]any) core.Reply { return core.Reply{Status: http.StatusOK, Body: body} }

func fault(code int, message string) core.Reply {
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"errcode": code, "errmsg": message + " rid: " + core.HexID("")[:8]},
		Call: core.Call{Outcome: core.Refused, Reason: strconv.Itoa(code) + " " + message}}
}

func refuse(kind string) core.Reply {
	switch kind {
	case "refuse_auth", "401", "403":
		return fault(40164, "invalid ip 203.0.113.7, not in whitelist")
	case "quota":
		return fault(45009, "reach max api daily quota limit")
	case "429":
		return fault(45011, "api minute-quota reach limit, must slower")
	}
	status, _ := strconv.Atoi(kind)
	if status == http.StatusInternalServerError { // a fault of WeChat's own; what stands before it has its own answers
		return fault(-1, "system error")
	}
	if status >= http.StatusInternalServerError {
		return core.Reply{Status: status, Raw: []byte("<html><body>" + http.StatusText(status) + "</body></html>")}
	}
	return fault(47001, "data format error")
}

// of is the account that calls.
func of(r *core.Request) *Account {
	a, _ := r.Account.Side.(*Account)
	return a
}

// authenticate knows a call by its token.
func (w api) authenticate(r *core.Request) *core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	token := r.URL.Query().Get("access_token")
	a := w.wechat.tokens[token]
	var out core.Reply
	switch {
	case token == "":
		out = fault(41001, "access_token missing")
	case a == nil:
		out = fault(40014, "invalid access_token")
	case a.token != token:
		r.Account, out = a.Account, fault(40001, "invalid credential, access_token is invalid or not latest")
	case !w.box.Now().Before(a.until):
		r.Account, out = a.Account, fault(42001, "access_token expired")
	default:
		r.Account = a.Account
		return nil
	}
	return &out
}

type application struct {
	Grant  string `json:"grant_type"`
	AppID  string `json:"appid"`
	Secret string `json:"secret"`
	Force  bool   `json:"force_refresh"`
}

// application knows a call by the AppID and AppSecret in it.
func (w api) application(r *core.Request) *core.Reply {
	var in application
	var out core.Reply
	w.box.Lock()
	defer w.box.Unlock()
	err := json.Unmarshal(r.Body, &in)
	a := w.wechat.apps[in.AppID]
	switch {
	case err != nil || in.Grant != "client_credential":
		out = fault(40002, "invalid grant_type")
	case a == nil:
		out = fault(40013, "invalid appid")
	case in.Secret != a.settings.AppSecret:
		r.Account, out = a.Account, fault(40125, "invalid appsecret")
	default:
		r.Account = a.Account
		return nil
	}
	return &out
}

func (w api) stableToken(r *core.Request) core.Reply {
	var in application
	if json.Unmarshal(r.Body, &in) != nil {
		return fault(47001, "data format error")
	}
	w.box.Lock()
	defer w.box.Unlock()
	token, left := of(r).stable(in.Force)
	return ok(map[string]any{"access_token": token, "expires_in": int(left / time.Second)})
}

func (w api) person(r *core.Request) core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	p := of(r).FindPhone(channel, r.URL.Query().Get("openid"), "")
	switch {
	case p == nil:
		return fault(40003, "invalid openid")
	case p.Blocked:
		return ok(map[string]any{"subscribe": 0, "openid": p.Number})
	}
	return ok(map[string]any{"subscribe": 1, "openid": p.Number, "nickname": "", "sex": 0, "language": "zh_CN", "city": "", "province": "", "country": "",
		"headimgurl": "", "remark": p.Name, "groupid": 0})
}

// kinds are the files that WeChat takes, with their size.
func kinds() map[string]map[string]int {
	const mega = 1 << 20
	return map[string]map[string]int{
		"image": {"image/jpeg": 10 * mega, "image/png": 10 * mega, "image/gif": 10 * mega},
		"voice": {"audio/amr": 2 * mega, "audio/mpeg": 2 * mega},
		"video": {"video/mp4": 10 * mega},
	}
}

// upload takes a file of the product's.
func (w api) upload(r *core.Request) core.Reply {
	kind := r.URL.Query().Get("type")
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.TooBig {
		return fault(41005, "media data missing")
	}
	part, err := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"]).NextPart()
	if err != nil || part.FormName() != "media" || part.FileName() == "" {
		return fault(41005, "media data missing")
	}
	data, err := io.ReadAll(part)
	limit, known := kinds()[kind][part.Header.Get("Content-Type")]
	switch {
	case err != nil || len(data) == 0:
		return fault(44001, "empty media data")
	case !known:
		return fault(40005, "invalid file type")
	case len(data) > limit:
		return fault(45001, "media size out of limit")
	}
	sum, err := w.box.KeepBlob(data)
	if err != nil {
		return fault(-1, "system error")
	}
	w.box.Lock()
	defer w.box.Unlock()
	u := upload{ID: core.HexID("MEDIA_"), Kind: kind, File: core.MediaSeen{ContentType: part.Header.Get("Content-Type"), Size: int64(len(data)),
		SHA256: sum, Status: http.StatusOK}}
	of(r).Own(uploaded, u)
	return ok(map[string]any{"type": kind, "media_id": u.ID, "created_at": w.box.Now().Unix()})
}

// media gives a customer's file; of a video, where it is.
func (w api) media(r *core.Request) core.Reply {
	id := r.URL.Query().Get("media_id")
	w.box.Lock()
	m, known := w.box.Link(id)
	public := w.box.PublicURL()
	w.box.Unlock()
	data, kept := w.box.Blob(m.SHA256)
	if !known || m.Gone || !kept || m.Account != of(r).ID {
		return fault(40007, "invalid media_id")
	}
	if m.ContentType == "video/mp4" {
		return ok(map[string]any{"video_url": public + "/wechat/cgi-bin/media/get/" + url.PathEscape(id)})
	}
	out := core.Reply{Status: http.StatusOK, Raw: data}
	out.Set("Content-Type", m.ContentType)
	out.Set("Content-Disposition", `attachment; filename="`+id+`"`)
	return out
}

// video serves a video to whoever knows its address.
func (w api) video(out http.ResponseWriter, r *http.Request) {
	w.box.Lock()
	m, known := w.box.Link(r.PathValue("media"))
	w.box.Unlock()
	data, kept := w.box.Blob(m.SHA256)
	if !known || m.Gone || !kept || m.ContentType != "video/mp4" {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	out.Header().Set("Content-Type", m.ContentType)
	_, _ = out.Write(data)
}

func (w api) typing(r *core.Request) core.Reply {
	var in struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}
	w.box.Lock()
	defer w.box.Unlock()
	switch {
	case json.Unmarshal(r.Body, &in) != nil || !slices.Contains([]string{"Typing", "CancelTyping"}, in.Command):
		return fault(45072, "command has an invalid value")
	case of(r).FindPhone(channel, in.To, "") == nil:
		return fault(40003, "invalid openid")
	}
	return ok(map[string]any{"errcode": 0, "errmsg": "ok"})
}

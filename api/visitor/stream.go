package visitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/live/agentstream"
	"switchboard/live/visitorchat"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

// Kinds of frames that only visitors get.
const (
	frameMessage = "message"
	frameThread  = "thread"
	frameTyping  = "typing"
	frameBye     = "bye"
)

const (
	chatPing    = 15 * time.Second
	chatRecheck = 2 * time.Minute // whether the token is still good; who revokes it rings at once
)

// typingFor is how long a page shows that somebody types, in seconds.
const typingFor = 5

// chatEvents answers with what happens in a visitor's thread until they leave.
func (s *Server) chatEvents(v visit) error {
	if err := s.stillSignedIn(v); err != nil {
		return err
	}
	end, err := s.OpenStream(v.Context, "", 0)
	if err != nil {
		return err
	}
	defer end()
	seat := s.Chat.Open(v.visitor.ID, v.widget)
	defer seat.Close(v.ctx())
	r := &chatReader{Server: s, visit: v, seat: seat, control: http.NewResponseController(v.Response())}
	after := v.Request().Header.Get("Last-Event-ID")
	if after == "" {
		after = v.QueryParam("after")
	}
	opening, cancel := context.WithTimeout(v.ctx(), core.OpenTimeout)
	defer cancel()
	if err := s.Chat.WithReadSlot(opening, func() error { return r.open(opening, after) }); err != nil {
		return err
	}
	if err := r.greet(opening); err != nil {
		return nil //nolint:nilerr // the client is gone
	}
	seat.MarkPresent(v.ctx())
	seat.Wake() // what was missed is told without waiting for more to happen
	r.run(v.ctx())
	return nil
}

// chatReader is one stream of a visitor.
type chatReader struct {
	*Server
	visit
	seat    *visitorchat.Conn
	news    *visitorchat.Reader
	reset   bool // the place that was asked for cannot be resumed from
	shown   []byte
	control *http.ResponseController
}

func (r *chatReader) open(ctx context.Context, after string) (err error) {
	if after != "" {
		r.news, err = r.Chat.Resume(ctx, r.visitor.ID, after)
		if !errors.Is(err, visitorchat.ErrReset) {
			return err
		}
		r.reset = true
	}
	r.news, err = r.Chat.NewReader(ctx, r.visitor.ID)
	return err
}

func (r *chatReader) greet(ctx context.Context) error {
	_ = r.control.SetReadDeadline(time.Time{}) // a stream has no end; a writer without deadlines, as in tests, has none to lift
	t, err := r.thread(ctx)
	if err != nil {
		return err
	}
	h := r.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
	h.Set(echo.HeaderCacheControl, "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	r.Response().WriteHeader(http.StatusOK)
	frames := [][]byte{r.frame(agentstream.KindHello, map[string]any{"cursor": r.news.Cursor(), "thread": t})}
	if r.reset {
		frames = append(frames, r.resetFrame())
	}
	return r.write(frames...)
}

func (r *chatReader) resetFrame() []byte {
	return r.frame(agentstream.KindReset, map[string]any{"reason": "cannot_resume", "cursor": r.news.Cursor()})
}

// thread is where the thread stands, remembered so that it is only told when it
// changed.
func (r *chatReader) thread(ctx context.Context) (visitorchat.Thread, error) {
	t, c, err := r.Chat.Thread(ctx, r.widget, r.visitor, r.Now())
	if err != nil {
		return t, err
	}
	queue := uuid.Nil
	if t.Queue != nil {
		queue = c.Queue.UUID
	}
	r.seat.Tells(queue, t)
	r.shown, err = json.Marshal(t)
	return t, err
}

// frame is one event; its id is the place that the reader is at.
func (r *chatReader) frame(kind string, data any) []byte {
	b, err := json.Marshal(data)
	if err != nil {
		return nil // what is shown to visitors marshals
	}
	if kind == frameTyping || kind == agentstream.KindPing || kind == frameBye {
		var out bytes.Buffer
		out.WriteString("event: " + kind + "\ndata: ")
		out.Write(b)
		out.WriteString("\n\n")
		return out.Bytes()
	}
	return agentstream.Frame(r.news.Cursor(), kind, b)
}

func (r *chatReader) write(frames ...[]byte) error {
	if err := r.control.SetWriteDeadline(time.Now().Add(core.FrameTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, f := range frames {
		if _, err := r.Response().Write(f); err != nil {
			return err
		}
	}
	return r.control.Flush()
}

func (r *chatReader) run(ctx context.Context) {
	ping := time.NewTicker(chatPing)
	defer ping.Stop()
	recheck := time.NewTicker(chatRecheck)
	defer recheck.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-r.Chat.Closed():
			r.bye("shutdown")
			return
		case <-r.seat.Replaced():
			r.bye("too_many")
			return
		case <-r.seat.Ready():
			err = r.Chat.WithReadSlot(ctx, func() error { return r.deliver(ctx) })
		case <-ping.C:
			err = r.write(r.frame(agentstream.KindPing, map[string]any{}))
		case <-recheck.C:
			err = r.stillThere(ctx)
		}
		switch {
		case err == nil:
		case errors.Is(err, agentstream.ErrRevoked):
			r.bye("revoked")
			return
		case errors.Is(err, errMoved):
			r.bye("signed_in")
			return
		case pg.Unavailable(err):
			if !r.later(ctx) {
				return
			}
		default:
			return
		}
	}
}

// later rings the reader again, after the database has had a moment.
func (r *chatReader) later(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(core.ReconnectAfter):
	}
	r.seat.Wake()
	return true
}

func (r *chatReader) bye(reason string) {
	_ = r.write(r.frame(frameBye, map[string]any{"reason": reason}))
}

// errMoved says that a sign-in gave the visitor another token.
var errMoved = errors.New("the visitor has signed in")

// stillThere looks whether the token is still this visitor's.
func (r *chatReader) stillThere(ctx context.Context) error {
	v, err := r.Store.Webchat.VisitorByToken(ctx, r.hash)
	switch {
	case errors.Is(err, pg.ErrNotFound):
		if replaced, err := r.Store.Webchat.VisitorTokenReplaced(ctx, r.hash); err == nil && replaced {
			return errMoved
		}
		return agentstream.ErrRevoked
	case pg.Unavailable(err):
		return nil // while the database is away the reader stays
	case err != nil:
		return err
	case v.ID != r.visitor.ID:
		return errMoved
	}
	r.visitor = v
	err = r.stillSignedIn(r.visit)
	var ended *httpx.Problem
	if errors.As(err, &ended) {
		return agentstream.ErrRevoked
	}
	return err
}

// deliver reads and writes what is new.
func (r *chatReader) deliver(ctx context.Context) error {
	if err := r.stillThere(ctx); err != nil {
		return err
	}
	frames, err := r.messages(ctx)
	if err != nil {
		return err
	}
	before := r.shown
	t, err := r.thread(ctx)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, r.shown) {
		frames = append(frames, r.frame(frameThread, t))
	}
	if r.seat.AgentTypes() && t.Agent != nil {
		frames = append(frames, r.frame(frameTyping, map[string]any{"agent": t.Agent, "for": typingFor}))
	}
	if len(frames) == 0 {
		return nil
	}
	return r.write(frames...)
}

func (r *chatReader) messages(ctx context.Context) ([][]byte, error) {
	list, of, err := r.news.Next(ctx)
	if errors.Is(err, visitorchat.ErrReset) {
		if r.news, err = r.Chat.NewReader(ctx, r.visitor.ID); err != nil {
			return nil, err
		}
		return [][]byte{r.resetFrame()}, nil
	} else if err != nil {
		return nil, err
	}
	r.seat.Watch(of)
	var frames [][]byte
	for _, m := range list {
		view, err := r.showChat(m.ChatMessage)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(view)
		if err != nil {
			return nil, err
		}
		frames = append(frames, agentstream.Frame(m.Cursor, frameMessage, data))
	}
	return frames, nil
}

// chatSettings tells a page what it needs to show the widget.
func (s *Server) chatSettings(v visit) error {
	if err := s.notTooMany(s.ChatLimits.Requests.Of("settings/" + v.RealIP())); err != nil {
		return err
	}
	w, caps := v.widget, s.chatCaps()
	open, at, err := s.Chat.IsOpen(v.ctx(), w, s.Now())
	if err != nil {
		return err
	}
	agents, err := s.Chat.AgentsThere(v.ctx(), w, uuid.Nil)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, map[string]any{
		"key": w.Key, "style": visitorchat.StyleOf(w), "language": w.Language, "languages": languagesOf(w),
		"appearance": w.Settings.Appearance, "texts": w.Settings.Texts, "open": open, "opens_at": at, "agents_available": agents,
		"authentication": w.Authentication, "pre_chat": w.Settings.PreChat, "reconnect": w.ReconnectFor > 0,
		"transcript": w.Settings.Transcript, "sound": w.Settings.Sound,
		"files": map[string]any{"allowed": w.Files.Customers, "max_bytes": w.Files.Limit(s.UploadLimit), "blocked": w.Files.Blocked},
		"limits": map[string]any{"max_text": caps.MaxText, "max_attachments": caps.MaxMedia,
			"messages_per_minute": int(time.Minute / s.ChatLimits.Messages.Every)},
	})
}

// languagesOf are those that the widget has texts in, its own and the site's.
func languagesOf(w configdb.Widget) []string {
	list := []string{"en", "nl", "fi", "et", "ja"}
	for _, language := range slices.Sorted(maps.Keys(w.Settings.Texts)) {
		if !slices.Contains(list, language) {
			list = append(list, language)
		}
	}
	return list
}

// chatTranscript is the thread as a file to keep.
func (s *Server) chatTranscript(v visit) error {
	if err := s.stillSignedIn(v); err != nil {
		return err
	}
	if !v.widget.Settings.Transcript {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "There are no transcripts here.")
	}
	p, _, err := s.chatPage(v)
	if err != nil {
		return err
	}
	p.Limit, p.Place = maxTranscript, 0
	list, err := s.Store.Webchat.ChatAfter(v.ctx(), p)
	if err != nil {
		return err
	}
	views, err := s.showChats(list)
	if err != nil {
		return err
	}
	h := v.Response().Header()
	if v.QueryParam("format") == "json" {
		h.Set(echo.HeaderContentDisposition, `attachment; filename="transcript.json"`)
		return v.JSON(http.StatusOK, map[string]any{"items": views, "more": false})
	}
	h.Set(echo.HeaderContentDisposition, `attachment; filename="transcript.txt"`)
	return v.String(http.StatusOK, transcript(views))
}

// maxTranscript is the most that one transcript has; a thread of years is read
// page by page.
const maxTranscript = 5000

func transcript(list []chatMessage) string {
	var b strings.Builder
	for _, m := range list {
		if m.Type == webchatdb.TypeStarted { // nobody said anything yet
			continue
		}
		who := m.From
		if m.Agent != nil {
			who = m.Agent.Name
		}
		b.WriteString(m.At.Format("2006-01-02 15:04:05Z") + "  " + who + ": " + strings.ReplaceAll(m.Text, "\n", "\n    "))
		for _, f := range m.Attachments {
			b.WriteString(" [" + f.Name + "]")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

package mailer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/mailer"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// mailbox is a mail server that keeps what it takes.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	refuse  error // the next one is refused with it
	tried   int
}

type letter struct{ from, to, data string }

// NewSession begins to take a letter.
func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }

func (m *mailbox) taken() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]letter{}, m.letters...)
}

func (m *mailbox) tries() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tried
}

type session struct {
	box *mailbox
	letter
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (s *session) Reset()                                      {}
func (s *session) Logout() error                               { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.to = to
	s.box.tried++
	err := s.box.refuse
	s.box.refuse = nil
	return err
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.data = strings.ReplaceAll(string(b), "=\r\n", "")
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.letters = append(s.box.letters, s.letter)
	return err
}

// office is a mailer with its database and its mail server.
type office struct {
	*testing.T
	db  *storetest.DB
	box *mailbox
	log *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func open(t *testing.T) *office {
	t.Helper()
	t.Parallel()
	o := &office{T: t, db: storetest.New(t), box: &mailbox{}, log: &lockedBuffer{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := smtp.NewServer(o.box)
	server.Domain = "mail.example"
	go func() { _ = server.Serve(l) }()
	to, err := mailer.ParseServer("smtp://"+l.Addr().String(), "Switchboard <desk@shop.example>")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	m := mailer.New(mailer.Config{Store: o.db.Identity, Server: to, Link: func(token string) string { return "https://desk.example/welcome#" + token },
		Mark: "swl_", Log: slog.New(slog.NewTextHandler(o.log, nil)), Look: 10 * time.Millisecond, Retry: time.Second})
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, server.Close())
	})
	return o
}

func (o *office) person() admindb.Agent {
	o.Helper()
	a, err := o.db.Admin.CreateAgent(o.Context(), auditdb.Actor{}, admindb.NewAgent{Name: "Nora Tamm", Email: uuid.NewString()[:8] + "@shop.example", Role: "agent", Capacity: 1})
	require.NoError(o, err)
	return a
}

func (o *office) queue(kind, email string) {
	o.Helper()
	require.NoError(o, o.db.Identity.QueueMail(o.Context(), auditdb.Actor{}, identitydb.Origin{}, uuid.Nil, kind, email))
}

func (o *office) eventually(what string, ok func() bool) {
	o.Helper()
	require.Eventually(o, ok, tier.Patience(time.Minute), 10*time.Millisecond, what)
}

func (o *office) pending() int {
	var n int
	require.NoError(o, o.db.SQL.Get(&n, `SELECT count(*) FROM mail`))
	return n
}

var linkIn = regexp.MustCompile(`https://desk\.example/welcome#(swl_[\w-]{43})`)

// Who was invited gets a link that works, and who is not known gets nothing.
func TestMailer_OK(t *testing.T) {
	o := open(t)
	a := o.person()
	o.queue(identitydb.Reset, "nobody@shop.example")
	o.queue(identitydb.Invitation, strings.ToUpper(a.Email))
	o.eventually("both are done", func() bool { return o.pending() == 0 })
	letters := o.box.taken()
	require.Len(t, letters, 1)
	require.Equal(t, "desk@shop.example", letters[0].from)
	require.Equal(t, a.Email, letters[0].to)
	require.Contains(t, letters[0].data, "Subject: Your Switchboard account")
	require.Contains(t, letters[0].data, "Hello Nora Tamm,")
	token := linkIn.FindStringSubmatch(strings.ReplaceAll(letters[0].data, "=3D", "="))
	require.Len(t, token, 2, letters[0].data)
	require.NoError(t, o.db.Identity.UseLink(t.Context(), identitydb.Origin{}, secret.HashToken(token[1]), "hash"))
	require.NotContains(t, o.log.String(), "shop.example")
}

// What the mail server does not take now it is given again; each link ends those before.
func TestMailer_TriesAgain(t *testing.T) {
	o := open(t)
	a := o.person()
	o.box.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try " + a.Email + " later"}
	o.queue(identitydb.Reset, a.Email)
	o.eventually("it is sent", func() bool { return len(o.box.taken()) == 1 && o.pending() == 0 })
	require.Equal(t, 2, o.box.tries())
	require.Contains(t, o.log.String(), "tried again")
	require.NotContains(t, o.log.String(), a.Email)

	token := linkIn.FindStringSubmatch(o.box.taken()[0].data)
	require.Len(t, token, 2)
	require.NoError(t, o.db.Identity.UseLink(t.Context(), identitydb.Origin{}, secret.HashToken(token[1]), "hash"))
}

// An address that the mail server does not know is not tried again, nor is somebody
// who was disabled.
func TestMailer_GivesUp(t *testing.T) {
	o := open(t)
	a, gone := o.person(), o.person()
	disabled := true
	_, err := o.db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, gone.ID, admindb.AgentChange{Disabled: &disabled})
	require.NoError(t, err)
	o.box.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	o.queue(identitydb.Reset, a.Email)
	o.eventually("it is given up", func() bool { return o.pending() == 0 })
	o.queue(identitydb.Reset, gone.Email)
	o.eventually("it is dropped", func() bool { return o.pending() == 0 })
	require.Empty(t, o.box.taken())
	require.Equal(t, 1, o.box.tries())
	_, err = o.db.Identity.LinkOf(t.Context(), gone.ID)
	require.False(t, errors.Is(err, pg.ErrNotFound))
}

func TestParseServer_Err(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example/path", "smtp://user:pass word@[bad"} {
		_, err := mailer.ParseServer(address, "desk@shop.example")
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "pass word")
	}
	_, err := mailer.ParseServer("smtps://user:secret@mail.example", "no address")
	require.Error(t, err)
	_, err = mailer.ParseServer("smtps://user:secret@mail.example", "Switchboard <desk@shop.example>")
	require.NoError(t, err)
}

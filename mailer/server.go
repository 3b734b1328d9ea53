package mailer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// Server is a mail server that takes our e-mail.
type Server struct {
	host string
	from string
	opts []mail.Option
}

// sendTimeout bounds one e-mail. It is less than the time for which one is claimed.
const sendTimeout = time.Minute

// ParseServer reads where e-mail is handed in, smtp://user:password@host:587 or smtps://…,
// and whom it is from. smtp uses TLS where the server offers it, and does not give a
// password without.
func ParseServer(address, from string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return Server{}, errors.New("the mail server is not given as smtp://user:password@host:587 or smtps://user:password@host") // which may hold a password
	}
	s := Server{host: u.Hostname(), from: from, opts: []mail.Option{mail.WithTimeout(sendTimeout)}}
	port, policy := 587, mail.TLSOpportunistic
	if u.Scheme == "smtps" {
		port, s.opts = 465, append(s.opts, mail.WithSSL())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		policy = mail.TLSMandatory
		s.opts = append(s.opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return Server{}, errors.New("the mail server's port is no number")
		}
	}
	s.opts = append(s.opts, mail.WithTLSPolicy(policy), mail.WithPort(port))
	if err := mail.NewMsg().From(from); err != nil {
		return Server{}, fmt.Errorf("the sender of e-mail: %w", err)
	}
	if _, err := mail.NewClient(s.host, s.opts...); err != nil {
		return Server{}, fmt.Errorf("mail server: %w", err)
	}
	return s, nil
}

func (s Server) send(ctx context.Context, to string, t text) error {
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.from), m.To(to)); err != nil {
		return errors.New("an address is none that e-mail can be sent to")
	}
	m.Subject(t.subject)
	m.SetMessageID()
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, t.body)
	c, err := mail.NewClient(s.host, s.opts...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return c.DialAndSendWithContext(ctx, m)
}

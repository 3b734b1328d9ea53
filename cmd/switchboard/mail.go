package main

import (
	"log/slog"
	"net/url"

	"switchboard/api/session"
	"switchboard/mailer"
)

// mailServer is where e-mail to people who sign in is handed in, if anywhere.
type mailServer struct {
	SMTPURL  string `help:"Mail server for invitations and password resets, as smtp://user:password@host:587 or smtps://…; empty: no e-mail." name:"smtp-url" env:"SWITCHBOARD_SMTP_URL"`
	MailFrom string `help:"Sender of e-mail, as 'Switchboard <desk@example.com>'; else switchboard@ and the host of the public URL." env:"SWITCHBOARD_MAIL_FROM"`
}

// mailer sends e-mail; nil when none is to be sent.
func (p *deps) mailer(pub *public) (*mailer.Mailer, error) {
	if pub.SMTPURL == "" {
		return nil, nil
	}
	from := pub.MailFrom
	if from == "" {
		u, err := url.Parse(pub.PublicURL)
		if err != nil {
			return nil, err
		}
		from = "Switchboard <switchboard@" + u.Hostname() + ">"
	}
	server, err := mailer.ParseServer(pub.SMTPURL, from)
	if err != nil {
		return nil, err
	}
	return mailer.New(mailer.Config{Store: p.store.Identity, Server: server, Mark: session.LinkMark, Log: p.log.With(slog.String("part", "mail")),
		Link: func(token string) string { return session.LinkURL(pub.PublicURL, token) }}), nil
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"switchboard/api/session"
	"switchboard/secret"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
)

type passwordCommand struct {
	backends
	PublicURL    string `help:"Where browsers reach this service; needed for a link." env:"SWITCHBOARD_PUBLIC_URL"`
	Email        string `help:"Whose password." required:""`
	Stdin        bool   `help:"Read the new password from standard input instead of printing a link."`
	SecondFactor bool   `help:"Remove the second factor too: the authenticator app and the recovery codes are lost." name:"reset-second-factor"`

	in  io.Reader `kong:"-"` // nil: standard input
	out io.Writer `kong:"-"` // nil: standard output
}

// Run may run while the product does.
func (c *passwordCommand) Run(ctx context.Context, log *slog.Logger) error {
	if c.in == nil {
		c.in, c.out = os.Stdin, os.Stdout
	}
	p, err := c.open(log)
	if err != nil {
		return err
	}
	defer p.close()
	known, err := p.store.Config.CredentialsOf(ctx, c.Email)
	if errors.Is(err, pg.ErrNotFound) || known.Disabled {
		return errors.New("nobody who may sign in has this e-mail address")
	} else if err != nil {
		return err
	}
	if c.Stdin {
		err = c.set(ctx, p.store.Identity, known)
	} else {
		err = c.link(ctx, p.store.Identity, known)
	}
	if err != nil || !c.SecondFactor {
		return err
	}
	err = p.store.Identity.DropSecondFactor(ctx, auditdb.Actor{}, identitydb.Origin{}, known.Agent, "reset", nil)
	if errors.Is(err, pg.ErrNotFound) { // there is none
		return nil
	}
	return err
}

func (c *passwordCommand) set(ctx context.Context, st *identitydb.Store, known configdb.Credentials) error {
	state, err := st.StateOf(ctx, known.Agent)
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if why := secret.Weakness(password, state.Name, state.Email); why != "" {
		return fmt.Errorf("the password %s", why)
	}
	if err := st.SetPassword(ctx, identitydb.Origin{}, known.Agent, secret.HashPassword(password), nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, "The password is set, and all sign-ins have ended.")
	return err
}

func (c *passwordCommand) link(ctx context.Context, st *identitydb.Store, known configdb.Credentials) error {
	if c.PublicURL == "" {
		return errors.New("a link needs SWITCHBOARD_PUBLIC_URL; without it give the new password with --stdin")
	}
	token := session.LinkMark + secret.NewToken()
	expires, err := st.CreateLink(ctx, auditdb.Actor{}, identitydb.Origin{}, known.Agent, identitydb.Reset, secret.HashToken(token))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Open this link in a browser to set a new password. It is good once, until %s:\n\n%s\n",
		expires.Local().Format(time.DateTime), session.LinkURL(c.PublicURL, token))
	return err
}

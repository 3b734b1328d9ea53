package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"

	"switchboard/demo"
	"switchboard/store"
)

const adminEmail = "admin@example.com"

// Of the demo's accounts, which the sandbox stands in for.
const (
	demoLINE      = demo.LINEChannel
	demoBot       = demo.LINEBot
	demoSMS       = demo.SMSAccount
	demoWhatsApp  = demo.WhatsAppAcct
	demoSMSNumber = demo.SMSNumber
	demoWANumber  = demo.WhatsAppNumber
	demoWAShort   = demo.ShortNumber
)

type accountAnswer = demo.Account

// ensureAgent adds a person unless their e-mail address is known.
func (p *parts) ensureAgent(ctx context.Context, n store.NewAgent) (uuid.UUID, error) {
	known, err := p.store.CredentialsOf(ctx, n.Email)
	if err == nil {
		return known.Agent, nil
	} else if !errors.Is(err, store.ErrNotFound) {
		return uuid.Nil, err
	}
	a, err := p.store.CreateAgent(ctx, store.Actor{}, n)
	return a.ID, err
}

// fillWithin ends a filling that does not get on; the next start goes on with it.
const fillWithin = 2 * time.Minute

// configure brings the demo's company up to date, as its administrator would.
func (d *dev) configure(ctx context.Context) (*demo.Company, error) {
	key, err := d.secrets.shopPublic()
	if err != nil {
		return nil, err
	}
	return demo.Configure(ctx, demo.Config{API: d.base(), Sandbox: d.sandbox(), Admin: adminEmail, Password: d.secrets.Password,
		Secret: d.secrets.Provider, ShopKey: key, Live: demoLive, Persistent: demoPersistent})
}

// fill brings the company to life once: what people did with it since is theirs.
// A company that is not complete is no reason not to run.
func (d *dev) fill(ctx context.Context, c *demo.Company) error {
	filled := filepath.Join(d.dir, "demo-filled")
	if _, err := os.Stat(filled); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, c.SyncTemplates(ctx))
	}
	d.say("      customers arrive; the desk is open already: %s/desk/", d.base())
	within, cancel := context.WithTimeout(ctx, fillWithin)
	defer cancel()
	if err := c.Fill(within); err != nil {
		if ctx.Err() == nil {
			d.say("The demo's company is not complete, the next start goes on with it: %v", err)
		}
		return ctx.Err()
	}
	return os.WriteFile(filled, nil, 0o600)
}

// summary says what to try first, and where everything is.
func (d *dev) summary(ctx context.Context, c *demo.Company, took time.Duration) {
	campaigns := "look at Campaigns"
	if name, err := c.Running(ctx); err == nil && name != "" {
		campaigns = fmt.Sprintf("open Campaigns: “%s” is being sent", name)
	}
	d.say(`
Switchboard runs (started in %.1f s). Try it in the browser:

  1  Be an agent      %s/desk/    sign in as %s, password %s
  2  Be a customer    %s/    choose a phone, write, and answer at the desk
  3  Lead the team    at the desk, sign in as %s with the same password and %s

  shop with a chat    %s/shop/
  API and its docs    %s/docs
  Temporal UI         http://127.0.0.1:%s/namespaces/switchboard/workflows
  administrator       %s, same password
  logs                %s

  Ctrl-C stops everything; nothing is lost.
`, took.Seconds(), d.base(), demo.Agent, d.secrets.Password, d.sandbox(), demo.Supervisor, campaigns,
		d.sandbox(), d.base(), strconv.Itoa(d.UIPort), adminEmail, filepath.Join(d.dir, "log"))
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"switchboard/dev/demo"
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

// configure brings the demo's company up to date, as its administrator would.
func (d *dev) configure(ctx context.Context) (*demo.Company, error) {
	key, err := d.secrets.shopPublic()
	if err != nil {
		return nil, err
	}
	return demo.Configure(ctx, demo.Config{API: d.base(), Sandbox: d.sandbox(), Admin: adminEmail, Password: d.secrets.Password,
		Secret: d.secrets.Provider, ShopKey: key, Live: demoLive, Persistent: demoPersistent})
}

// filled is the file that says that the company has been filled.
func (d *dev) filled() string { return filepath.Join(d.dir, "demo-filled") }

// fresh tells whether the company has yet to be filled.
func (d *dev) fresh() bool {
	_, err := os.Stat(d.filled())
	return errors.Is(err, fs.ErrNotExist)
}

// fillWithin ends a filling that does not get on.
const fillWithin = 5 * time.Minute

// fill brings a fresh company to life, while people look around already. What
// they do with it is theirs: it is filled once. One that cannot be completed is
// no reason not to run.
func (d *dev) fill(ctx context.Context, fresh bool) {
	within, cancel := context.WithTimeout(ctx, fillWithin)
	defer cancel()
	var err error
	began := time.Now()
	if fresh {
		err = d.company.Fill(within, func() {
			d.say("The first customers have written (%.1f s); the campaigns follow.", time.Since(began).Seconds())
		})
	} else {
		err = d.company.SyncTemplates(within)
	}
	if err == nil && fresh {
		err = os.WriteFile(d.filled(), nil, 0o600)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.say("The demo's company is not complete; the next start goes on with it: %v", err)
	case fresh:
		d.say("The company is complete (%.1f s).", time.Since(began).Seconds())
	}
}

// summary says what to try first, and where everything is.
func (d *dev) summary(ctx context.Context, fresh bool, took time.Duration) {
	campaigns, arriving := "look at Campaigns", ""
	if fresh || d.company.Sending(ctx) {
		campaigns = "open Campaigns: one is being sent"
	}
	if fresh {
		arriving = "\n  The company's first customers are writing at this moment; it takes some seconds."
	}
	d.say(`
Switchboard runs (started in %.1f s). Try it in the browser:

  1  Be an agent       %s/desk/   sign in as %s, password %s
  2  Be a customer     %s/        choose a phone and write; answer at the desk
  3  Lead the team     sign in at the desk as %s, same password, and %s

  Shop with a chat     %s/shop/
  API and its docs     %s/docs
  Temporal UI          http://127.0.0.1:%d/namespaces/switchboard/workflows
  Administrator        %s, same password
  Logs                 %s
%s
  Ctrl-C stops everything; nothing is lost.
`, took.Seconds(), d.base(), demo.Agent, d.secrets.Password, d.sandbox(), demo.Supervisor, campaigns,
		d.sandbox(), d.base(), d.UIPort, adminEmail, filepath.Join(d.dir, "log"), arriving)
}

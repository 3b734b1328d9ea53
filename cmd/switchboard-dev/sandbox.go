package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"switchboard/dev/demo"
	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/messenger"
	"switchboard/dev/sandbox/twilio"
	"switchboard/dev/sandbox/wechat"
	"switchboard/dev/sandbox/whatsapp"
	"switchboard/web/shop"
)

// Keys of the demo shop's widgets.
const (
	demoLive       = "demo-live"
	demoPersistent = "demo-persistent"
)

type sandboxCommand struct {
	Listen   string `help:"Address to listen on." default:"127.0.0.1:8090" env:"SWITCHBOARD_SANDBOX_LISTEN"`
	API      string `help:"Where the product is reached; the demo shop's chat talks to it." default:"http://127.0.0.1:8080" env:"SWITCHBOARD_SANDBOX_API"`
	Accounts string `help:"File with the accounts to stand in for; more can be added over HTTP." type:"existingfile" optional:"" env:"SWITCHBOARD_SANDBOX_ACCOUNTS"`
	Journal  string `help:"File to which everything received is appended, and from which it is known again." default:"" env:"SWITCHBOARD_SANDBOX_JOURNAL"`
}

// sandboxAccounts is the file's content.
type sandboxAccounts struct {
	Accounts map[string][]any `json:"accounts"` // settings by provider
	Shop     string           `json:"shop"`     // private key of the demo's shop
}

func (d *dev) sandboxAccounts(a demo.Accounts) sandboxAccounts {
	secret, li, wa, sms := d.secrets.Provider, a.LINE, a.WhatsApp, a.SMS
	return sandboxAccounts{Shop: d.secrets.Shop, Accounts: map[string][]any{
		"line": {line.Settings{Name: li.Name, ChannelID: demoLINE, Secret: secret, AccessToken: secret, BotUserID: demoBot, WebhookURL: li.WebhookURL}},
		"messenger": {messenger.Settings{Name: a.Messenger.Name, PageID: demo.PageID, AppID: demo.AppID, AppSecret: secret, AccessToken: secret,
			WebhookURL: a.Messenger.WebhookURL}},
		"wechat": {wechat.Settings{Name: a.WeChat.Name, AppID: demo.WeChatApp, AppSecret: secret, OriginalID: "gh_000000000b07", Token: demo.WeChatToken,
			AESKey: demo.WeChatKey, WebhookURL: a.WeChat.WebhookURL}},
		"whatsapp_cloud": {whatsapp.Settings{Name: a.Cloud.Name, NumberID: demo.CloudNumberID, BusinessID: demo.CloudBusiness, Number: demo.CloudNumber,
			AppSecret: secret, AccessToken: secret, WebhookURL: a.Cloud.WebhookURL}},
		"twilio": {
			twilio.Settings{Name: wa.Name, SID: demoWhatsApp, AuthToken: secret, WhatsApp: []string{demoWANumber, demoWAShort}, WebhookURL: wa.WebhookURL},
			twilio.Settings{Name: sms.Name, SID: demoSMS, AuthToken: secret, Numbers: []string{demoSMSNumber}, WebhookURL: sms.WebhookURL},
		},
	}}
}

func (c *sandboxCommand) Run(ctx context.Context, log *slog.Logger) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	var a sandboxAccounts
	if c.Accounts != "" {
		b, err := os.ReadFile(c.Accounts)
		if err == nil {
			err = json.Unmarshal(b, &a)
		}
		if err != nil {
			return fmt.Errorf("accounts of the sandbox: %w", err)
		}
	}
	s, err := sandbox.New(sandbox.Config{Log: log, JournalFile: c.Journal, PublicURL: "http://" + l.Addr().String()})
	if err != nil {
		return err
	}
	defer s.Close()
	if a.Shop != "" {
		if err := s.OpenShop(a.Shop); err != nil {
			return err
		}
	}
	for provider, all := range a.Accounts {
		for _, settings := range all {
			if err := s.AddAccount(provider, settings); err != nil {
				return fmt.Errorf("accounts of the sandbox: %w", err)
			}
		}
	}
	pages, err := shop.Handler(shop.Config{API: c.API, Live: demoLive, Persistent: demoPersistent})
	if err != nil {
		return fmt.Errorf("demo shop: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.Handle("GET /shop/", pages)
	mux.Handle("GET /shop/auth/", s.Handler()) // the shop's own sign-in
	server := &http.Server{Handler: sandbox.Loopback(mux), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	log.Info("sandbox is listening", "address", l.Addr().String())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

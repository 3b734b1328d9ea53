// Package demo is the small company that `switchboard-dev dev` shows: a shop for tea
// and teapots with a team, customers on every channel, conversations and
// campaigns. All of it is made from outside, through the API, the web chat and
// the phones of the sandbox, as people and providers would make it.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/api/apiclient"
)

// Config says where the product and the sandbox are, and who may do what.
type Config struct {
	API     string // http://host:port
	Sandbox string // http://host:port
	Admin   string // e-mail address of the administrator
	// Password is everybody's.
	Password string
	// Secret is what the accounts at the sandbox are signed and called with.
	Secret string
	// ShopKey is the public key, PEM, of the shop that signs its customers in.
	ShopKey string
	// Live and Persistent are the keys of the shop's two widgets.
	Live, Persistent string
}

// Company is the demo's company, seen by its administrator.
type Company struct {
	cfg      Config
	admin    *apiclient.Client
	sandbox  *apiclient.Client
	queues   map[string]uuid.UUID
	streams  map[string]uuid.UUID
	Accounts Accounts
	news     *news

	mu   sync.Mutex
	team map[string]func() (*apiclient.Client, error) // by name, to sign them in once
}

// Configure signs the administrator in and makes what a company needs before its
// customers write: queues, people, workstreams, accounts and widgets. It runs at
// every start. Each step looks first, so a start that was cut off is completed
// by the next, and ports that changed are told to the accounts.
func Configure(ctx context.Context, cfg Config) (*Company, error) {
	admin, err := apiclient.SignIn(ctx, cfg.API, cfg.Admin, cfg.Password)
	if err != nil {
		return nil, err
	}
	c := &Company{cfg: cfg, admin: admin, sandbox: &apiclient.Client{Base: cfg.Sandbox},
		team: map[string]func() (*apiclient.Client, error){}}
	if err := c.makeTeam(ctx); err != nil {
		return nil, fmt.Errorf("team: %w", err)
	}
	if err := c.makeWorkstreams(ctx); err != nil {
		return nil, fmt.Errorf("workstreams: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.makeAccounts(ctx) })
	g.Go(func() error { return c.makeWidgets(ctx) })
	return c, g.Wait()
}

// Fill brings the company to life: first the conversations, of which met is told
// when they are there, then texts and campaigns. The sandbox must run. It is for a
// company that nobody has worked in yet; after it was cut off it may be called
// again, finds what is there and goes on.
func (c *Company) Fill(ctx context.Context, met func()) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var err error
	if c.news, err = c.follow(ctx); err != nil {
		return err
	}
	talked := c.playAll(ctx, stories())
	if talked == nil {
		met()
	}
	var g errgroup.Group // one that fails does not stop the other
	var errs [2]error
	g.Go(func() error { errs[0] = c.makeTexts(ctx); return nil })
	g.Go(func() error { errs[1] = c.makeOutreach(ctx); return nil })
	_ = g.Wait()
	return errors.Join(talked, errs[0], errs[1])
}

// find looks for a thing of a list by its name; uuid.Nil if there is none.
func find(ctx context.Context, c *apiclient.Client, path, name string) (uuid.UUID, error) {
	var list struct {
		Items []struct {
			ID          uuid.UUID
			Name, Title string
		}
	}
	if _, err := c.Do(ctx, http.MethodGet, path+"?limit=200", nil, &list); err != nil {
		return uuid.Nil, err
	}
	for _, it := range list.Items {
		if it.Name == name || it.Title == name {
			return it.ID, nil
		}
	}
	return uuid.Nil, nil
}

// ensure finds a thing of a list by its name, or makes it.
func ensure(ctx context.Context, c *apiclient.Client, path, name string, in map[string]any) (uuid.UUID, error) {
	id, err := find(ctx, c, path, name)
	if err != nil || id != uuid.Nil {
		return id, err
	}
	if _, titled := in["title"]; !titled {
		in["name"] = name
	}
	var made apiclient.Ref
	if _, err := c.Do(ctx, http.MethodPost, path, in, &made); err != nil {
		return uuid.Nil, fmt.Errorf("%s: %w", name, err)
	}
	return made.ID, nil
}

// conflict tells whether a thing was refused because it is there.
func conflict(err error) bool {
	var refused *apiclient.Refused
	return errors.As(err, &refused) && refused.Status == http.StatusConflict
}

package demo

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/api/apiclient"
)

// member is somebody who works at the company.
type member struct {
	name, email, role string
	queues            []string
}

// Queues of the company.
const (
	support = "Support"
	orders  = "Orders"
	returns = "Returns"
)

// Who the demo names: an agent who is in every queue, and the supervisor.
const (
	Agent      = "maya@example.com"
	Supervisor = "nora@example.com"
)

const (
	maya  = "Maya Chen"
	ken   = "Ken Adeyemi"
	priya = "Priya Raman"
	tom   = "Tom Becker"
	sofia = "Sofia Marin"
)

func team() []member {
	return []member{
		{maya, Agent, "agent", []string{support, orders, returns}},
		{ken, "ken@example.com", "agent", []string{support, returns}},
		{priya, "priya@example.com", "agent", []string{orders, returns}},
		{tom, "tom@example.com", "agent", []string{support, orders}},
		{sofia, "sofia@example.com", "agent", []string{support, returns}},
		{"Nora Lindqvist", Supervisor, "supervisor", nil},
	}
}

func (c *Company) makeTeam(ctx context.Context) error {
	c.queues = map[string]uuid.UUID{}
	for _, name := range []string{support, orders, returns} {
		id, err := ensure(ctx, c.admin, "/v1/queues", name, map[string]any{})
		if err != nil {
			return err
		}
		c.queues[name] = id
	}
	known, err := c.agents(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range team() {
		g.Go(func() error { return c.hire(ctx, m, known[m.email]) })
	}
	return g.Wait()
}

// agents lists who is there, by e-mail address.
func (c *Company) agents(ctx context.Context) (map[string]uuid.UUID, error) {
	var list struct {
		Items []struct {
			ID    uuid.UUID
			Email string
		}
	}
	if _, err := c.admin.Do(ctx, http.MethodGet, "/v1/agents?limit=200", nil, &list); err != nil {
		return nil, err
	}
	out := map[string]uuid.UUID{}
	for _, a := range list.Items {
		out[a.Email] = a.ID
	}
	return out, nil
}

// hire adds a member unless they are there, and puts them into their queues.
func (c *Company) hire(ctx context.Context, m member, known uuid.UUID) error {
	if known == uuid.Nil {
		var made apiclient.Ref
		in := map[string]any{"name": m.name, "email": m.email, "role": m.role, "capacity": 8}
		if _, err := c.admin.Do(ctx, http.MethodPost, "/v1/agents", in, &made); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if err := c.admin.Invite(ctx, made.ID, c.cfg.Password); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		known = made.ID
	}
	for _, q := range m.queues {
		if _, err := c.admin.Do(ctx, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", c.queues[q], known), nil, nil); err != nil {
			return fmt.Errorf("%s in %s: %w", m.name, q, err)
		}
	}
	return nil
}

// colleague is an agent, by name, who does their own work. They sign in when they
// are first asked for: a password costs more than anything else that is done then.
func (c *Company) colleague(ctx context.Context, name string) (*apiclient.Client, error) {
	c.mu.Lock()
	signIn := c.team[name]
	if signIn == nil {
		signIn = sync.OnceValues(func() (*apiclient.Client, error) {
			for _, m := range team() {
				if m.name == name {
					return apiclient.SignIn(ctx, c.cfg.API, m.email, c.cfg.Password)
				}
			}
			return nil, fmt.Errorf("%s is not in the team", name)
		})
		c.team[name] = signIn
	}
	c.mu.Unlock()
	return signIn()
}

func (c *Company) makeWorkstreams(ctx context.Context) error {
	c.streams = map[string]uuid.UUID{}
	for _, w := range []struct{ name, queue, style string }{
		{"Support", support, "messaging"}, {"Text messages", orders, "messaging"},
		{"Live chat", support, "live"}, {"Persistent chat", support, "persistent"},
	} {
		id, err := ensure(ctx, c.admin, "/v1/workstreams", w.name, map[string]any{"mode": "push", "style": w.style,
			"queue_id": c.queues[w.queue], "fallback_queue_id": c.queues[support]})
		if err != nil {
			return err
		}
		c.streams[w.name] = id
	}
	var err error
	if c.streams[shortTimers], err = c.makeShortTimers(ctx); err != nil {
		return err
	}
	return c.makeRouting(ctx)
}

// route is a rule by which a conversation gets into a queue; without words it
// takes all.
type route struct{ name, words, queue string }

func routes() []route {
	return []route{
		{"Returns and damage", "return|refund|broke|chipped|crack|sent my", returns},
		{"Orders and delivery", "order|parcel|courier|deliver|tracking", orders},
		{"Everything else", "", support},
	}
}

// makeRouting sends messages about orders and returns to those who know.
// Rules that somebody saved stay.
func (c *Company) makeRouting(ctx context.Context) error {
	path := "/v1/workstreams/" + c.streams["Support"].String() + "/routing-rules"
	var now struct{ Version int }
	if _, err := c.admin.Do(ctx, http.MethodGet, path, nil, &now); err != nil || now.Version > 0 {
		return err
	}
	var rules []any
	for _, r := range routes() {
		when := ""
		if r.words != "" {
			when = fmt.Sprintf("lower(message.text) matches %q", r.words)
		}
		all := []map[string]any{{"queue": c.queues[r.queue], "percent": 100}}
		rules = append(rules, map[string]any{"name": r.name, "when": when, "queues": all})
	}
	in := map[string]any{"version": 0, "rules": map[string]any{"route": map[string]any{"rules": rules}}}
	_, err := c.admin.Do(ctx, http.MethodPut, path, in, nil)
	if conflict(err) {
		return nil
	}
	return err
}

const shortTimers = "Short timers"

// makeShortTimers shows within minutes what otherwise takes days: a parked
// conversation that is brought back, silence that is asked about and then ends
// it, capacity that wrap-up gives back, and what the system says by itself.
func (c *Company) makeShortTimers(ctx context.Context) (uuid.UUID, error) {
	id, err := ensure(ctx, c.admin, "/v1/workstreams", shortTimers, map[string]any{
		"mode": "push", "queue_id": c.queues[support], "fallback_queue_id": c.queues[support], "waiting_timeout": 300, "active_timeout": 600,
		"wrap_up_timeout": 60, "wrap_up_block_for": 20, "follow_up_after": 120, "same_agent_patience": 30,
	})
	if err != nil {
		return uuid.Nil, err
	}
	for _, r := range []map[string]any{
		{"name": "Still there?", "silent": "customer", "after": 60, "action": "message_customer", "texts": map[string]string{
			"en": "Are you still there?", "nl": "Bent u er nog?", "fi": "Oletko vielä paikalla?", "et": "Kas olete veel siin?"}},
		{"name": "Goodbye", "silent": "customer", "after": 180, "action": "close"},
		{"name": "The customer waits", "silent": "agent", "after": 45, "action": "message_agent",
			"texts": map[string]string{"en": "{CustomerName} waits for your answer."}},
	} {
		if _, err := ensure(ctx, c.admin, "/v1/workstreams/"+id.String()+"/timeout-rules", r["name"].(string), r); err != nil {
			return uuid.Nil, err
		}
	}
	for _, occasion := range []string{"greeting", "agent_joined", "conversation_ended"} {
		in := map[string]any{"trigger": occasion, "workstream_id": id, "enabled": true}
		if _, err := c.admin.Do(ctx, http.MethodPut, "/v1/automated-messages", in, nil); err != nil {
			return uuid.Nil, err
		}
	}
	return id, nil
}

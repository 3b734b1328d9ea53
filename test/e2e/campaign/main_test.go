// Package campaign sends to customers by the thousand, on a real PostgreSQL and a
// real Temporal, and counts at the provider's stand-in what arrived.
package campaign

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

// patience bounds every wait for a condition.
var patience = tier.Patience(4 * time.Minute)

var (
	shared *rig.Rig
	sites  atomic.Int64
	people atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(15*time.Minute))
	defer cancel()
	dir, err := os.MkdirTemp("", "switchboard-campaign-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755)
	}
	binary := ""
	if err == nil {
		binary, err = rig.Build(ctx, dir)
	}
	if err == nil {
		shared, err = rig.Start(ctx, rig.Options{Dir: dir + "/rig", Binary: binary, Split: true, Own: true, Progress: os.Stdout})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "campaign:", err)
		return 1
	}
	defer shared.Stop()
	code := m.Run()
	n, err := shared.SearchForMarks(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: privacy:", err)
		return 1
	}
	fmt.Printf("privacy: %d histories hold no mark\n", n)
	return code
}

// place is an organisation with a template and an outbound configuration for SMS.
type place struct {
	*rig.Site
	t        *testing.T
	template uuid.UUID
	conf     uuid.UUID
	address  uuid.UUID
}

type obj = map[string]any

func newPlace(t *testing.T) *place {
	t.Helper()
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 100+int(sites.Add(1)), nil)
	require.NoError(t, err)
	p := &place{Site: site, t: t}
	p.address = p.addAddress("sms", p.SMS)
	p.template = p.addTemplate("sms", rig.MarkText+" hello {Name}, number {N}")
	p.conf = p.configure(p.template)
	return p
}

func (p *place) addAddress(channel, number string) uuid.UUID {
	p.t.Helper()
	return p.create("/v1/accounts/"+p.TwilioAcct.String()+"/addresses", obj{"channel": channel, "address": number})
}

func (p *place) addTemplate(channel, text string) uuid.UUID {
	p.t.Helper()
	return p.create("/v1/templates", obj{"name": "T " + uuid.NewString()[:8], "channel": channel, "default_language": "en", "text": text})
}

func (p *place) configure(template uuid.UUID) uuid.UUID {
	p.t.Helper()
	return p.create("/v1/outbound-configurations", obj{"name": "C " + uuid.NewString()[:8], "address_id": p.address, "template_id": template})
}

func (p *place) create(path string, in obj) uuid.UUID {
	p.t.Helper()
	var made apiclient.Ref
	p.do(http.MethodPost, path, in, &made)
	return made.ID
}

func (p *place) do(method, path string, in, out any, headers ...string) {
	p.t.Helper()
	_, err := shared.Admin.Do(p.t.Context(), method, path, in, out, headers...)
	require.NoError(p.t, err)
}

// number is a new customer's number.
func number() string { return fmt.Sprintf("%s%05d", rig.MarkNumber, people.Add(1)) }

func contact(to string, n int) obj {
	return obj{"tocontactid": to, "channelid": "SMS", "optin": true, "contextitems": obj{"Name": rig.MarkText + "-name", "N": fmt.Sprint(n)}}
}

// draft is a campaign with recipients.
func (p *place) draft(settings obj, contacts []obj) uuid.UUID {
	p.t.Helper()
	in := obj{"name": "Spring " + uuid.NewString()[:8], "configuration_id": p.conf}
	for k, v := range settings {
		in[k] = v
	}
	id := p.create("/v1/campaigns", in)
	for len(contacts) > 0 {
		n := min(len(contacts), 1000)
		var out struct{ Added int }
		p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/recipients", obj{"contacts": contacts[:n]}, &out)
		require.Equal(p.t, n, out.Added)
		contacts = contacts[n:]
	}
	return id
}

type state struct {
	State       string
	PauseReason string `json:"pause_reason"`
	Total       int
	Progress    struct {
		Waiting, Sent, Delivered, Refused, Failed, Unknown, Replied int
		OptedOut                                                    int `json:"opted_out"`
	}
}

// stands reads a campaign. While parts of the product are down it has no answer.
func stands(t *testing.T, id uuid.UUID) (s state, ok bool) {
	t.Helper()
	_, err := shared.Admin.Do(t.Context(), http.MethodGet, "/v1/campaigns/"+id.String(), nil, &s)
	return s, err == nil
}

func (p *place) start(id uuid.UUID) {
	p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/start", obj{}, nil)
}

// ends waits until a campaign is finished.
func ends(t *testing.T, id uuid.UUID) state {
	t.Helper()
	var last state
	eventually(t, "the campaign is finished", func() bool {
		s, ok := stands(t, id)
		last = s
		return ok && s.State == "finished"
	})
	return last
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

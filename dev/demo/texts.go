package demo

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// quickReply is an answer that the agents keep ready.
type quickReply struct {
	title, tag, text string
}

func quickReplies() []quickReply {
	return []quickReply{
		{"Greeting", "hello", "Hello {CustomerFirstName}, this is {AgentFirstName} from Kettle & Leaf. How can I help?"},
		{"One moment", "wait", "One moment please, {CustomerFirstName}, I'll look that up for you."},
		{"Delivery times", "delivery",
			"We send every order within one working day. It takes a day or two here, and up to four in the rest of Europe."},
		{"Shipping costs", "delivery", "Shipping is 6 euros, and free from 60 euros."},
		{"How to return", "returns",
			"You can return anything unused within 30 days. I'll e-mail you a label; drop the parcel off at any post office."},
		{"Refund", "returns", "We have your parcel, thank you. The money is back in your account within five working days."},
		{"Damaged on the way", "returns",
			"I'm sorry that it arrived damaged. Could you send me a photo of it, and one of the box? I'll send a new one at once."},
		{"Care of clay pots", "advice", "Rinse an unglazed pot with hot water only, without soap, and let it dry without its lid."},
		{"Goodbye", "bye", "You're welcome, {CustomerFirstName}. Enjoy your tea!"},
	}
}

// makeTexts makes what the agents have at hand: quick replies, and presences of
// their own.
func (c *Company) makeTexts(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(1)
	for _, q := range quickReplies() {
		g.Go(func() error {
			in := map[string]any{"title": q.title, "tags": []string{q.tag}, "texts": map[string]string{"en": q.text}}
			_, err := ensure(ctx, c.admin, "/v1/quick-replies", q.title, in)
			return err
		})
	}
	for name, base := range map[string]string{"Lunch": "away", "Training": "do_not_disturb"} {
		g.Go(func() error {
			_, err := ensure(ctx, c.admin, "/v1/presences", name, map[string]any{"base": base})
			return err
		})
	}
	return g.Wait()
}

// content is a template in a WhatsApp account, as its owner wrote it at Twilio.
type content struct {
	SID       string            `json:"sid"`
	Name      string            `json:"friendly_name"`
	Language  string            `json:"language"`
	Body      string            `json:"body"`
	Variables map[string]string `json:"variables"`
	Status    string            `json:"status"`
}

// Names of WhatsApp templates; the first is in every account of the sandbox.
const (
	orderUpdate = "order_update"
	firstFlush  = "first_flush"
)

func contents() []content {
	return []content{
		{"HX000000000000000000000000000f1a01", firstFlush, "en",
			"Hello {{1}}, this year's first flush Darjeeling is here. Shall we keep 100 g for you? Reply STOP and we will not write again.",
			map[string]string{"1": "Lena"}, "approved"},
		{"HX000000000000000000000000000f1a02", "parcel_on_its_way", "en",
			"Hello {{1}}, your order {{2}} left our shop today. It will be with you in two to four days.",
			map[string]string{"1": "Lena", "2": "1042"}, "approved"},
		{"HX000000000000000000000000000f1a03", "we_owe_you_an_answer", "en",
			"Hello {{1}}, we owe you an answer about {{2}}. May we give it here?",
			map[string]string{"1": "Lena", "2": "your refund"}, "approved"},
	}
}

// makeContents writes WhatsApp templates at the provider and reads them from there.
func (c *Company) makeContents(ctx context.Context) error {
	for _, t := range contents() {
		if _, err := c.sandbox.Do(ctx, http.MethodPost, "/_sandbox/accounts/"+WhatsAppAcct+"/contents", t, nil); err != nil {
			return err
		}
	}
	return c.SyncTemplates(ctx)
}

// SyncTemplates reads the templates that WhatsApp approved. The sandbox must run.
func (c *Company) SyncTemplates(ctx context.Context) error {
	_, err := c.admin.Do(ctx, http.MethodPost, "/v1/accounts/"+c.Accounts.WhatsApp.ID.String()+"/sync-templates", nil, nil)
	return err
}

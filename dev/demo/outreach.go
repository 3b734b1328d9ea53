package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// Campaigns of the company.
const (
	sentCampaign    = "First flush is here"
	runningCampaign = "Tea club points"
	draftCampaign   = "Tasting evening"
)

const (
	teaFriends = 36 // recipients of the campaign that has been sent
	clubAreas  = 12 // with a hundred members each, of the one that is being sent
)

// teaFriend is a number of a customer who agreed to hear of new teas.
func teaFriend(n int) string { return fmt.Sprintf("+447700900%03d", 100+n) }

// clubMember is a number of a member of the tea club.
func clubMember(n int) string {
	areas := [clubAreas]string{"202", "206", "212", "213", "303", "312", "404", "415", "503", "512", "617", "702"}
	return fmt.Sprintf("+1%s55501%02d", areas[n/100], n%100)
}

var firstNames = [...]string{"Alma", "Bruno", "Clara", "David", "Edith", "Felix", "Greta", "Hugo", "Ines", "Jakob", "Kaya", "Leon", "Maja",
	"Nils", "Olga", "Paul", "Rosa", "Samir", "Thea", "Umar", "Vera", "Wim", "Yara", "Zoe"}

// makeOutreach makes what the company sends by itself: templates, configurations,
// a trigger and three campaigns, of which one is sent, one is being sent and one
// is a draft; and lets customers answer the first.
func (c *Company) makeOutreach(ctx context.Context) error {
	if err := c.makeContents(ctx); err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	whatsApp, err := c.addressOf(ctx, c.Accounts.WhatsApp, WhatsAppNumber)
	if err != nil {
		return err
	}
	sms, err := c.addressOf(ctx, c.Accounts.SMS, SMSNumber)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		id, err := c.sendFirstFlush(ctx, whatsApp)
		if err == nil {
			err = c.answerCampaign(ctx, id)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sentCampaign, err)
		}
		return nil
	})
	g.Go(func() error { return c.makeTrigger(ctx, whatsApp) })
	g.Go(func() error { return c.makeClub(ctx, sms) })
	return g.Wait()
}

// configuration says from which number a template is sent.
func (c *Company) configuration(ctx context.Context, name string, address uuid.UUID, template string) (uuid.UUID, error) {
	id, err := find(ctx, c.admin, "/v1/templates", template)
	if err != nil {
		return uuid.Nil, err
	}
	return ensure(ctx, c.admin, "/v1/outbound-configurations", name, map[string]any{"address_id": address, "template_id": id})
}

// campaign is how a campaign stands.
type campaign struct {
	ID       uuid.UUID
	State    string
	Total    int
	Progress struct{ Sent, Replied int }
}

// ensureCampaign makes a draft with the recipients of a list, unless it is there.
func (c *Company) ensureCampaign(ctx context.Context, name string, list [][]string, in map[string]any) (campaign, error) {
	id, err := ensure(ctx, c.admin, "/v1/campaigns", name, in)
	if err != nil {
		return campaign{}, err
	}
	var now campaign
	path := "/v1/campaigns/" + id.String()
	if _, err := c.admin.Do(ctx, http.MethodGet, path, nil, &now); err != nil || now.State != "draft" || now.Total > 0 {
		return now, err
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(list); err != nil {
		return campaign{}, err
	}
	_, err = c.admin.Do(ctx, http.MethodPost, path+"/recipients", b.Bytes(), nil, "Content-Type", "text/csv")
	return now, err
}

// start starts a campaign unless it was.
func (c *Company) start(ctx context.Context, now campaign) error {
	if now.State != "draft" {
		return nil
	}
	_, err := c.admin.Do(ctx, http.MethodPost, "/v1/campaigns/"+now.ID.String()+"/start", map[string]any{}, nil)
	if conflict(err) {
		return nil
	}
	return err
}

// sent waits until a campaign has been sent and that is noted: nobody answers faster.
func (c *Company) sent(ctx context.Context, id uuid.UUID) error {
	var now campaign
	err := c.news.until(ctx, func() (bool, error) {
		_, err := c.admin.Do(ctx, http.MethodGet, "/v1/campaigns/"+id.String(), nil, &now)
		return now.State == "finished", err
	})
	if err != nil {
		return fmt.Errorf("%d of %d sent: %w", now.Progress.Sent, now.Total, err)
	}
	return nil
}

// sendFirstFlush sends the campaign whose figures are to be seen: one recipient
// has blocked the company, one never agreed, and a third of the others have not
// read it.
func (c *Company) sendFirstFlush(ctx context.Context, address uuid.UUID) (uuid.UUID, error) {
	configuration, err := c.configuration(ctx, "News of teas", address, firstFlush)
	if err != nil {
		return uuid.Nil, err
	}
	list := [][]string{{"phone", "optin", "1"}}
	for n := range teaFriends {
		list = append(list, []string{teaFriend(n), strconv.FormatBool(n != teaFriends-1), c.nameOf(n)})
	}
	now, err := c.ensureCampaign(ctx, sentCampaign, list, map[string]any{"configuration_id": configuration, "time_zone": "Europe/London"})
	if err != nil {
		return uuid.Nil, err
	}
	blocked := &phone{sandbox: c.sandbox, who: customer{name: c.nameOf(teaFriends - 2), on: onWhatsApp, number: teaFriend(teaFriends - 2)}}
	if err := blocked.on(ctx); err != nil {
		return uuid.Nil, err
	}
	if _, err := c.sandbox.Do(ctx, http.MethodPost, blocked.path+"/block", map[string]any{}, nil); err != nil {
		return uuid.Nil, err
	}
	if err := c.start(ctx, now); err != nil {
		return uuid.Nil, err
	}
	if err := c.sent(ctx, now.ID); err != nil {
		return uuid.Nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for n := 3; n < teaFriends-2; n++ {
		if n%3 == 0 {
			continue
		}
		p := &phone{sandbox: c.sandbox, who: customer{name: c.nameOf(n), on: onWhatsApp, number: teaFriend(n)}}
		g.Go(func() error { return p.got(ctx, 1) })
	}
	return now.ID, g.Wait()
}

// nameOf is the first name of a recipient; those who answer have their own.
func (c *Company) nameOf(n int) string {
	if own := []string{"Isabel", "Henrik", "Carla"}; n < len(own) {
		return own[n]
	}
	return firstNames[n%len(firstNames)]
}

// answerCampaign plays those who answer, and the one who wants no more messages.
func (c *Company) answerCampaign(ctx context.Context, id uuid.UUID) error {
	p := &phone{sandbox: c.sandbox, who: carla()}
	if err := p.got(ctx, 1); err != nil {
		return err
	}
	if err := errors.Join(p.send(ctx, "/says", map[string]any{"text": "STOP"}), c.playAll(ctx, toCampaign())); err != nil {
		return err
	}
	return c.replied(ctx, id, len(toCampaign())+1)
}

// replied waits until a campaign counts its answers: a webhook is acknowledged once
// it is in the journal, which under load is before it is in the database.
func (c *Company) replied(ctx context.Context, id uuid.UUID, n int) error {
	for {
		var now campaign
		if _, err := c.admin.Do(ctx, http.MethodGet, "/v1/campaigns/"+id.String(), nil, &now); err != nil || now.Progress.Replied >= n {
			return err
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("%d of %d answers counted: %w", now.Progress.Replied, n, err)
		}
	}
}

// makeTrigger tells customers by itself when their parcel leaves.
func (c *Company) makeTrigger(ctx context.Context, address uuid.UUID) error {
	configuration, err := c.configuration(ctx, "Parcel on its way", address, "parcel_on_its_way")
	if err != nil {
		return err
	}
	if _, err = c.configuration(ctx, "News of an order", address, orderUpdate); err != nil {
		return err
	}
	_, err = ensure(ctx, c.admin, "/v1/outbound-triggers", "Order shipped", map[string]any{"kind": "event", "event": "order.shipped",
		"configuration_id": configuration, "enabled": true, "rule": map[string]any{
			"when": "data.customer.phone != ''", "to": "data.customer.phone", "optin": "data.customer.agreed", "locale": "data.customer.language",
			"contextitems": map[string]string{"1": "data.customer.first_name", "2": "data.order"}}})
	return err
}

// makeClub starts the campaign that is being sent for twenty minutes, and writes
// one that nobody has started.
func (c *Company) makeClub(ctx context.Context, address uuid.UUID) error {
	for name, texts := range map[string]map[string]string{
		"Club points": {
			"en": "Hello {Name}, you have {Points} tea club points. Show this message at the counter to spend them. Kettle & Leaf",
			"nl": "Dag {Name}, u hebt {Points} punten van de theeclub. Toon dit bericht aan de kassa om ze te besteden. Kettle & Leaf"},
		"Tasting evening": {
			"en": "Hello {Name}, our next tasting is on {Day} at 7 pm: six oolongs, and cake. Reply YES to keep a seat. Kettle & Leaf"},
	} {
		id, err := ensure(ctx, c.admin, "/v1/templates", name, map[string]any{"channel": "sms", "default_language": "en"})
		if err != nil {
			return err
		}
		for language, text := range texts {
			path := "/v1/templates/" + id.String() + "/texts/" + language
			if _, err := c.admin.Do(ctx, http.MethodPut, path, map[string]any{"text": text}, nil); err != nil {
				return err
			}
		}
	}
	points, err := c.configuration(ctx, "Club points", address, "Club points")
	if err != nil {
		return err
	}
	slow := map[string]any{"configuration_id": points, "rate": 1, "time_zone": "America/New_York"}
	now, err := c.ensureCampaign(ctx, runningCampaign, clubList(), slow)
	if err != nil {
		return err
	}
	tasting, err := c.configuration(ctx, "Tasting evening", address, "Tasting evening")
	if err != nil {
		return err
	}
	guests := [][]string{{"phone", "optin", "Name", "Day"}}
	for n := range 12 {
		guests = append(guests, []string{clubMember(n * 7), "true", firstNames[n*7%len(firstNames)], "Friday"})
	}
	_, err = c.ensureCampaign(ctx, draftCampaign, guests, map[string]any{"configuration_id": tasting, "quiet_from": "21:00",
		"quiet_until": "08:00", "time_zone": "America/New_York"})
	return errors.Join(err, c.start(ctx, now))
}

// clubList are the members of the tea club; of those in two areas is known that
// they read Dutch.
func clubList() [][]string {
	list := [][]string{{"phone", "optin", "locale", "Name", "Points"}}
	for n := range clubAreas * 100 {
		locale := "en"
		if n%100 < 8 {
			locale = "nl"
		}
		list = append(list, []string{clubMember(n), "true", locale, firstNames[n%len(firstNames)], strconv.Itoa(20 + n*37%480)})
	}
	return list
}

// Sending tells whether a campaign is being sent.
func (c *Company) Sending(ctx context.Context) bool {
	var list struct{ Items []campaign }
	_, err := c.admin.Do(ctx, http.MethodGet, "/v1/campaigns?limit=50", nil, &list)
	return err == nil && slices.ContainsFunc(list.Items, func(it campaign) bool { return it.State == "running" })
}

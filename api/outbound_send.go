package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/audience"
	"switchboard/campaign"
	"switchboard/contact"
	"switchboard/store"
	"switchboard/wording"
)

// A CampaignStarter starts the workflow of a campaign that was started by people.
type CampaignStarter interface {
	Start(ctx context.Context, id uuid.UUID) error
}

// outboundContact is somebody to write to:
// {"tocontactid": "+3725550001", "channelid": "sms", "optin": true, "locale": "et", "contextitems": {"CustomerName": "Ada"}}
type outboundContact struct {
	To       string            `json:"tocontactid"`
	Channel  string            `json:"channelid"`
	OptIn    *bool             `json:"optin"`
	Option   *bool             `json:"option"` // another name of optin
	Locale   string            `json:"locale"`
	Items    map[string]string `json:"contextitems"`
	Related  string            `json:"entityrelationshipname"`
	TimeZone string            `json:"timezone"`
}

func (in outboundContact) optedIn() bool {
	if in.OptIn == nil {
		in.OptIn = in.Option
	}
	return in.OptIn != nil && *in.OptIn
}

// outboundRequest: {"contacts": [{…}]}
type outboundRequest struct {
	Contacts []outboundContact `json:"contacts"`
}

// contactResult says what became of one contact of a request.
type contactResult struct {
	To     string `json:"tocontactid"`
	Status string `json:"status"` // accepted, refused
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// outboundAnswer is the answer to a request to send. ID is where its ledger is.
type outboundAnswer struct {
	ID      uuid.UUID       `json:"id"`
	Results []contactResult `json:"results"`
}

// sendOutbound stores one request's messages and has them sent.
func (s *server) sendOutbound(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in outboundRequest
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	settings, err := s.Store.OutboundSettings(ctx)
	if err != nil {
		return err
	}
	if n := len(in.Contacts); n == 0 || n > settings.ContactsPerRequest {
		return invalid(FieldError{"contacts", fmt.Sprintf("must be between 1 and %d", settings.ContactsPerRequest)})
	}
	conf, err := s.Store.OutboundConfigurationByID(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Store.CountOutboundRequest(ctx, s.Now()); err != nil {
		return err
	}
	return s.sendNow(c, conf, settings, store.NewOutboundRequest{Configuration: conf.ID, Kind: store.KindMessage, Name: conf.Name, Key: key}, in.Contacts)
}

// sendNow checks contacts, stores those that can be written to, and has their
// messages sent.
func (s *server) sendNow(c echo.Context, conf store.OutboundConfiguration, settings store.OutboundSettings, req store.NewOutboundRequest, contacts []outboundContact) error {
	ctx := c.Request().Context()
	like := store.Campaign{Configuration: conf.ID}
	if of := req.Campaign; of != nil {
		like.Variant = of.Variant
	}
	f, err := s.sendable(ctx, like)
	if err != nil {
		return err
	}
	results := make([]contactResult, len(contacts))
	at := make([]int, 0, len(contacts))
	for i, in := range contacts {
		r, code, reason := readContact(in, f.Channel, settings.Region)
		if code == "" {
			code, reason = wordable(f, r)
		}
		results[i] = contactResult{To: in.To, Status: "accepted"}
		if code != "" {
			results[i] = contactResult{To: in.To, Status: "refused", Code: code, Reason: reason}
			continue
		}
		req.Recipients, at = append(req.Recipients, r), append(at, i)
	}
	if len(req.Recipients) == 0 {
		return c.JSON(http.StatusOK, outboundAnswer{Results: results})
	}
	body, err := json.Marshal(contacts)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	req.Hash = sum[:]
	req.Answer = func(id uuid.UUID, added []bool) (json.RawMessage, error) {
		for i, ok := range added {
			if !ok {
				results[at[i]] = contactResult{To: contacts[at[i]].To, Status: "refused", Code: campaign.Duplicate, Reason: "is in this request twice"}
			}
		}
		return json.Marshal(outboundAnswer{ID: id, Results: results})
	}
	made, repeated, err := s.Store.SendOutbound(ctx, who(c).Actor(), req)
	if errors.Is(err, store.ErrKeyUsed) {
		return keyReused()
	} else if err != nil {
		return err
	}
	s.startCampaign(ctx, made.ID)
	status := http.StatusAccepted
	if repeated {
		status = http.StatusOK
	}
	saved, err := s.Store.CampaignByID(ctx, made.ID)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, saved.Answer)
}

// startCampaign has the workflow of a stored campaign started. Where that is not
// possible now, it is found and started later.
func (s *server) startCampaign(ctx context.Context, id uuid.UUID) {
	if s.Campaigns == nil {
		return
	}
	if err := s.Campaigns.Start(context.WithoutCancel(ctx), id); err != nil {
		s.log.WarnContext(ctx, "campaign waits to be started", "campaign_id", id, "error", err)
	}
}

const (
	maxRelated = 200
	maxTo      = 200
)

// readContact makes a recipient of a contact, or says why it is refused.
func readContact(in outboundContact, channel, region string) (r store.Recipient, code, reason string) {
	r = store.Recipient{To: in.To, OptedIn: in.optedIn(), Values: in.Items, Related: in.Related, Zone: in.TimeZone}
	if in.Channel != "" && strings.ToLower(in.Channel) != channel {
		return r, campaign.BadChannel, "is not for the channel " + channel
	}
	if code, reason = address(&r, channel, region, knownZone); code != "" {
		return r, code, reason
	}
	if in.Locale != "" {
		tag, ok := wording.Tag(in.Locale)
		if !ok {
			return r, campaign.BadLanguage, "locale must be a language tag such as en or nl-BE"
		}
		r.Language = tag
	}
	if in.OptIn == nil && in.Option == nil {
		return r, campaign.NoConsent, "optin must be given"
	}
	if !r.OptedIn {
		return r, campaign.NoConsent, "has not agreed to be written to"
	}
	var k checks
	k.values("contextitems", in.Items)
	k.text("entityrelationshipname", in.Related, 0, maxRelated)
	if len(k.errs) > 0 {
		return r, codeInvalid, k.errs[0].Field + " " + k.errs[0].Reason
	}
	return r, "", ""
}

// address writes the recipient's address as the channel does, and their time zone.
func address(r *store.Recipient, channel, region string, zone func(string) bool) (code, reason string) {
	if channel == "sms" || channel == "whatsapp" {
		number, err := audience.Number(r.To, region)
		if err != nil || !contact.IsPhone(number) {
			return campaign.BadAddress, audience.ErrNumber.Error()
		}
		r.To = number
		if r.Zone == "" {
			r.Zone = audience.Zone(number)
		}
	}
	if r.To == "" || utf8.RuneCountInString(r.To) > maxTo {
		return campaign.BadAddress, "is no address"
	}
	if r.Zone != "" && !zone(r.Zone) {
		return codeInvalid, "timezone must be the IANA name of a time zone, such as Europe/Tallinn"
	}
	return "", ""
}

// wordable says what is missing to put a recipient's message together.
func wordable(f store.Frozen, r store.Recipient) (code, reason string) {
	for v := range f.Wordings {
		x, _, code := f.Word(v, r.Language, r.Values)
		if code == campaign.Missing {
			for _, p := range x.Placeholders {
				if _, ok := r.Values[p]; !ok {
					return code, "has no value for " + p
				}
			}
		}
		if code != "" {
			return code, "has no text in the language"
		}
	}
	return "", ""
}

// sendable returns what a campaign would be sent with, and refuses texts that the
// channel's provider would not send.
func (s *server) sendable(ctx context.Context, camp store.Campaign) (store.Frozen, error) {
	f, err := s.Store.Freeze(ctx, camp)
	if err != nil {
		return f, err
	}
	p, err := s.Providers.Get(f.Provider)
	if err != nil {
		return f, unavailable("This provider is not served here.", 0)
	}
	caps := p.Channels()[f.Channel]
	for _, w := range f.Wordings {
		x, _ := w.Choose("")
		if err := sendable(x, caps); err != nil {
			return f, err
		}
	}
	return f, nil
}

// knownZone reports whether there is a time zone of a name.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

package whatsappcloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// value is what changed.
//
//	{"metadata":{"display_phone_number":"15550783881","phone_number_id":"1065…"},"contacts":[{"profile":{"name":"Mila"},"wa_id":"316…"}],
//	 "messages":[{"from":"316…","id":"wamid.…","timestamp":"1760000001","type":"text","text":{"body":"Hoi"}}]}
type value struct {
	Metadata struct {
		Number string `json:"display_phone_number"`
		ID     string `json:"phone_number_id"`
	}
	Contacts    []person
	Messages    []json.RawMessage
	Statuses    []json.RawMessage
	Echoes      []json.RawMessage `json:"message_echoes"`
	Errors      []struct{ Code int }
	Preferences []preference `json:"user_preferences"`

	Event            string
	TemplateName     string `json:"message_template_name"`
	TemplateLanguage string `json:"message_template_language"`
	Reason           string
}

type person struct {
	Profile struct{ Name, Username string }
	WaID    string `json:"wa_id"`
	UserID  string `json:"user_id"`
}

type preference struct {
	WaID      string `json:"wa_id"`
	UserID    string `json:"user_id"`
	Category  string
	Value     string
	Timestamp json.Number
}

// Parse implements channel.Webhook. Entries may be of several business accounts,
// and changes of several numbers.
func (c *Cloud) Parse(_ channel.Account, r channel.Request) ([]channel.Event, error) {
	var hook struct {
		Object string
		Entry  []struct {
			ID      string
			Time    json.Number
			Changes []struct {
				Field string
				Value json.RawMessage
			}
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("null")) || json.Unmarshal(r.Body, &hook) != nil {
		return nil, fmt.Errorf("whatsapp webhook: %w", channel.ErrMalformed)
	}
	list := &events{list: []channel.Event{}, seen: map[string]bool{}}
	if hook.Object != "whatsapp_business_account" {
		return list.list, nil
	}
	for _, entry := range hook.Entry {
		for _, change := range entry.Changes {
			list.change(entry.ID, entry.Time.String(), change.Field, change.Value)
		}
	}
	return list.list, nil
}

type events struct {
	list []channel.Event
	seen map[string]bool
}

func (l *events) add(e channel.Event) {
	if e.ID == "" || l.seen[e.Owner+"/"+e.ID] {
		return
	}
	l.seen[e.Owner+"/"+e.ID] = true
	if len(e.Data) == 0 {
		e.Data = nil
	}
	l.list = append(l.list, e)
}

// change never fails: what cannot be read must not cost its neighbours.
func (l *events) change(business, at, field string, raw json.RawMessage) {
	base := channel.Event{Channel: whatsapp, Owner: business, Kind: channel.KindUnknown, Type: field, ID: graph.Digest(append([]byte(at+field), raw...))}
	var v value
	if json.Unmarshal(raw, &v) != nil {
		base.Data = map[string]any{"raw": raw}
		l.add(base)
		return
	}
	if v.Metadata.ID != "" {
		base.Owner, base.Address = v.Metadata.ID, plus(v.Metadata.Number)
	}
	switch {
	case field == "message_template_status_update" && v.TemplateName != "":
		base.Kind, base.Owner = channel.KindTemplate, business
		base.Template = &channel.ProviderTemplate{ContentSID: idOf(v.TemplateName, v.TemplateLanguage), Channel: whatsapp, Name: v.TemplateName,
			Approval: approval(v.Event)}
		if v.Reason != "NONE" {
			base.Template.Reason = v.Reason
		}
		l.add(base)
	case len(v.Messages)+len(v.Statuses)+len(v.Echoes)+len(v.Preferences) > 0:
		for _, raw := range v.Messages {
			l.add(v.message(base, raw))
		}
		for _, raw := range v.Echoes {
			l.add(v.echo(base, raw))
		}
		for _, raw := range v.Statuses {
			l.add(status(base, raw))
		}
		for _, p := range v.Preferences {
			l.add(p.event(base))
		}
	default: // of the account, the number's quality, and what comes to be
		base.Kind, base.Data = channel.KindSystem, map[string]any{}
		if len(v.Errors) > 0 {
			base.Code = strconv.Itoa(v.Errors[0].Code)
		}
		if v.Event != "" {
			base.Data["event"] = v.Event
		}
		l.add(base)
	}
}

// identify names the customer: by number where it is known, with the id that they
// have for this business beside it. An id that is none is not taken for one.
func identify(e *channel.Event, phone, id string) {
	if isUser(phone) {
		phone, id = "", phone
	}
	if !isUser(id) {
		id = ""
	}
	e.From = plus(phone)
	switch {
	case e.From == "":
		e.From = id
	case id != "":
		e.Aliases = append(e.Aliases, id)
	}
}

// who is the customer that a message is of, as the webhook introduces them.
func (v *value) who(phone, id string) (p person) {
	for _, c := range v.Contacts {
		if phone != "" && c.WaID == phone || id != "" && c.UserID == id {
			return c
		}
	}
	if len(v.Contacts) == 1 {
		return v.Contacts[0]
	}
	return p
}

// report is how far a message of ours has come.
type report struct {
	ID, Status string
	Timestamp  json.Number
	Recipient  string `json:"recipient_id"`
	User       string `json:"recipient_user_id"`
	Ref        string `json:"biz_opaque_callback_data"`
	Pricing    *struct {
		Category string
		Type     string
		Billable bool
	}
	Errors []graph.Fault
}

func status(base channel.Event, raw json.RawMessage) channel.Event {
	e := base
	e.ID, e.Data = graph.Digest(raw), map[string]any{"raw": raw}
	var s report
	if json.Unmarshal(raw, &s) != nil || s.ID == "" {
		return e
	}
	e.Kind, e.Type, e.ID, e.Data = channel.KindStatus, s.Status, s.ID+":"+s.Status, map[string]any{}
	e.MessageID, e.Ref, e.At = s.ID, s.Ref, seconds(s.Timestamp)
	identify(&e, s.Recipient, s.User)
	switch s.Status {
	case "sent", "delivered", "read", "failed":
		e.Status = channel.Status(s.Status)
	case "played":
		e.Status = channel.StatusRead
	default:
		e.Kind = channel.KindSystem
	}
	if e.Status == channel.StatusFailed && len(s.Errors) > 0 {
		e.Code, e.Class = strconv.Itoa(s.Errors[0].Code), channel.Refused
		if v, known := judge(s.Errors[0]); known {
			e.Class = v.Class
		}
	}
	if s.Pricing != nil {
		e.Data["category"], e.Data["billable"] = s.Pricing.Category, s.Pricing.Billable
	}
	return e
}

func (p preference) event(base channel.Event) channel.Event {
	e := base
	e.Type, e.At = "marketing_"+p.Value, seconds(p.Timestamp)
	e.ID = "preference:" + p.WaID + p.UserID + ":" + p.Value + ":" + p.Timestamp.String()
	identify(&e, p.WaID, p.UserID)
	switch {
	case e.From == "":
	case p.Value == "stop":
		e.Kind = channel.KindOptOut
	case p.Value == "resume":
		e.Kind = channel.KindOptIn
	}
	return e
}

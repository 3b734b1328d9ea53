package whatsappcloud

import (
	"encoding/json"
	"math"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// inbound is a message as a webhook has it.
type inbound struct {
	ID, From, To string
	User         string `json:"from_user_id"`
	ToUser       string `json:"to_user_id"`
	Group        string `json:"group_id"`
	Timestamp    json.Number
	Type         string
	Context      struct {
		ID        string
		Forwarded bool
	}
	Referral map[string]any

	Text                                   struct{ Body string }
	Image, Video, Audio, Document, Sticker *file
	Location                               *struct {
		Latitude, Longitude float64
		Name, Address       string
	}
	Contacts    []json.RawMessage
	Button      *struct{ Payload, Text string }
	Interactive *struct {
		Type   string
		Button *choice `json:"button_reply"`
		List   *choice `json:"list_reply"`
		Flow   *struct {
			Body     string
			Response string `json:"response_json"`
		} `json:"nfm_reply"`
	}
	Reaction *struct {
		MessageID string `json:"message_id"`
		Emoji     string
	}
	System struct {
		Type   string
		WaID   string `json:"wa_id"`
		UserID string `json:"user_id"`
	}
}

type file struct {
	ID       string
	Type     string `json:"mime_type"`
	Caption  string
	Filename string
	Voice    bool
}

type choice struct{ ID, Title, Description string }

func seconds(n json.Number) time.Time {
	v, err := n.Int64()
	if err != nil {
		return time.Time{}
	}
	return graph.At(v)
}

// message is what a customer wrote.
func (v *value) message(base channel.Event, raw json.RawMessage) channel.Event {
	e := base
	e.ID, e.Data = graph.Digest(raw), map[string]any{"raw": raw}
	var m inbound
	if json.Unmarshal(raw, &m) != nil || m.ID == "" {
		return e
	}
	e.ID, e.At, e.Data = m.ID, seconds(m.Timestamp), map[string]any{}
	if m.Group != "" { // an answer to one member of a group would be a conversation nobody began
		e.Kind, e.Type = channel.KindSystem, "group_message"
		return e
	}
	who := v.who(m.From, m.User)
	if m.User == "" {
		m.User = who.UserID
	}
	identify(&e, m.From, m.User)
	e.Name = who.Profile.Name
	if e.From == "" {
		e.Data["raw"] = raw
		return e
	}
	if m.Type == "system" {
		m.renamed(&e)
		return e
	}
	e.Kind, e.MessageID = channel.KindMessage, m.ID
	m.fill(&e)
	return e
}

// renamed is a customer who goes by another number or id from now on.
func (m *inbound) renamed(e *channel.Event) {
	e.Kind, e.Type = channel.KindSystem, m.System.Type
	for _, id := range []string{plus(m.System.WaID), m.System.UserID} {
		if id != "" && id != e.From && (isUser(id) || number.MatchString(id)) {
			e.Aliases, e.MovedTo = append(e.Aliases, id), id
		}
	}
}

// echo is an answer that was sent with the WhatsApp app on the business's own phone.
func (v *value) echo(base channel.Event, raw json.RawMessage) channel.Event {
	e := base
	e.ID, e.Data = graph.Digest(raw), map[string]any{"raw": raw}
	var m inbound
	if json.Unmarshal(raw, &m) != nil || m.ID == "" {
		return e
	}
	to := e
	identify(&to, m.To, m.ToUser)
	if to.From == "" {
		return e
	}
	to.Kind, to.ID, to.MessageID, to.At, to.Data = channel.KindEcho, "echo:"+m.ID, m.ID, seconds(m.Timestamp), map[string]any{}
	m.fill(&to)
	return to
}

func (m *inbound) fill(e *channel.Event) {
	e.Type, e.ReplyTo = m.Type, m.Context.ID
	if m.Context.Forwarded {
		e.Data["forwarded"] = true
	}
	if len(m.Referral) > 0 {
		e.Data["referral"] = m.Referral
	}
	switch {
	case m.Type == channel.TypeText:
		e.Text = m.Text.Body
	case m.file() != nil:
		f := m.file()
		if m.Type == "document" {
			e.Type = channel.TypeFile
		}
		e.Text = f.Caption
		e.Media = []channel.MediaRef{{ID: f.ID, ContentType: f.Type, Name: f.Filename}}
	case m.Type == channel.TypeLocation && m.Location != nil:
		m.place(e)
	case m.Type == channel.TypeContacts && len(m.Contacts) > 0:
		e.Data["contacts"] = m.Contacts
	case m.Type == "button" && m.Button != nil:
		e.Type, e.Text, e.Data["data"] = channel.TypePostback, m.Button.Text, m.Button.Payload
	case m.Type == channel.TypeInteractive && m.Interactive != nil:
		m.chosen(e)
	case m.Type == channel.TypeReaction && m.Reaction != nil:
		e.Text, e.ReplyTo = m.Reaction.Emoji, m.Reaction.MessageID
		if e.Text == "" {
			e.Text = "✖️" // taken away
		}
		e.Data["emoji"] = e.Text
	default:
		e.Type, e.Data["kind"] = channel.TypeUnknown, m.Type
	}
}

// file is the one file that a message of its type has.
func (m *inbound) file() *file {
	return map[string]*file{"image": m.Image, "video": m.Video, "audio": m.Audio, "document": m.Document, "sticker": m.Sticker}[m.Type]
}

func (m *inbound) place(e *channel.Event) {
	if math.Abs(m.Location.Latitude) <= 90 && math.Abs(m.Location.Longitude) <= 180 {
		e.Data["latitude"], e.Data["longitude"] = m.Location.Latitude, m.Location.Longitude
	}
	for name, v := range map[string]string{"title": m.Location.Name, "address": m.Location.Address} {
		if v != "" {
			e.Data[name] = v
		}
	}
}

// chosen is an answer by a button, a list or a form.
func (m *inbound) chosen(e *channel.Event) {
	switch i := m.Interactive; {
	case i.Button != nil:
		e.Type, e.Text, e.Data["data"] = channel.TypePostback, i.Button.Title, i.Button.ID
	case i.List != nil:
		e.Text, e.Data["data"] = i.List.Title, i.List.ID
	case i.Flow != nil:
		e.Text, e.Data["flow"] = i.Flow.Body, i.Flow.Response
	default:
		e.Type, e.Data["kind"] = channel.TypeUnknown, i.Type
	}
}

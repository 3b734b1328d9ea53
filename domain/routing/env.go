// Package routing decides where a conversation goes: it evaluates a
// workstream's rules against what is known of the conversation, chooses the
// queue, and explains the decision. It is pure: the same rules, facts and state
// give the same decision, so a simulation is what really happens.
package routing

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/types"
)

// Env is what a condition may ask about. What is not known is empty.
type Env struct {
	Contact Contact        `json:"contact"`
	Channel Channel        `json:"channel"`
	Message Message        `json:"message"`
	Context map[string]any `json:"context"` // variables by name: string or float64
	Time    Time           `json:"time"`    // in the rules' zone
}

// Contact is the customer. Known tells a contact from an address that nobody
// was linked to yet.
type Contact struct {
	Known       bool   `json:"known"`
	Name        string `json:"name"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	Language    string `json:"language"`
	EmailDomain string `json:"email_domain"` // in lower case
	Phone       string `json:"phone"`
	ExternalID  string `json:"external_id"`
}

// Channel is the way the customer came, with what that channel tells of them:
// the customer's name (LINE, WhatsApp), their phone and ours (WhatsApp, SMS),
// and the first message of the conversation.
type Channel struct {
	Kind          string `json:"kind"` // line, whatsapp, sms, …
	Provider      string `json:"provider"`
	Account       string `json:"account"` // its name
	Address       string `json:"address"` // ours
	CustomerName  string `json:"customer_name"`
	CustomerPhone string `json:"customer_phone"`
	FirstMessage  string `json:"first_message"`
	OrgPhone      string `json:"org_phone"`
	Locale        string `json:"locale"`
	CustomerID    string `json:"customer_id"` // by which the channel knows the customer: a phone, a scoped id
	Told
}

// Told is what only some channels tell of a customer.
type Told struct {
	Timezone   string  `json:"timezone"` // Messenger
	Gender     string  `json:"gender"`   // WeChat, with the next three
	City       string  `json:"city"`
	Province   string  `json:"province"`
	Country    string  `json:"country"`
	Handle     string  `json:"handle"` // X, with the next two
	Followers  float64 `json:"followers"`
	Friends    float64 `json:"friends"`
	GroupID    string  `json:"group_id"` // Apple Messages, with the next
	IntentID   string  `json:"intent_id"`
	EntryPoint string  `json:"entry_point"` // Google, with the next
	PlaceID    string  `json:"place_id"`
}

// Message is the customer's last message.
type Message struct {
	Text string `json:"text"`
	Type string `json:"type"`
}

// Time is when the decision is made.
type Time struct {
	Weekday string `json:"weekday"` // monday to sunday
	Hour    int    `json:"hour"`
	Minute  int    `json:"minute"`
}

// Type is the kind of a context variable.
type Type string

// Types of context variables.
const (
	Text   Type = "text"
	Number Type = "number"
)

// Variables are the context variables of a workstream. Names are case-sensitive.
type Variables map[string]Type

// Bounds of context variables, and of any one text a condition sees: what is
// longer is cut, so that no message makes a rule expensive.
const (
	MaxVariableName  = 100
	MaxVariableValue = 4000
	maxText          = 4096
)

// types are the facts as the compiler knows them. They must name what values names.
func (vars Variables) types() types.Map {
	context := types.Map{}
	for name, typ := range vars {
		context[name] = types.String
		if typ == Number {
			context[name] = types.Float64
		}
	}
	return types.Map{
		"contact": texts("name", "first_name", "last_name", "language", "email_domain", "phone", "external_id").with("known", types.Bool),
		"channel": texts("kind", "provider", "account", "address", "customer_name", "customer_phone", "first_message", "org_phone", "locale",
			"customer_id", "timezone", "gender", "city", "province", "country", "handle", "group_id", "intent_id", "entry_point", "place_id").
			with("followers", types.Float, "friends", types.Float),
		"message": texts("text", "type").Map,
		"context": context,
		"time":    texts("weekday").with("hour", types.Int, "minute", types.Int),

		// what earlier rulesets set
		"priority": types.Int, "capacity_profile": types.String, "skills": types.TypeOf(map[string]int{}),
	}
}

type fields struct{ types.Map }

func texts(names ...string) fields {
	m := types.Map{}
	for _, n := range names {
		m[n] = types.String
	}
	return fields{m}
}

func (f fields) with(pairs ...any) types.Map {
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		typ, typed := pairs[i+1].(types.Type)
		if ok && typed {
			f.Map[name] = typ
		}
	}
	return f.Map
}

// values are the facts as a condition reads them. A variable that was not set,
// or to something that is not of its type, is ” or 0.
func (e Env) values(vars Variables) map[string]any {
	context := make(map[string]any, len(vars))
	for name, typ := range vars {
		context[name] = typed(e.Context[name], typ)
	}
	c, ch := e.Contact, e.Channel
	return map[string]any{
		"contact": map[string]any{
			"known": c.Known, "name": cut(c.Name), "first_name": cut(c.FirstName), "last_name": cut(c.LastName), "language": cut(c.Language),
			"email_domain": cut(c.EmailDomain), "phone": cut(c.Phone), "external_id": cut(c.ExternalID),
		},
		"channel": map[string]any{
			"kind": cut(ch.Kind), "provider": cut(ch.Provider), "account": cut(ch.Account), "address": cut(ch.Address),
			"customer_name": cut(ch.CustomerName), "customer_phone": cut(ch.CustomerPhone), "first_message": cut(ch.FirstMessage),
			"org_phone": cut(ch.OrgPhone), "locale": cut(ch.Locale), "customer_id": cut(ch.CustomerID),
			"timezone": cut(ch.Timezone), "gender": cut(ch.Gender), "city": cut(ch.City), "province": cut(ch.Province), "country": cut(ch.Country),
			"handle": cut(ch.Handle), "followers": ch.Followers, "friends": ch.Friends, "group_id": cut(ch.GroupID), "intent_id": cut(ch.IntentID),
			"entry_point": cut(ch.EntryPoint), "place_id": cut(ch.PlaceID),
		},
		"message":  map[string]any{"text": cut(e.Message.Text), "type": cut(e.Message.Type)},
		"context":  context,
		"time":     map[string]any{"weekday": cut(e.Time.Weekday), "hour": e.Time.Hour, "minute": e.Time.Minute},
		"priority": DefaultPriority, "capacity_profile": "", "skills": map[string]int{},
	}
}

// typed gives a value the type of its variable: a number can be read from text.
func typed(v any, typ Type) any {
	if typ == Number {
		switch x := v.(type) {
		case float64:
			return x
		case int:
			return float64(x)
		case string:
			if n, err := strconv.ParseFloat(strings.TrimSpace(x), 64); err == nil && finite(n) {
				return n
			}
		}
		return 0.0
	}
	switch x := v.(type) {
	case string:
		return cut(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case int:
		return strconv.Itoa(x)
	}
	return ""
}

func finite(n float64) bool { return n-n == 0 }

// cut shortens a text to what a condition sees, at the edge of a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for s != "" {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

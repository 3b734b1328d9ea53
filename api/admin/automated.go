package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/autotext"
	"switchboard/store/admindb"
	"switchboard/store/templatedb"
)

// triggerView is one occasion on which something can be said automatically.
type triggerView struct {
	Name         string            `json:"name"`
	Visibility   autotext.Audience `json:"visibility"`
	Enabled      bool              `json:"enabled"`
	Placeholders []string          `json:"placeholders"`
	Texts        map[string]string `json:"texts"`
}

func (s *Server) listTriggers(c echo.Context) error {
	out := httpx.List[triggerView]{Items: []triggerView{}}
	for _, t := range autotext.Triggers() {
		if t.Name == autotext.RuleApplied {
			continue // its texts are the rule's
		}
		out.Items = append(out.Items, triggerView{Name: t.Name, Visibility: t.Audience, Enabled: t.On,
			Placeholders: append(autotext.CommonValues(), t.Values...), Texts: t.Texts})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listAutomated(c echo.Context) error {
	p, err := httpx.PageOf(c, "automated-messages")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.AutomatedMessages(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "automated-messages", p, list,
		func(m admindb.AutomatedMessage) (time.Time, uuid.UUID) { return m.CreatedAt, m.ID }, httpx.Same)
}

func (s *Server) getAutomated(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	m, err := s.Store.Admin.AutomatedMessageByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, m)
}

// automatedInput: {"trigger": "greeting", "channel": "line", "enabled": true, "texts": {"nl": "Dag {CustomerName}!"}}
type automatedInput struct {
	Trigger    string            `json:"trigger"`
	Channel    string            `json:"channel"`
	Workstream *uuid.UUID        `json:"workstream_id"`
	Enabled    *bool             `json:"enabled"`
	Visibility *string           `json:"visibility"`
	Texts      map[string]string `json:"texts"`
}

// setAutomated sets what is said on one occasion, for one channel and workstream
// or for all.
func (s *Server) setAutomated(c echo.Context) error {
	var in automatedInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t, known := autotext.TriggerByName(in.Trigger)
	m := admindb.AutomatedMessage{Trigger: in.Trigger, Channel: in.Channel, Enabled: true, Visibility: string(t.Audience),
		Texts: templatedb.Texts{}}
	httpx.Set(&m.Enabled, in.Enabled)
	httpx.Set(&m.Visibility, in.Visibility)
	if in.Workstream != nil {
		m.Workstream = uuid.NullUUID{UUID: *in.Workstream, Valid: true}
	}
	if in.Texts != nil {
		m.Texts = httpx.CleanTexts(in.Texts)
	}
	var k httpx.Checks
	if !known || t.Name == autotext.RuleApplied {
		k.Add("trigger", "is none of those that /v1/automated-messages/triggers lists")
	}
	if in.Channel != "" && !s.servesChannel(in.Channel) {
		k.Add("channel", "is served by no provider here; leave it out for all")
	}
	if known {
		k.OneOf("visibility", m.Visibility, string(autotext.ToCustomer), string(autotext.ToAgent), string(autotext.ToBoth))
	}
	checkTexts(&k, "texts", m.Texts, append(autotext.CommonValues(), t.Values...)...)
	if k.Errs != nil {
		return k.Err()
	}
	ctx := c.Request().Context()
	if strings.TrimSpace(c.Request().Header.Get("If-None-Match")) == "*" {
		ctx = admindb.WithNoneSet(ctx)
	}
	m, err := s.Store.Admin.SetAutomatedMessage(ctx, core.IdentityOf(c).Actor(), m)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, m)
}

func (s *Server) servesChannel(name string) bool {
	return slices.ContainsFunc(s.Providers.Types(), func(typ string) bool {
		p, err := s.Providers.Get(typ)
		_, ok := p.Channels()[name]
		return err == nil && ok
	})
}

func (s *Server) deleteAutomated(c echo.Context) error {
	return s.Remove(c, s.Store.Admin.DeleteAutomatedMessage)
}

const maxAutomatedText = 1000

// checkTexts wants texts by language tag, with no placeholder but the given ones.
// None given is any: what is not known becomes nothing.
func checkTexts(k *httpx.Checks, field string, texts map[string]string, placeholders ...string) {
	if len(texts) > httpx.MaxLanguages {
		k.Add(field, fmt.Sprintf("must have at most %d languages", httpx.MaxLanguages))
	}
	for lang, text := range texts {
		at := field + "." + lang
		k.Language(at, lang)
		if n := utf8.RuneCountInString(text); strings.TrimSpace(text) == "" || n > maxAutomatedText {
			k.Add(at, fmt.Sprintf("must have 1 to %d characters", maxAutomatedText))
		}
		k.Gaps(at, text, autotext.Any())
		if len(placeholders) == 0 {
			placeholders = autotext.CommonValues()
		}
		for _, name := range autotext.Placeholders(text) {
			if !slices.Contains(placeholders, name) {
				k.Add(at, fmt.Sprintf("has the placeholder %q, which nothing fills; there are %s", name, strings.Join(placeholders, ", ")))
			}
		}
	}
}

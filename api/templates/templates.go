package templates

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/autotext"
	"switchboard/store/templatedb"
)

func (s *Server) listTemplates(c echo.Context) error {
	p, err := httpx.PageOf(c, "templates")
	if err != nil {
		return err
	}
	channel := c.QueryParam("channel")
	if channel != "" && !slices.Contains(s.channels(), channel) {
		return httpx.BadParameter("channel", "must be one of "+strings.Join(s.channels(), ", "))
	}
	list, err := s.Store.Template.Templates(c.Request().Context(), channel, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "templates", p, list,
		func(t templatedb.Template) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, httpx.Same)
}

// channels are those of all providers served here.
func (s *Server) channels() []string {
	var out []string
	for _, typ := range s.Providers.Types() {
		if p, err := s.Providers.Get(typ); err == nil {
			for name := range p.Channels() {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// approvedOnly reports that a channel takes as templates only what its provider
// has approved. A text that is written here would never be that.
func (s *Server) approvedOnly(channel string) bool {
	return slices.ContainsFunc(s.Providers.Types(), func(typ string) bool {
		p, err := s.Providers.Get(typ)
		return err == nil && p.Channels()[channel].Templates
	})
}

const writtenAtTheProvider = "takes templates only as its provider approved them. Write it there; it is read from there afterwards"

func (s *Server) getTemplate(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	t, err := s.Store.Template.TemplateByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

// newTemplate: {"name": "Welcome", "channel": "sms", "default_language": "en", "text": "Hello {Name}"}
type newTemplate struct {
	Name            string  `json:"name"`
	Channel         string  `json:"channel"`
	DefaultLanguage string  `json:"default_language"`
	Text            *string `json:"text"` // in the default language
}

const maxTemplateName = 200 // a provider's name, and what sets two apart

func (s *Server) createTemplate(c echo.Context) error {
	var in newTemplate
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	k.Text("name", in.Name, 1, maxTemplateName)
	k.OneOf("channel", in.Channel, s.channels()...)
	if s.approvedOnly(in.Channel) {
		k.Add("channel", writtenAtTheProvider)
	}
	language := k.Language("default_language", in.DefaultLanguage)
	t := templatedb.Template{Name: in.Name, Channel: in.Channel, DefaultLanguage: language}
	if in.Text != nil {
		text := autotext.Clean(*in.Text)
		k.LongText("text", text)
		k.Gaps("text", text, autotext.Any())
		t.Texts = []templatedb.TemplateText{{Language: language, Text: text}}
	}
	if err := k.Err(); err != nil {
		return err
	}
	t, err := s.Store.Template.CreateTemplate(c.Request().Context(), core.IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, t)
}

// templateChange: {"name": "Welcome", "default_language": "nl"}
type templateChange struct {
	Name            *string `json:"name"`
	DefaultLanguage *string `json:"default_language"`
}

func (in templateChange) apply(t *templatedb.Template) error {
	httpx.Set(&t.Name, in.Name)
	httpx.Set(&t.DefaultLanguage, in.DefaultLanguage)
	var k httpx.Checks
	k.Text("name", t.Name, 1, maxTemplateName)
	t.DefaultLanguage = k.Language("default_language", t.DefaultLanguage)
	return k.Err()
}

func (s *Server) changeTemplate(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in templateChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t, err := s.Store.Template.ChangeTemplate(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

func (s *Server) deleteTemplate(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Template.DeleteTemplate(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// templateTextInput: {"text": "Dag {Name}"}
type templateTextInput struct {
	Text string `json:"text"`
}

func (s *Server) putTemplateText(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in templateTextInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	language := k.Language("language", c.Param("language"))
	text := autotext.Clean(in.Text)
	k.LongText("text", text)
	k.Gaps("text", text, autotext.Any())
	if err := k.Err(); err != nil {
		return err
	}
	t, err := s.Store.Template.TemplateByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if !t.Account.Valid && s.approvedOnly(t.Channel) {
		return httpx.Invalid(httpx.FieldError{Field: "text", Reason: "is of a channel that " + writtenAtTheProvider})
	}
	x, err := s.Store.Template.PutTemplateText(c.Request().Context(), core.IdentityOf(c).Actor(), id, language, text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, x)
}

func (s *Server) deleteTemplateText(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	language, ok := autotext.Tag(c.Param("language"))
	if !ok {
		return httpx.NotFound()
	}
	if err := s.Store.Template.DeleteTemplateText(c.Request().Context(), core.IdentityOf(c).Actor(), id, language); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// previewInput: {"language": "nl-BE", "values": {"Name": "Ada"}}
type previewInput struct {
	Language string            `json:"language"`
	Values   map[string]string `json:"values"`
}

// preview is a text as it would be sent, and what its values lack.
type preview struct {
	Language string   `json:"language"`
	Text     string   `json:"text"`
	Missing  []string `json:"missing"`
	Extra    []string `json:"extra"`
}

func (s *Server) previewTemplate(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in previewInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	core.CheckSampleValues(&k, "values", in.Values)
	if in.Language != "" {
		k.Language("language", in.Language)
	}
	if err := k.Err(); err != nil {
		return err
	}
	_, x, err := s.Store.Template.ResolveTemplate(c.Request().Context(), id, []string{in.Language})
	if err != nil {
		return err
	}
	out := preview{Language: x.Language, Text: x.Fill(in.Values), Missing: []string{}, Extra: []string{}}
	var m *autotext.Mismatch
	if errors.As(x.Check(in.Values), &m) {
		out.Missing, out.Extra = append(out.Missing, m.Missing...), append(out.Extra, m.Extra...)
	}
	return c.JSON(http.StatusOK, out)
}

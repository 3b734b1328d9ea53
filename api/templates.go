package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/autotext"
	"switchboard/store/templatedb"
)

func (s *server) listTemplates(c echo.Context) error {
	p, err := pageOf(c, "templates")
	if err != nil {
		return err
	}
	channel := c.QueryParam("channel")
	if channel != "" && !slices.Contains(s.channels(), channel) {
		return badParameter("channel", "must be one of "+strings.Join(s.channels(), ", "))
	}
	list, err := s.Store.Template.Templates(c.Request().Context(), channel, p)
	if err != nil {
		return err
	}
	return answerList(c, "templates", p, list, func(t templatedb.Template) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, same)
}

// channels are those of all providers served here.
func (s *server) channels() []string {
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

func (s *server) getTemplate(c echo.Context) error {
	id, err := pathID(c, "id")
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

func (s *server) createTemplate(c echo.Context) error {
	var in newTemplate
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	k.text("name", in.Name, 1, maxTemplateName)
	k.oneOf("channel", in.Channel, s.channels()...)
	language := k.language("default_language", in.DefaultLanguage)
	t := templatedb.Template{Name: in.Name, Channel: in.Channel, DefaultLanguage: language}
	if in.Text != nil {
		k.longText("text", *in.Text)
		t.Texts = []templatedb.TemplateText{{Language: language, Text: *in.Text}}
	}
	if err := k.err(); err != nil {
		return err
	}
	t, err := s.Store.Template.CreateTemplate(c.Request().Context(), IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, t)
}

// language wants a BCP 47 tag and returns it in its usual spelling.
func (k *checks) language(field, v string) string {
	tag, ok := autotext.Tag(v)
	if !ok {
		k.add(field, "must be a language tag such as en or nl-BE")
	}
	return tag
}

const maxTemplateText = 4096 // characters, which is what the widest channel takes

func (k *checks) longText(field, v string) {
	switch {
	case strings.TrimSpace(v) == "":
		k.add(field, "must not be empty")
	case utf8.RuneCountInString(v) > maxTemplateText:
		k.add(field, fmt.Sprintf("must have at most %d characters", maxTemplateText))
	case strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		k.add(field, "must not have control characters")
	}
}

// templateChange: {"name": "Welcome", "default_language": "nl"}
type templateChange struct {
	Name            *string `json:"name"`
	DefaultLanguage *string `json:"default_language"`
}

func (in templateChange) apply(t *templatedb.Template) error {
	set(&t.Name, in.Name)
	set(&t.DefaultLanguage, in.DefaultLanguage)
	var k checks
	k.text("name", t.Name, 1, maxTemplateName)
	t.DefaultLanguage = k.language("default_language", t.DefaultLanguage)
	return k.err()
}

func (s *server) changeTemplate(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in templateChange
	if err := decode(c, &in); err != nil {
		return err
	}
	t, err := s.Store.Template.ChangeTemplate(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

func (s *server) deleteTemplate(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Template.DeleteTemplate(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// templateTextInput: {"text": "Dag {Name}"}
type templateTextInput struct {
	Text string `json:"text"`
}

func (s *server) putTemplateText(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in templateTextInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	language := k.language("language", c.Param("language"))
	k.longText("text", in.Text)
	if err := k.err(); err != nil {
		return err
	}
	x, err := s.Store.Template.PutTemplateText(c.Request().Context(), IdentityOf(c).Actor(), id, language, in.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, x)
}

func (s *server) deleteTemplateText(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	language, ok := autotext.Tag(c.Param("language"))
	if !ok {
		return notFound()
	}
	if err := s.Store.Template.DeleteTemplateText(c.Request().Context(), IdentityOf(c).Actor(), id, language); err != nil {
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

func (s *server) previewTemplate(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in previewInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	checkSampleValues(&k, "values", in.Values)
	if in.Language != "" {
		k.language("language", in.Language)
	}
	if err := k.err(); err != nil {
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

const (
	maxValues = 100
	maxValue  = 1024 // characters
)

// checkSampleValues wants what may fill a template.
func checkSampleValues(k *checks, field string, values map[string]string) {
	if len(values) > maxValues {
		k.add(field, fmt.Sprintf("are more than %d", maxValues))
		return
	}
	for _, name := range sortedKeys(values) {
		if v := values[name]; utf8.RuneCountInString(v) > maxValue || strings.ContainsRune(v, 0) {
			k.add(field+"."+name, fmt.Sprintf("must have at most %d characters, and no NUL", maxValue))
		}
	}
}

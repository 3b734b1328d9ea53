package templates

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/autotext"
	"switchboard/domain/permission"
	"switchboard/store/templatedb"
)

// quickReplyView is a quick reply. Language and text are what would be written
// in the conversation that was asked for; null without one.
type quickReplyView struct {
	templatedb.QuickReply
	Language *string `json:"language"`
	Text     *string `json:"text"`
}

func showQuickReply(r templatedb.QuickReply) quickReplyView { return quickReplyView{QuickReply: r} }

// listQuickReplies answers a page of the list, or what a search text finds.
func (s *Server) listQuickReplies(c echo.Context) error {
	p, err := httpx.PageOf(c, "quick-replies")
	if err != nil {
		return err
	}
	q := c.QueryParam("q")
	switch {
	case utf8.RuneCountInString(q) > httpx.MaxSearch:
		return httpx.BadParameter("q", fmt.Sprintf("must have at most %d characters", httpx.MaxSearch))
	case strings.TrimSpace(q) != "" && c.QueryParam("cursor") != "":
		return httpx.BadParameter("cursor", "cannot be given together with q: what a search finds has no pages")
	}
	f, err := s.replyFilter(c)
	if err != nil {
		return err
	}
	show := showQuickReply
	if f.Context != nil {
		show = func(r templatedb.QuickReply) quickReplyView { return fillQuickReply(r, *f.Context) }
	}
	ctx := c.Request().Context()
	if strings.TrimSpace(q) == "" {
		list, err := s.Store.Template.QuickReplies(ctx, f, p)
		if err != nil {
			return err
		}
		return httpx.AnswerList(c, "quick-replies", p, list,
			func(r templatedb.QuickReply) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, show)
	}
	found, err := s.Store.Template.SearchQuickReplies(ctx, f, q, p.Limit-1)
	if err != nil {
		return err
	}
	out := httpx.List[quickReplyView]{Items: []quickReplyView{}}
	for _, r := range found {
		out.Items = append(out.Items, show(r))
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) replyFilter(c echo.Context) (templatedb.ReplyFilter, error) {
	v := core.ViewerOf(c)
	f := templatedb.ReplyFilter{Agent: v.Agent, Tag: strings.ToLower(c.QueryParam("tag"))}
	raw := c.QueryParam("conversation_id")
	if raw == "" {
		return f, nil
	}
	id, err := uuid.Parse(raw)
	if err != nil {
		return f, httpx.BadParameter("conversation_id", "must be the id of a conversation")
	}
	rc, err := s.Store.Template.ReplyContextFor(c.Request().Context(), v, id)
	f.Context = &rc
	return f, err
}

// fillQuickReply chooses the language for a conversation and fills the gaps.
func fillQuickReply(r templatedb.QuickReply, rc templatedb.ReplyContext) quickReplyView {
	language, text := r.In(rc.Languages)
	text = autotext.Agents().Fill(text, rc.Values)
	return quickReplyView{QuickReply: r, Language: &language, Text: &text}
}

func (s *Server) getQuickReply(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	r, err := s.Store.Template.QuickReplyFor(c.Request().Context(), core.IdentityOf(c).Agent.UUID, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showQuickReply(r))
}

// quickReplyInput: {"title": "Greeting", "tags": ["hello"], "workstream_ids": [], "texts": {"en": "Hello {CustomerFirstName}"}}
type quickReplyInput struct {
	Title       *string            `json:"title"`
	Tags        *[]string          `json:"tags"`
	Workstreams *[]uuid.UUID       `json:"workstream_ids"`
	Texts       *map[string]string `json:"texts"`
}

// newQuickReply also says whose it is, which does not change.
type newQuickReply struct {
	quickReplyInput
	Personal bool `json:"personal"`
}

const (
	maxReplyTitle  = 200
	maxReplyTexts  = 50_000 // characters of all languages together: as much as the index takes
	maxTags        = 20
	maxTag         = 50
	maxWorkstreams = 100
)

func (in quickReplyInput) apply(r *templatedb.QuickReply) error {
	var k httpx.Checks
	httpx.Set(&r.Title, in.Title)
	k.Text("title", r.Title, 1, maxReplyTitle)
	if in.Tags != nil {
		r.Tags = checkTags(&k, "tags", *in.Tags)
	}
	if in.Workstreams != nil {
		if len(*in.Workstreams) > maxWorkstreams {
			k.Add("workstream_ids", fmt.Sprintf("are more than %d; none means everywhere", maxWorkstreams))
		}
		r.Workstreams = []string{}
		for _, id := range *in.Workstreams {
			if !slices.Contains(r.Workstreams, id.String()) {
				r.Workstreams = append(r.Workstreams, id.String())
			}
		}
	}
	if in.Texts != nil {
		r.Texts = checkReplyTexts(&k, "texts", httpx.CleanTexts(*in.Texts))
	} else if len(r.Texts) == 0 {
		k.Add("texts", "must have a text in one language at least")
	}
	return k.Err()
}

// checkTags wants short words and returns them in lower case, each once.
func checkTags(k *httpx.Checks, field string, tags []string) []string {
	if len(tags) > maxTags {
		k.Add(field, fmt.Sprintf("are more than %d", maxTags))
	}
	out := []string{}
	for i, tag := range tags {
		at := fmt.Sprintf("%s[%d]", field, i)
		k.Text(at, tag, 1, maxTag)
		if strings.ContainsFunc(tag, func(r rune) bool { return unicode.IsSpace(r) || r == '#' }) {
			k.Add(at, "must not have blanks or #")
		}
		if tag = strings.ToLower(tag); !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// checkReplyTexts wants texts by language without placeholders that nothing fills,
// and returns them by the usual spelling of the tags.
func checkReplyTexts(k *httpx.Checks, field string, texts map[string]string) map[string]string {
	if len(texts) == 0 || len(texts) > httpx.MaxLanguages {
		k.Add(field, fmt.Sprintf("must have a text in 1 to %d languages", httpx.MaxLanguages))
	}
	out, total := map[string]string{}, 0
	for _, lang := range httpx.SortedKeys(texts) {
		at, text := field+"."+lang, texts[lang]
		tag := k.Language(at, lang)
		if _, twice := out[tag]; twice && tag != "" {
			k.Add(at, "is there twice, in another spelling")
		}
		out[tag] = text
		k.LongText(at, text)
		k.Gaps(at, text, autotext.Agents())
		total += utf8.RuneCountInString(text)
		for _, gap := range autotext.Unknown(text, autotext.ReplyValues()) {
			k.Add(at, fmt.Sprintf("has the placeholder %q at character %d, which nothing fills; there are %s, "+
				"and {context.name} for context variables",
				gap.Name, gap.At, strings.Join(autotext.ReplyValues(), ", ")))
		}
	}
	if total > maxReplyTexts {
		k.Add(field, fmt.Sprintf("must have at most %d characters together", maxReplyTexts))
	}
	return out
}

// mayChange is the one rule of whose quick replies one may change: the shared
// ones as an administrator, and one's own. Those of others do not exist.
func mayChange(c echo.Context, owner uuid.NullUUID) error {
	switch id := core.IdentityOf(c); {
	case owner.Valid && (!id.Agent.Valid || owner.UUID != id.Agent.UUID):
		return httpx.NotFound()
	case !owner.Valid && !id.Permissions.Has(permission.TemplatesWrite):
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "Only those who may change templates, such as administrators, may change shared quick replies.")
	}
	return nil
}

func (s *Server) createQuickReply(c echo.Context) error {
	var in newQuickReply
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var r templatedb.QuickReply
	if in.Personal {
		agent, err := core.ActingAgent(c)
		if err != nil {
			return err
		}
		r.Agent = uuid.NullUUID{UUID: agent, Valid: true}
	}
	if err := mayChange(c, r.Agent); err != nil {
		return err
	}
	if err := in.apply(&r); err != nil {
		return err
	}
	r, err := s.Store.Template.CreateQuickReply(c.Request().Context(), core.IdentityOf(c).Actor(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showQuickReply(r))
}

func (s *Server) changeQuickReply(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in quickReplyInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	r, err := s.Store.Template.ChangeQuickReply(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		func(r *templatedb.QuickReply) error {
			if err := mayChange(c, r.Agent); err != nil {
				return err
			}
			return in.apply(r)
		})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showQuickReply(r))
}

func (s *Server) deleteQuickReply(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	err = s.Store.Template.DeleteQuickReply(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		func(r templatedb.QuickReply) error { return mayChange(c, r.Agent) })
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

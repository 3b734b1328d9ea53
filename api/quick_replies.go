package api

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

	"switchboard/domain/autotext"
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
func (s *server) listQuickReplies(c echo.Context) error {
	p, err := pageOf(c, "quick-replies")
	if err != nil {
		return err
	}
	q := c.QueryParam("q")
	switch {
	case utf8.RuneCountInString(q) > maxSearch:
		return badParameter("q", fmt.Sprintf("must have at most %d characters", maxSearch))
	case strings.TrimSpace(q) != "" && c.QueryParam("cursor") != "":
		return badParameter("cursor", "cannot be given together with q: what a search finds has no pages")
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
		return answerList(c, "quick-replies", p, list, func(r templatedb.QuickReply) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, show)
	}
	found, err := s.Store.Template.SearchQuickReplies(ctx, f, q, p.Limit-1)
	if err != nil {
		return err
	}
	out := List[quickReplyView]{Items: []quickReplyView{}}
	for _, r := range found {
		out.Items = append(out.Items, show(r))
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) replyFilter(c echo.Context) (templatedb.ReplyFilter, error) {
	v := ViewerOf(c)
	f := templatedb.ReplyFilter{Agent: v.Agent, Tag: strings.ToLower(c.QueryParam("tag"))}
	raw := c.QueryParam("conversation_id")
	if raw == "" {
		return f, nil
	}
	id, err := uuid.Parse(raw)
	if err != nil {
		return f, badParameter("conversation_id", "must be the id of a conversation")
	}
	rc, err := s.Store.Template.ReplyContextFor(c.Request().Context(), v, id)
	f.Context = &rc
	return f, err
}

// fillQuickReply chooses the language for a conversation and fills the gaps.
func fillQuickReply(r templatedb.QuickReply, rc templatedb.ReplyContext) quickReplyView {
	language, text := r.In(rc.Languages)
	text = autotext.Fill(text, rc.Values)
	return quickReplyView{QuickReply: r, Language: &language, Text: &text}
}

func (s *server) getQuickReply(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	r, err := s.Store.Template.QuickReplyFor(c.Request().Context(), IdentityOf(c).Agent.UUID, id)
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
	var k checks
	set(&r.Title, in.Title)
	k.text("title", r.Title, 1, maxReplyTitle)
	if in.Tags != nil {
		r.Tags = checkTags(&k, "tags", *in.Tags)
	}
	if in.Workstreams != nil {
		if len(*in.Workstreams) > maxWorkstreams {
			k.add("workstream_ids", fmt.Sprintf("are more than %d; none means everywhere", maxWorkstreams))
		}
		r.Workstreams = []string{}
		for _, id := range *in.Workstreams {
			if !slices.Contains(r.Workstreams, id.String()) {
				r.Workstreams = append(r.Workstreams, id.String())
			}
		}
	}
	if in.Texts != nil {
		r.Texts = checkReplyTexts(&k, "texts", *in.Texts)
	} else if len(r.Texts) == 0 {
		k.add("texts", "must have a text in one language at least")
	}
	return k.err()
}

// checkTags wants short words and returns them in lower case, each once.
func checkTags(k *checks, field string, tags []string) []string {
	if len(tags) > maxTags {
		k.add(field, fmt.Sprintf("are more than %d", maxTags))
	}
	out := []string{}
	for i, tag := range tags {
		at := fmt.Sprintf("%s[%d]", field, i)
		k.text(at, tag, 1, maxTag)
		if strings.ContainsFunc(tag, func(r rune) bool { return unicode.IsSpace(r) || r == '#' }) {
			k.add(at, "must not have blanks or #")
		}
		if tag = strings.ToLower(tag); !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// checkReplyTexts wants texts by language without placeholders that nothing fills,
// and returns them by the usual spelling of the tags.
func checkReplyTexts(k *checks, field string, texts map[string]string) map[string]string {
	if len(texts) == 0 || len(texts) > maxLanguages {
		k.add(field, fmt.Sprintf("must have a text in 1 to %d languages", maxLanguages))
	}
	out, total := map[string]string{}, 0
	for _, lang := range sortedKeys(texts) {
		at, text := field+"."+lang, texts[lang]
		tag := k.language(at, lang)
		if _, twice := out[tag]; twice && tag != "" {
			k.add(at, "is there twice, in another spelling")
		}
		out[tag] = text
		k.longText(at, text)
		total += utf8.RuneCountInString(text)
		for _, gap := range autotext.Unknown(text, autotext.ReplyValues()) {
			k.add(at, fmt.Sprintf("has the placeholder %q at character %d, which nothing fills; there are %s",
				gap.Name, gap.At, strings.Join(autotext.ReplyValues(), ", ")))
		}
	}
	if total > maxReplyTexts {
		k.add(field, fmt.Sprintf("must have at most %d characters together", maxReplyTexts))
	}
	return out
}

// mayChange is the one rule of whose quick replies one may change: the shared
// ones as an administrator, and one's own. Those of others do not exist.
func mayChange(c echo.Context, owner uuid.NullUUID) error {
	switch id := IdentityOf(c); {
	case owner.Valid && (!id.Agent.Valid || owner.UUID != id.Agent.UUID):
		return notFound()
	case !owner.Valid && !slices.Contains(administrators.roles(), id.Role):
		return newProblem(http.StatusForbidden, codeForbidden, "Only administrators may change shared quick replies.")
	}
	return nil
}

func (s *server) createQuickReply(c echo.Context) error {
	var in newQuickReply
	if err := decode(c, &in); err != nil {
		return err
	}
	var r templatedb.QuickReply
	if in.Personal {
		agent, err := actingAgent(c)
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
	r, err := s.Store.Template.CreateQuickReply(c.Request().Context(), IdentityOf(c).Actor(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showQuickReply(r))
}

func (s *server) changeQuickReply(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in quickReplyInput
	if err := decode(c, &in); err != nil {
		return err
	}
	r, err := s.Store.Template.ChangeQuickReply(c.Request().Context(), IdentityOf(c).Actor(), id, func(r *templatedb.QuickReply) error {
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

func (s *server) deleteQuickReply(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	err = s.Store.Template.DeleteQuickReply(c.Request().Context(), IdentityOf(c).Actor(), id, func(r templatedb.QuickReply) error { return mayChange(c, r.Agent) })
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

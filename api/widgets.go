package api

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

func (s *server) listWidgets(c echo.Context) error {
	p, err := pageOf(c, "widgets")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Widgets(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "widgets", p, list, func(w configdb.Widget) (time.Time, uuid.UUID) { return w.CreatedAt, w.ID }, same)
}

func (s *server) getWidget(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	w, err := s.Store.Admin.WidgetByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, w)
}

// widgetInput: {"name": "Shop", "workstream_id": "…", "origins": ["https://shop.example.com"], "authentication": "none"}
type widgetInput struct {
	Name           *string                       `json:"name"`
	Key            *string                       `json:"key"` // at creation only
	Workstream     *uuid.UUID                    `json:"workstream_id"`
	Language       *string                       `json:"language"`
	OperatingHours Optional[uuid.UUID]           `json:"operating_hours_id"`
	Origins        *[]string                     `json:"origins"`
	Authentication *string                       `json:"authentication"`
	Anonymous      *bool                         `json:"anonymous_threads"` // a persistent chat without sign-in, knowingly
	Issuer         *string                       `json:"issuer"`
	Audience       *string                       `json:"audience"`
	PublicKey      *string                       `json:"public_key"`
	KeyURL         *string                       `json:"key_url"`
	Appearance     *configdb.WidgetAppearance    `json:"appearance"`
	Texts          *map[string]map[string]string `json:"texts"`
	PreChat        *[]configdb.Question          `json:"pre_chat"`
	Transcript     *bool                         `json:"transcript"`
	Sound          *bool                         `json:"sound"`
}

func (in widgetInput) apply(w *configdb.Widget) {
	set(&w.Name, in.Name)
	set(&w.Workstream, in.Workstream)
	set(&w.Language, in.Language)
	if in.OperatingHours.Given {
		w.OperatingHours = nullID(in.OperatingHours)
	}
	set(&w.Origins, in.Origins)
	set(&w.Authentication, in.Authentication)
	set(&w.Issuer, in.Issuer)
	set(&w.Audience, in.Audience)
	set(&w.Anonymous, in.Anonymous)
	set(&w.PublicKey, in.PublicKey)
	set(&w.KeyURL, in.KeyURL)
	set(&w.Settings.Appearance, in.Appearance)
	set(&w.Settings.Texts, in.Texts)
	set(&w.Settings.PreChat, in.PreChat)
	set(&w.Settings.Transcript, in.Transcript)
	set(&w.Settings.Sound, in.Sound)
}

// defaultWidget is a widget that says nothing but its name.
func defaultWidget() configdb.Widget {
	return configdb.Widget{Key: secret.NewToken()[:22], Language: "en", Authentication: admindb.AuthNone, Origins: []string{}, Settings: configdb.WidgetSettings{
		Appearance: configdb.WidgetAppearance{Title: "Chat", Color: "#0b5fff", TextColor: "#ffffff", Position: "right", HideOffline: true},
		Texts:      map[string]map[string]string{}, PreChat: []configdb.Question{}, Transcript: true, Sound: true}}
}

func (s *server) createWidget(c echo.Context) error {
	var in widgetInput
	if err := decode(c, &in); err != nil {
		return err
	}
	w := defaultWidget()
	set(&w.Key, in.Key)
	in.apply(&w)
	if err := s.checkWidget(c, in, &w); err != nil {
		return err
	}
	w, err := s.Store.Admin.CreateWidget(c.Request().Context(), IdentityOf(c).Actor(), w, secret.NewToken())
	if err != nil {
		return err
	}
	s.widgets.forget()
	return c.JSON(http.StatusCreated, w)
}

func (s *server) changeWidget(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in widgetInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Key != nil {
		return invalid(FieldError{Field: "key", Reason: "stands in the site's pages and cannot be changed"})
	}
	w, err := s.Store.Admin.ChangeWidget(c.Request().Context(), IdentityOf(c).Actor(), id, func(w *configdb.Widget) error {
		in.apply(w)
		return s.checkWidget(c, in, w)
	})
	if err != nil {
		return err
	}
	s.widgets.forget()
	return c.JSON(http.StatusOK, w)
}

func (s *server) deleteWidget(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteWidget(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	s.widgets.forget()
	return c.NoContent(http.StatusNoContent)
}

var (
	widgetKeyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`)
	colorForm     = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	questionForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,99}$`)
	originForm    = regexp.MustCompile(`^https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?$`)
)

// checkWidget checks the whole, with the style of its workstream: a persistent
// thread is found again by its sign-in, or knowingly by the browser alone.
func (s *server) checkWidget(c echo.Context, in widgetInput, w *configdb.Widget) error {
	var k checks
	k.text("name", w.Name, 1, 100)
	k.required("workstream_id", w.Workstream)
	k.text("language", w.Language, 2, 35)
	if !widgetKeyForm.MatchString(w.Key) {
		k.add("key", "must have 4 to 64 letters, digits, - or _")
	}
	for i, o := range w.Origins {
		if o != "*" && !originForm.MatchString(o) {
			k.add(fmt.Sprintf("origins[%d]", i), "must be an origin such as https://shop.example.com, https://*.example.com, or *")
		}
	}
	k.oneOf("authentication", w.Authentication, admindb.AuthNone, admindb.AuthOptional, admindb.AuthRequired)
	k.text("issuer", w.Issuer, 0, 500)
	k.text("audience", w.Audience, 0, 500)
	checkSigning(&k, w, s.PrivateHosts)
	checkSettings(&k, w.Settings)
	if k.errs != nil {
		return k.err()
	}
	ws, err := s.Store.Admin.WorkstreamByID(c.Request().Context(), w.Workstream)
	if err != nil {
		return nil //nolint:nilerr // storing says which field it is
	}
	anonymous := w.Authentication != admindb.AuthRequired && ws.Style != string(conversation.Live)
	touched := in.Authentication != nil || in.Workstream != nil
	if anonymous && touched && (in.Anonymous == nil || !*in.Anonymous) {
		k.add("authentication", "must be required, because a persistent thread is found again by its sign-in; send anonymous_threads: true to let threads hang on one browser")
	}
	return k.err()
}

// checkSigning checks how sites' tokens are verified.
func checkSigning(k *checks, w *configdb.Widget, private []string) {
	if w.Authentication == admindb.AuthNone {
		return
	}
	switch {
	case (w.PublicKey == "") == (w.KeyURL == ""):
		k.add("public_key", "or key_url must be given, and not both")
	case w.KeyURL != "":
		u, err := url.Parse(w.KeyURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(w.KeyURL) > 500 {
			k.add("key_url", "must be an https URL")
		} else {
			k.reachable("key_url", u, private)
		}
		if w.Issuer == "" {
			k.add("issuer", "must be given with key_url, because others may sign with the keys there")
		}
	default:
		if err := visitorchat.CheckKey(w.PublicKey); err != nil {
			k.add("public_key", "must be a public RSA key of at least 2048 bits as PEM: "+err.Error())
		}
	}
}

const maxQuestions = 10

func checkSettings(k *checks, x configdb.WidgetSettings) {
	a := x.Appearance
	for field, v := range map[string]string{"appearance.title": a.Title, "appearance.subtitle": a.Subtitle,
		"appearance.offline_title": a.OfflineTitle, "appearance.offline_subtitle": a.OfflineSubtitle} {
		k.text(field, v, 0, 200)
	}
	for field, v := range map[string]string{"appearance.color": a.Color, "appearance.text_color": a.TextColor} {
		if !colorForm.MatchString(v) {
			k.add(field, "must be a colour such as #0b5fff")
		}
	}
	if a.LogoURL != "" && (!strings.HasPrefix(a.LogoURL, "https://") || len(a.LogoURL) > 500) {
		k.add("appearance.logo_url", "must be an https URL")
	}
	k.oneOf("appearance.position", a.Position, "left", "right")
	if len(x.Texts) > 50 {
		k.add("texts", "must be of at most 50 languages")
	}
	for language, texts := range x.Texts {
		k.text("texts."+language, language, 2, 35)
		for name, text := range texts {
			if len(name) > 100 || len(text) > 2000 {
				k.add("texts."+language+"."+name, "is too long")
			}
		}
	}
	if len(x.PreChat) > maxQuestions {
		k.add("pre_chat", "must have at most 10 questions")
		return
	}
	for i, q := range x.PreChat {
		again := slices.ContainsFunc(x.PreChat[:i], func(o configdb.Question) bool { return o.Name == q.Name })
		checkQuestion(k, fmt.Sprintf("pre_chat[%d]", i), q, again)
	}
}

const maxLabel = 512

func checkQuestion(k *checks, field string, q configdb.Question, again bool) {
	if !questionForm.MatchString(q.Name) || again {
		k.add(field+".name", "must be a name of its own of letters, digits and _")
	}
	k.oneOf(field+".type", q.Type, visitorchat.QuestionText, visitorchat.QuestionMultiline, visitorchat.QuestionOptions, visitorchat.QuestionConsent)
	k.oneOf(field+".check", q.Check, "", visitorchat.CheckEmail, visitorchat.CheckPhone)
	k.oneOf(field+".meaning", q.Meaning, "", visitorchat.MeansName)
	if len(q.Label) == 0 {
		k.add(field+".label", "must be given in a language")
	}
	for _, language := range slices.Sorted(maps.Keys(q.Label)) {
		k.text(field+".label."+language, q.Label[language], 1, maxLabel)
	}
	if (q.Type == visitorchat.QuestionOptions) != (len(q.Options) > 0) {
		k.add(field+".options", "must be given, and of this type only")
	}
	for _, o := range q.Options {
		k.text(field+".options", o, 1, 200)
	}
	if q.Type == visitorchat.QuestionConsent && !q.Required {
		k.add(field+".required", "must be true of a consent")
	}
}

// linkTTL is how long a link to a live chat is good, if the chat lasts.
const linkTTL = time.Hour

// linkToChat makes a link for the customer of a live chat to go on elsewhere.
func (s *server) linkToChat(c echo.Context) error {
	agent, err := actingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Agent.UUID != agent {
		return &conversation.Refusal{Code: conversation.NotPrimary, Reason: "Only the agent who has this conversation may do that."}
	}
	token, until := secret.NewToken(), s.Now().Add(linkTTL).UTC()
	err = s.Store.Webchat.AddVisitorLink(c.Request().Context(), secret.HashToken(token), conv.ID, until)
	if errors.Is(err, pg.ErrNotFound) {
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "It is no live chat that can be reconnected to, or it is over."}
	} else if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"reconnect": token, "expires_at": until})
}

// agentTyping tells the customer of a web chat that their agent types.
func (s *server) agentTyping(c echo.Context) error {
	agent, err := actingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Channel == configdb.ProviderWebchat && conv.Agent.UUID == agent &&
		s.chatTries.take([]limit{{key: "agent-typing/" + agent.String() + conv.ID.String(), most: 2, every: 2 * time.Second}}) == 0 {
		if err := s.Store.Webchat.Typing(c.Request().Context(), conv.ID, agent); err != nil {
			return err
		}
	}
	return c.NoContent(http.StatusNoContent)
}

// readInput: {"seq": 12}
type readInput struct {
	Seq int64 `json:"seq"`
}

// agentRead keeps how far the agent has read; in a web chat the customer sees it.
func (s *server) agentRead(c echo.Context) error {
	agent, err := actingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in readInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Seq < 1 {
		return invalid(FieldError{Field: "seq", Reason: "must be a seq of the conversation"})
	}
	if err := s.Store.Webchat.AgentRead(c.Request().Context(), agent, conv.ID, in.Seq); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

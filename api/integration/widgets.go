package integration

import (
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

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/configdb"
)

func (s *Server) listWidgets(c echo.Context) error {
	p, err := httpx.PageOf(c, "widgets")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Widgets(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "widgets", p, list, func(w configdb.Widget) (time.Time, uuid.UUID) { return w.CreatedAt, w.ID }, httpx.Same)
}

func (s *Server) getWidget(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
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
	OperatingHours httpx.Optional[uuid.UUID]     `json:"operating_hours_id"`
	Origins        *[]string                     `json:"origins"`
	Authentication *string                       `json:"authentication"`
	Anonymous      *bool                         `json:"anonymous_threads"` // a persistent chat without sign-in, knowingly
	Issuer         *string                       `json:"issuer"`
	Audience       *string                       `json:"audience"`
	PublicKey      *string                       `json:"public_key"`
	KeyURL         *string                       `json:"key_url"`
	Appearance     *appearanceInput              `json:"appearance"`
	Texts          *map[string]map[string]string `json:"texts"`
	PreChat        *[]configdb.Question          `json:"pre_chat"`
	Transcript     *bool                         `json:"transcript"`
	Sound          *bool                         `json:"sound"`
}

func (in widgetInput) apply(w *configdb.Widget) {
	httpx.Set(&w.Name, in.Name)
	httpx.Set(&w.Workstream, in.Workstream)
	httpx.Set(&w.Language, in.Language)
	if in.OperatingHours.Given {
		w.OperatingHours = httpx.NullID(in.OperatingHours)
	}
	httpx.Set(&w.Origins, in.Origins)
	httpx.Set(&w.Authentication, in.Authentication)
	httpx.Set(&w.Issuer, in.Issuer)
	httpx.Set(&w.Audience, in.Audience)
	httpx.Set(&w.Anonymous, in.Anonymous)
	httpx.Set(&w.PublicKey, in.PublicKey)
	httpx.Set(&w.KeyURL, in.KeyURL)
	if in.Appearance != nil {
		in.Appearance.apply(&w.Settings.Appearance)
	}
	if in.Texts != nil {
		w.Settings.Texts = cleanTexts(*in.Texts)
	}
	httpx.Set(&w.Settings.PreChat, in.PreChat)
	httpx.Set(&w.Settings.Transcript, in.Transcript)
	httpx.Set(&w.Settings.Sound, in.Sound)
}

// appearanceInput: {"color": "#0b5fff"}; what is not given stays as it is.
type appearanceInput struct {
	Title           *string `json:"title"`
	Subtitle        *string `json:"subtitle"`
	Color           *string `json:"color"`
	TextColor       *string `json:"text_color"`
	LogoURL         *string `json:"logo_url"`
	Position        *string `json:"position"`
	OfflineTitle    *string `json:"offline_title"`
	OfflineSubtitle *string `json:"offline_subtitle"`
	HideOffline     *bool   `json:"hide_offline"`
}

func (in appearanceInput) apply(a *configdb.WidgetAppearance) {
	httpx.Set(&a.Title, in.Title)
	httpx.Set(&a.Subtitle, in.Subtitle)
	httpx.Set(&a.Color, in.Color)
	httpx.Set(&a.TextColor, in.TextColor)
	httpx.Set(&a.LogoURL, in.LogoURL)
	httpx.Set(&a.Position, in.Position)
	httpx.Set(&a.OfflineTitle, in.OfflineTitle)
	httpx.Set(&a.OfflineSubtitle, in.OfflineSubtitle)
	httpx.Set(&a.HideOffline, in.HideOffline)
}

// defaultWidget is a widget that says nothing but its name.
func defaultWidget() configdb.Widget {
	return configdb.Widget{Key: secret.NewToken()[:22], Language: "en", Authentication: admindb.AuthNone, Origins: []string{},
		Settings: configdb.WidgetSettings{
			Appearance: configdb.WidgetAppearance{Title: "Chat", Color: "#0b5fff", TextColor: "#ffffff", Position: "right",
				HideOffline: true}, Texts: map[string]map[string]string{}, PreChat: []configdb.Question{}, Transcript: true,
			Sound: true}}
}

func (s *Server) createWidget(c echo.Context) error {
	var in widgetInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	w := defaultWidget()
	httpx.Set(&w.Key, in.Key)
	in.apply(&w)
	if err := s.checkWidget(c, in, &w); err != nil {
		return err
	}
	w, err := s.Store.Admin.CreateWidget(c.Request().Context(), core.IdentityOf(c).Actor(), w, secret.NewToken())
	if err != nil {
		return err
	}
	s.Widgets.Forget()
	return c.JSON(http.StatusCreated, w)
}

func (s *Server) changeWidget(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in widgetInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Key != nil {
		return httpx.Invalid(httpx.FieldError{Field: "key", Reason: "stands in the site's pages and cannot be changed"})
	}
	w, err := s.Store.Admin.ChangeWidget(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(w *configdb.Widget) error {
		in.apply(w)
		return s.checkWidget(c, in, w)
	})
	if err != nil {
		return err
	}
	s.Widgets.Forget()
	return c.JSON(http.StatusOK, w)
}

func (s *Server) deleteWidget(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteWidget(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	s.Widgets.Forget()
	return c.NoContent(http.StatusNoContent)
}

var (
	colorForm    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	questionForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,99}$`)
	originForm   = regexp.MustCompile(`^https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?$`)
)

// checkWidget checks the whole, with the style of its workstream: a persistent
// thread is found again by its sign-in, or knowingly by the browser alone.
func (s *Server) checkWidget(c echo.Context, in widgetInput, w *configdb.Widget) error {
	var k httpx.Checks
	k.Text("name", w.Name, 1, 100)
	k.Required("workstream_id", w.Workstream)
	k.Text("language", w.Language, 2, 35)
	if !core.WidgetKeyForm.MatchString(w.Key) {
		k.Add("key", "must have 4 to 64 letters, digits, - or _")
	}
	for i, o := range w.Origins {
		if o != "*" && !originForm.MatchString(o) {
			k.Add(fmt.Sprintf("origins[%d]", i), "must be an origin such as https://shop.example.com, https://*.example.com, or *")
		}
	}
	k.OneOf("authentication", w.Authentication, admindb.AuthNone, admindb.AuthOptional, admindb.AuthRequired)
	k.Text("issuer", w.Issuer, 0, 500)
	k.Text("audience", w.Audience, 0, 500)
	checkSigning(&k, w, s.PrivateHosts)
	checkSettings(&k, w.Settings)
	if k.Errs != nil {
		return k.Err()
	}
	ws, err := s.Store.Admin.WorkstreamByID(c.Request().Context(), w.Workstream)
	if err != nil {
		return nil //nolint:nilerr // storing says which field it is
	}
	anonymous := w.Authentication != admindb.AuthRequired && ws.Style != string(conversation.Live)
	touched := in.Authentication != nil || in.Workstream != nil
	if anonymous && touched && (in.Anonymous == nil || !*in.Anonymous) {
		k.Add("authentication", "must be required, because a persistent thread is found again by its sign-in; "+
			"send anonymous_threads: true to let threads hang on one browser")
	}
	return k.Err()
}

// checkSigning checks how sites' tokens are verified.
func checkSigning(k *httpx.Checks, w *configdb.Widget, private []string) {
	if w.Authentication == admindb.AuthNone {
		return
	}
	switch {
	case (w.PublicKey == "") == (w.KeyURL == ""):
		k.Add("public_key", "or key_url must be given, and not both")
	case w.KeyURL != "":
		u, err := url.Parse(w.KeyURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(w.KeyURL) > 500 {
			k.Add("key_url", "must be an https URL")
		} else {
			k.Reachable("key_url", u, private)
		}
		if w.Issuer == "" {
			k.Add("issuer", "must be given with key_url, because others may sign with the keys there")
		}
	default:
		if err := visitorchat.CheckKey(w.PublicKey); err != nil {
			k.Add("public_key", "must be a public RSA key of at least 2048 bits as PEM: "+err.Error())
		}
	}
}

const maxQuestions = 10

func checkSettings(k *httpx.Checks, x configdb.WidgetSettings) {
	a := x.Appearance
	for field, v := range map[string]string{"appearance.title": a.Title, "appearance.subtitle": a.Subtitle,
		"appearance.offline_title": a.OfflineTitle, "appearance.offline_subtitle": a.OfflineSubtitle} {
		k.Text(field, v, 0, 200)
	}
	for field, v := range map[string]string{"appearance.color": a.Color, "appearance.text_color": a.TextColor} {
		if !colorForm.MatchString(v) {
			k.Add(field, "must be a colour such as #0b5fff")
		}
	}
	if a.LogoURL != "" && (!strings.HasPrefix(a.LogoURL, "https://") || len(a.LogoURL) > 500) {
		k.Add("appearance.logo_url", "must be an https URL")
	}
	k.OneOf("appearance.position", a.Position, "left", "right")
	if len(x.Texts) > 50 {
		k.Add("texts", "must be of at most 50 languages")
	}
	for language, texts := range x.Texts {
		k.Language("texts."+language, language)
		checkWidgetTexts(k, "texts."+language, texts)
	}
	if len(x.PreChat) > maxQuestions {
		k.Add("pre_chat", "must have at most 10 questions")
		return
	}
	for i, q := range x.PreChat {
		again := slices.ContainsFunc(x.PreChat[:i], func(o configdb.Question) bool { return o.Name == q.Name })
		checkQuestion(k, fmt.Sprintf("pre_chat[%d]", i), q, again)
	}
}

const maxLabel = 512

func checkQuestion(k *httpx.Checks, field string, q configdb.Question, again bool) {
	if !questionForm.MatchString(q.Name) || again {
		k.Add(field+".name", "must be a name of its own of letters, digits and _")
	}
	k.OneOf(field+".type", q.Type, visitorchat.QuestionText, visitorchat.QuestionMultiline, visitorchat.QuestionOptions,
		visitorchat.QuestionConsent)
	k.OneOf(field+".check", q.Check, "", visitorchat.CheckEmail, visitorchat.CheckPhone)
	k.OneOf(field+".meaning", q.Meaning, "", visitorchat.MeansName)
	if len(q.Label) == 0 {
		k.Add(field+".label", "must be given in a language")
	}
	for _, language := range slices.Sorted(maps.Keys(q.Label)) {
		k.Text(field+".label."+language, q.Label[language], 1, maxLabel)
	}
	if (q.Type == visitorchat.QuestionOptions) != (len(q.Options) > 0) {
		k.Add(field+".options", "must be given, and of this type only")
	}
	for _, o := range q.Options {
		k.Text(field+".options", o, 1, 200)
	}
	if q.Type == visitorchat.QuestionConsent && !q.Required {
		k.Add(field+".required", "must be true of a consent")
	}
}

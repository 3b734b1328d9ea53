package visitor

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/contact"
	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

// How long a visitor's token is good: an anonymous persistent thread is found again
// after months; who signs in at their site can do so again.
const (
	visitorTTL = 365 * 24 * time.Hour
	signedTTL  = 30 * 24 * time.Hour
)

// chatStart: {"token": "…", "language": "nl", "answers": {"email": "a@b.c"}, "context": {"orderId": "1042"}, "client_id": "…"}
type chatStart struct {
	Token    string         `json:"token"`
	Language string         `json:"language"`
	Answers  map[string]any `json:"answers"`
	Context  map[string]any `json:"context"`
	ClientID uuid.UUID      `json:"client_id"`
	Link     string         `json:"reconnect"` // of a link to a live chat that goes on
}

type chatStarted struct {
	Token  string             `json:"visitor_token"`
	Thread visitorchat.Thread `json:"thread"`
}

// startChat begins a visit, or goes on with one. A live chat opens its
// conversation now, a persistent one with the first message.
func (s *Server) startChat(v visit) error {
	var in chatStart
	if err := httpx.Decode(v.Context, &in); err != nil {
		return err
	}
	signedIn, err := s.checkStart(v, in)
	if err != nil {
		return err
	}
	if in.ClientID == uuid.Nil {
		in.ClientID = uuid.New()
	}
	if in.Link != "" {
		return s.reconnect(v, in, signedIn)
	}
	live := v.widget.Style == string(conversation.Live)
	answers, err := s.mayStart(v, in)
	if err != nil {
		return err
	}
	token := bearer(v)
	if v.hash != nil {
		if signedIn != nil {
			if token, err = s.signedInAs(&v, *signedIn); err != nil {
				return err
			}
		}
		t, c, err := s.Chat.Thread(v.ctx(), v.widget, v.visitor, s.Now())
		if err != nil {
			return err
		}
		if c.Open() {
			return v.JSON(http.StatusCreated, chatStarted{token, t})
		}
	}
	if token, err = s.beginVisit(&v, in, token, signedIn, answers); err != nil {
		return err
	}
	if live {
		line := webchatdb.ChatLine{Widget: v.widget, Visitor: v.visitor, ID: in.ClientID, Type: webchatdb.TypeStarted,
			Data: map[string]any{"answers": answers.rows}}
		if _, _, err := s.Store.Webchat.WriteChat(v.ctx(), line); err != nil {
			return err
		}
		s.Chat.Ring(v.visitor.ID)
	}
	t, _, err := s.Chat.Thread(v.ctx(), v.widget, v.visitor, s.Now())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusCreated, chatStarted{token, t})
}

// mayStart refuses who cannot begin now, before a token is replaced, whose answer
// must not be a refusal. A chat that is open goes on.
func (s *Server) mayStart(v visit, in chatStart) (surveyed, error) {
	if v.hash != nil {
		c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID)
		if err != nil || c.Open() {
			return surveyed{}, err
		}
	}
	if err := s.openForChat(v); err != nil {
		return surveyed{}, err
	}
	return checkAnswers(v.widget.Settings.PreChat, in.Answers)
}

// reconnect goes on with a live chat in another browser. Whose site said who they
// are must sign in there too.
func (s *Server) reconnect(v visit, in chatStart, signedIn *webchatdb.SignIn) error {
	token, kept := s.newVisitorToken(signedIn)
	found, err := s.Store.Webchat.UseVisitorLink(v.ctx(), v.widget, secret.HashToken(in.Link), in.ClientID, signedIn, kept)
	switch {
	case errors.Is(err, pg.ErrNotFound):
		return httpx.NewProblem(http.StatusConflict, codeEnded, "This chat has ended, or the link was used before; start a new one.")
	case errors.Is(err, webchatdb.ErrSignInFirst):
		return httpx.NewProblem(http.StatusForbidden, codeSignIn, "Sign in at the site first.")
	case err != nil:
		return err
	}
	s.Chat.Ring(found.ID) // a token that this replaced ends its streams
	t, _, err := s.Chat.Thread(v.ctx(), v.widget, found, s.Now())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusCreated, chatStarted{token, t})
}

func bearer(v visit) string {
	_, token, _ := strings.Cut(v.Request().Header.Get(echo.HeaderAuthorization), " ")
	return strings.TrimSpace(token)
}

// checkStart counts a start, and finds out who the site says this is.
func (s *Server) checkStart(v visit, in chatStart) (*webchatdb.SignIn, error) {
	limits := []httpx.Limit{s.ChatLimits.Starts.Of("start/" + v.RealIP())}
	if origin := v.Request().Header.Get("Origin"); origin != "" {
		limits = append(limits, s.ChatLimits.Origin.Of("origin/"+v.widget.Key+"/"+origin))
	}
	if err := s.notTooMany(limits...); err != nil {
		return nil, err
	}
	var k httpx.Checks
	k.Text("language", in.Language, 0, 35)
	if k.Errs != nil {
		return nil, k.Err()
	}
	if in.Token == "" && in.Link != "" {
		return nil, nil // whether it needs a sign-in, the chat says
	}
	if in.Token == "" {
		if v.widget.Authentication == admindb.AuthRequired && !v.visitor.SignedIn() {
			return nil, httpx.NewProblem(http.StatusForbidden, codeSignIn, "Sign in at the site first.")
		}
		if v.visitor.SignedIn() {
			return nil, s.stillSignedIn(v)
		}
		return nil, nil
	}
	return s.signInBySite(v, in.Token)
}

func (s *Server) openForChat(v visit) error {
	if v.widget.Style != string(conversation.Live) {
		return nil
	}
	open, at, err := s.Chat.IsOpen(v.ctx(), v.widget, s.Now())
	if err != nil || open {
		return err
	}
	p := httpx.NewProblem(http.StatusConflict, codeClosed, "Nobody is there at this hour.")
	p.OpensAt = at
	return p
}

// beginVisit makes the visitor, or prepares the one who is there.
func (s *Server) beginVisit(v *visit, in chatStart, token string, signedIn *webchatdb.SignIn, answers surveyed) (string, error) {
	values := answers.context
	if signedIn == nil && !v.visitor.SignedIn() { // the site vouches for what a token says, and nobody for the page
		more, err := flatContext(in.Context)
		if err != nil {
			return "", err
		}
		for name, value := range more {
			values[name] = value
		}
	} else if signedIn != nil {
		for name, value := range signedIn.Context {
			values[name] = value
		}
		signedIn.Context = values
	}
	if v.hash != nil {
		if err := s.Store.Webchat.PrepareVisitor(v.ctx(), v.visitor, answers.name, in.Language, values); err != nil {
			return "", err
		}
		return token, s.linkAnswers(v, answers)
	}
	token, kept := s.newVisitorToken(signedIn)
	language := in.Language
	if language == "" {
		language = v.widget.Language
	}
	made, err := s.Store.Webchat.CreateVisitor(v.ctx(), webchatdb.NewVisitor{Widget: v.widget, Client: in.ClientID,
		TokenHash: kept.Hash, Expires: kept.Expires, Language: language, Name: answers.name, Context: values, SignIn: signedIn})
	if err != nil {
		return "", err
	}
	v.visitor, v.hash = made, kept.Hash
	return token, s.linkAnswers(v, answers)
}

// linkAnswers links who says in the survey who they are to the one contact
// that it fits. Whom the site vouches for, the site knows better.
func (s *Server) linkAnswers(v *visit, answers surveyed) error {
	keys, complete := answers.identify()
	if !complete || v.visitor.SignedIn() {
		return nil
	}
	return s.Store.Contact.IdentifyVisitor(v.ctx(), v.visitor, keys)
}

// Limits of what a page may say about its visitor.
const (
	maxContext      = 100
	maxContextName  = 100
	maxContextValue = 2000
)

// flatContext takes names with a text, a number or a truth value each.
func flatContext(in map[string]any) (map[string]any, error) {
	var k httpx.Checks
	if len(in) > maxContext {
		k.Add("context", "must have at most 100 values")
		return nil, k.Err()
	}
	for name, value := range in {
		field := "context." + name
		if n := utf8.RuneCountInString(name); n == 0 || n > maxContextName {
			k.Add("context", "must have names of 1 to 100 characters")
		}
		switch x := value.(type) {
		case string:
			if utf8.RuneCountInString(x) > maxContextValue {
				k.Add(field, "is too long")
			}
		case float64, bool:
		default:
			k.Add(field, "must be a text, a number, true or false")
		}
	}
	return in, k.Err()
}

func (s *Server) answerThread(v visit) error {
	t, _, err := s.Chat.Thread(v.ctx(), v.widget, v.visitor, s.Now())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, map[string]any{"thread": t})
}

// surveyed is what a pre-chat survey says.
type surveyed struct {
	rows    []answered     // for the agent to read
	context map[string]any // for routing
	name    string
	keys    contact.Keys // name, e-mail and phone, as far as they are asked
	gap     bool         // one of them is asked, and not answered
}

// identity notes an answer that says who the visitor is; "" is none.
func (a *surveyed) identity(q configdb.Question, text string) {
	var key *string
	switch {
	case q.Check == visitorchat.CheckEmail || q.Name == "email":
		key = &a.keys.Email
	case q.Check == visitorchat.CheckPhone || q.Name == "phone":
		key = &a.keys.Phone
	case q.Meaning == visitorchat.MeansName || q.Name == "name":
		key = &a.keys.Name
	default:
		return
	}
	text = strings.TrimSpace(text)
	a.gap = a.gap || text == "" || *key != "" && *key != text
	*key = text
}

// identify are the keys by which the visitor may be a contact: all that are asked.
// A name alone is anybody's.
func (a *surveyed) identify() (contact.Keys, bool) {
	return a.keys, !a.gap && (a.keys.Email != "" || a.keys.Phone != "")
}

type answered struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Value any    `json:"value"`
}

// Longest answers.
const (
	maxLine      = 500
	maxMultiline = 4000
)

// checkAnswers holds answers against the questions. Answers to what was not
// asked are refused: nobody would see them.
func checkAnswers(questions []configdb.Question, in map[string]any) (surveyed, error) {
	out := surveyed{rows: []answered{}, context: map[string]any{}}
	var k httpx.Checks
	for name := range in {
		if !slices.ContainsFunc(questions, func(q configdb.Question) bool { return q.Name == name }) {
			k.Add("answers."+name, "is not asked")
		}
	}
	for _, q := range questions {
		value, given := in[q.Name]
		text, isText := value.(string)
		field := "answers." + q.Name
		out.identity(q, text)
		switch {
		case !given || value == nil || isText && strings.TrimSpace(text) == "" || value == false:
			if q.Required {
				k.Add(field, "must be given")
			}
			continue
		case q.Type == visitorchat.QuestionConsent:
			if value != true {
				k.Add(field, "must be true")
				continue
			}
		case !isText:
			k.Add(field, "must be a text")
			continue
		default:
			checkAnswer(&k, field, q, text)
			if q.Meaning == visitorchat.MeansName {
				out.name = text
			}
		}
		out.rows = append(out.rows, answered{Name: q.Name, Label: labelOf(q), Value: value})
		out.context[q.Name] = value
	}
	return out, k.Err()
}

// labelOf is a question as agents read it.
func labelOf(q configdb.Question) string {
	if text := q.Label["en"]; text != "" {
		return text
	}
	for _, language := range slices.Sorted(maps.Keys(q.Label)) {
		return q.Label[language]
	}
	return q.Name
}

func checkAnswer(k *httpx.Checks, field string, q configdb.Question, text string) {
	most := maxLine
	if q.Type == visitorchat.QuestionMultiline {
		most = maxMultiline
	}
	switch {
	case utf8.RuneCountInString(text) > most:
		k.Add(field, "is too long")
	case q.Type == visitorchat.QuestionOptions && !slices.Contains(q.Options, text):
		k.Add(field, "must be one of the options")
	case q.Check == visitorchat.CheckEmail:
		k.Email(field, text)
	case q.Check == visitorchat.CheckPhone && !visitorchat.IsPhone(text):
		k.Add(field, "must be a phone number with its country code, as +372 5555 5555")
	case q.Type != visitorchat.QuestionMultiline:
		k.Text(field, text, 0, most)
	}
}

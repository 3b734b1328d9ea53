package api

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/secret"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/webhook"
)

// sourceView is a source with the address of its webhook. Secret is shown once,
// when it is made.
type sourceView struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	URL       string    `json:"url"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *server) showSource(o campaigndb.Source) sourceView {
	return sourceView{ID: o.ID, Name: o.Name, URL: s.PublicURL + strings.Replace(pathOutboundEvents, "{key}", o.Key, 1), CreatedAt: o.CreatedAt}
}

func (s *server) listSources(c echo.Context) error {
	list, err := s.Store.Campaign.Sources(c.Request().Context())
	if err != nil {
		return err
	}
	out := List[sourceView]{Items: []sourceView{}}
	for _, o := range list {
		out.Items = append(out.Items, s.showSource(o))
	}
	return c.JSON(http.StatusOK, out)
}

// newSource: {"name": "Case system"}
type newSource struct {
	Name string `json:"name"`
}

func (s *server) createSource(c echo.Context) error {
	var in newSource
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if k.text("name", in.Name, 1, 100); k.errs != nil {
		return k.err()
	}
	key := webhook.NewKey()
	made, err := s.Store.Campaign.CreateSource(c.Request().Context(), IdentityOf(c).Actor(), in.Name, secret.NewToken(), key)
	if err != nil {
		return err
	}
	v := s.showSource(made)
	v.Secret = webhook.FormatKey(key)
	return c.JSON(http.StatusCreated, v)
}

func (s *server) deleteSource(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteSource(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// signedWithin is how far the time of a signed webhook may be from ours.
const signedWithin = 5 * time.Minute

// takeEvent takes an event by a webhook that is signed as ours to others are:
// webhook-id, webhook-timestamp and webhook-signature. The id is the key under
// which a repeat sends nothing.
func (s *server) takeEvent(c echo.Context) error {
	ctx := c.Request().Context()
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	_, key, err := s.Store.Campaign.SourceByKey(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	h := c.Request().Header
	id := h.Get("webhook-id")
	seconds, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || id == "" || len(id) > maxKey || math.Abs(s.Now().Sub(at).Seconds()) > signedWithin.Seconds() {
		return badSignature()
	}
	want := webhook.Sign([][]byte{key}, id, at, body)
	ok := false
	for one := range strings.FieldsSeq(h.Get("webhook-signature")) {
		ok = hmac.Equal([]byte(one), []byte(want)) || ok
	}
	if !ok {
		return badSignature()
	}
	var in outboundEvent
	if err := json.Unmarshal(body, &in); err != nil {
		return malformed("The body is not the JSON of an event.")
	}
	return s.happened(c, auditdb.Actor{}, in, id)
}

func badSignature() *Problem {
	return newProblem(http.StatusUnauthorized, codeUnauthenticated, "The webhook is not signed by this source, or too long ago.")
}

// keyMistaken words the refusal of a key that was used for something else.
func keyMistaken(err error) error {
	if errors.Is(err, campaigndb.ErrKeyUsed) {
		return keyReused()
	}
	return err
}

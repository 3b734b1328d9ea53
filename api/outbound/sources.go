package outbound

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

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/webhook"
)

// pathOutboundEvents is where other systems send events with a signature.
const pathOutboundEvents = "/webhooks/outbound/{key}/events"

// sourceView is a source with the address of its webhook. Secret is shown once,
// when it is made.
type sourceView struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	URL       string    `json:"url"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Server) showSource(o campaigndb.Source) sourceView {
	return sourceView{ID: o.ID, Name: o.Name, URL: s.PublicURL + strings.Replace(pathOutboundEvents, "{key}", o.Key, 1),
		CreatedAt: o.CreatedAt}
}

func (s *Server) listSources(c echo.Context) error {
	list, err := s.Store.Campaign.Sources(c.Request().Context())
	if err != nil {
		return err
	}
	out := httpx.List[sourceView]{Items: []sourceView{}}
	for _, o := range list {
		out.Items = append(out.Items, s.showSource(o))
	}
	return c.JSON(http.StatusOK, out)
}

// newSource: {"name": "Case system"}
type newSource struct {
	Name string `json:"name"`
}

func (s *Server) createSource(c echo.Context) error {
	var in newSource
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if k.Text("name", in.Name, 1, 100); k.Errs != nil {
		return k.Err()
	}
	key := webhook.NewKey()
	made, err := s.Store.Campaign.CreateSource(c.Request().Context(), core.IdentityOf(c).Actor(), in.Name, secret.NewToken(), key)
	if err != nil {
		return err
	}
	v := s.showSource(made)
	v.Secret = webhook.FormatKey(key)
	return c.JSON(http.StatusCreated, v)
}

func (s *Server) deleteSource(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteSource(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// signedWithin is how far the time of a signed webhook may be from ours.
const signedWithin = 5 * time.Minute

// takeEvent takes an event by a webhook that is signed as ours to others are:
// webhook-id, webhook-timestamp and webhook-signature. The id is the key under
// which a repeat sends nothing.
func (s *Server) takeEvent(c echo.Context) error {
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
	if err != nil || id == "" || len(id) > httpx.MaxKey || math.Abs(s.Now().Sub(at).Seconds()) > signedWithin.Seconds() {
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
		return httpx.Malformed("The body is not the JSON of an event.")
	}
	return s.happened(c, auditdb.Actor{}, in, id)
}

func badSignature() *httpx.Problem {
	return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeUnauthenticated,
		"The webhook is not signed by this source, or too long ago.")
}

// keyMistaken words the refusal of a key that was used for something else.
func keyMistaken(err error) error {
	if errors.Is(err, campaigndb.ErrKeyUsed) {
		return httpx.KeyReused()
	}
	return err
}

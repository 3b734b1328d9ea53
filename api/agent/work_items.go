package agent

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/workitemdb"
	"switchboard/webhook"
)

// newWorkItem: {"workstream_id": "…", "title": "Call from Ada", "attributes": {"topic": "invoice"},
// "external_id": "call-17", "callback_url": "https://pbx.example.com/hook"}
type newWorkItem struct {
	WorkstreamID uuid.UUID      `json:"workstream_id"`
	Title        string         `json:"title"`
	ExternalID   string         `json:"external_id"`
	CustomerName string         `json:"customer_name"`
	ContactID    uuid.NullUUID  `json:"contact_id"`
	Attributes   map[string]any `json:"attributes"`
	Priority     *int           `json:"priority"`
	CallbackURL  string         `json:"callback_url"`
}

const maxExternalID = 200

func (in newWorkItem) check() error {
	var k httpx.Checks
	k.Required("workstream_id", in.WorkstreamID)
	k.Text("title", in.Title, 1, 200)
	k.Text("external_id", in.ExternalID, 0, maxExternalID)
	k.Text("customer_name", in.CustomerName, 0, 200)
	if in.Priority != nil {
		k.Number("priority", *in.Priority, 0, 1_000_000)
	}
	return k.Err()
}

// fingerprint is the same for the same request.
func (in newWorkItem) fingerprint() ([]byte, error) {
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("fingerprint: %w", err)
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// workItemView is a work item, and once the key that signs what its creator is
// told.
type workItemView struct {
	workitemdb.WorkItem
	CallbackSecret *string `json:"callback_secret"` // null: it was shown before, or there is no callback
}

// createWorkItem routes work that is no message of ours: 201 made, 200 the first
// one under the same key or external id.
func (s *Server) createWorkItem(c echo.Context) error {
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in newWorkItem
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	fingerprint, err := in.fingerprint()
	if err != nil {
		return err
	}
	if in.ExternalID == "" {
		in.ExternalID = uuid.NewString()
	}
	w, callback, repeated, err := s.Store.WorkItem.CreateWorkItem(c.Request().Context(), core.IdentityOf(c).Actor(),
		workitemdb.NewWorkItem{
			Workstream: in.WorkstreamID, ExternalID: in.ExternalID, Title: in.Title, Name: in.CustomerName, Attributes: in.Attributes,
			Priority: in.Priority, Contact: in.ContactID, CallbackURL: in.CallbackURL, CallbackKey: string(webhook.NewKey()),
			MayCall: mayCall, IdempotentKey: key, Fingerprint: fingerprint})
	if errors.Is(err, workitemdb.ErrKeyReused) {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeKeyReused,
			"This Idempotency-Key was used for another work item; use a new key.")
	}
	if err != nil {
		return err
	}
	out := workItemView{WorkItem: w}
	if callback != nil {
		secret := core.ShowSecret(*callback).Secret
		out.CallbackSecret = &secret
	}
	if !repeated {
		return c.JSON(http.StatusCreated, out)
	}
	return c.JSON(http.StatusOK, out)
}

// mayCall says why an address cannot be called back that no administrator has
// vouched for.
func mayCall(url string) error {
	var k httpx.Checks
	core.CheckWebhookURL(&k, "callback_url", url, false, nil)
	return k.Err()
}

// getWorkItem answers a work item to whoever may see its conversation.
func (s *Server) getWorkItem(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	w, err := s.Store.WorkItem.WorkItemByID(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, workItemView{WorkItem: w})
}

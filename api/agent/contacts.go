package agent

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/contact"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

const maxContactText = 200

// contactView is a contact with the ways to reach them.
type contactView struct {
	contactdb.Contact
	Points []contactdb.ContactPoint `json:"contact_points"`
}

func contactPlace(k contactdb.Contact) (time.Time, uuid.UUID) { return k.CreatedAt, k.ID }

func (s *Server) listContacts(c echo.Context) error {
	p, err := httpx.PageOf(c, "contacts")
	if err != nil {
		return err
	}
	q := c.QueryParam("q")
	var k httpx.Checks
	if k.Text("q", q, 0, httpx.MaxSearch); k.Errs != nil {
		return httpx.BadParameter("q", k.Errs[0].Reason)
	}
	list, err := s.Store.Contact.ContactsFor(c.Request().Context(), core.ViewerOf(c), q, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "contacts", p, list, contactPlace, httpx.Same)
}

func (s *Server) getContact(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	return s.answerContact(c, http.StatusOK, k)
}

// visibleContact is the contact of the path, if the sender may see it.
func (s *Server) visibleContact(c echo.Context) (contactdb.Contact, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return contactdb.Contact{}, err
	}
	return s.Store.Contact.ContactFor(c.Request().Context(), core.ViewerOf(c), id)
}

func (s *Server) answerContact(c echo.Context, status int, k contactdb.Contact) error {
	points, err := s.Store.Contact.ContactPoints(c.Request().Context(), k.ID)
	if err != nil {
		return err
	}
	return c.JSON(status, contactView{k, points})
}

// contactInput: {"name": "Ann Lee", "email": "ann@example.com", "phone": "+1 425 123-4567"}
type contactInput struct {
	Name         *string   `json:"name"`
	FirstName    *string   `json:"first_name"`
	LastName     *string   `json:"last_name"`
	Email        *string   `json:"email"`
	Phone        *string   `json:"phone"`
	Language     *string   `json:"language"`
	ExternalID   *string   `json:"external_id"`
	Conversation uuid.UUID `json:"conversation_id"` // of a new contact
}

func (in contactInput) check() error {
	var k httpx.Checks
	for field, v := range map[string]*string{"name": in.Name, "first_name": in.FirstName, "last_name": in.LastName,
		"phone": in.Phone, "external_id": in.ExternalID} {
		if v != nil {
			k.Text(field, *v, 0, maxContactText)
		}
	}
	if in.Email != nil && *in.Email != "" {
		k.Email("email", *in.Email)
	}
	if in.Language != nil && *in.Language != "" {
		k.Language("language", *in.Language)
	}
	return k.Err()
}

// apply writes the fields that were given; an empty one is not known any more.
func (in contactInput) apply(d *contact.Details) {
	httpx.Set(&d.Name, in.Name)
	httpx.Set(&d.FirstName, in.FirstName)
	httpx.Set(&d.LastName, in.LastName)
	httpx.Set(&d.Email, in.Email)
	httpx.Set(&d.Phone, in.Phone)
	httpx.Set(&d.Language, in.Language)
	httpx.Set(&d.ExternalID, in.ExternalID)
}

func (s *Server) createContact(c echo.Context) error {
	var in contactInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	conversation := uuid.NullUUID{UUID: in.Conversation, Valid: in.Conversation != uuid.Nil}
	if conversation.Valid {
		if _, err := s.Store.Conversation.ConversationFor(c.Request().Context(), core.ViewerOf(c), in.Conversation); err != nil {
			return err
		}
	}
	var d contact.Details
	in.apply(&d)
	k, err := s.Store.Contact.CreateContact(c.Request().Context(), core.IdentityOf(c).Actor(), d, conversation)
	if err != nil {
		return err
	}
	return s.answerContact(c, http.StatusCreated, k)
}

func (s *Server) changeContact(c echo.Context) error {
	before, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	var in contactInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Conversation != uuid.Nil {
		return httpx.Invalid(httpx.FieldError{Field: "conversation_id", Reason: "can be given for a new contact only"})
	}
	if err := in.check(); err != nil {
		return err
	}
	k, err := s.Store.Contact.ChangeContact(c.Request().Context(), core.IdentityOf(c).Actor(), before.ID, in.apply)
	if err != nil {
		return err
	}
	return s.answerContact(c, http.StatusOK, k)
}

// listTimeline is what a contact wrote on all channels, as far as the sender may
// see it.
func (s *Server) listTimeline(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "timeline")
	if err != nil {
		return err
	}
	list, err := s.Store.Message.Timeline(c.Request().Context(), core.ViewerOf(c), k.ID, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "timeline", p, list,
		func(r conversationdb.Conversation) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, s.showConversation)
}

// keysInput: {"phone": "+14251234567", "email": "ann@example.com"}
type keysInput struct {
	Phone      string `json:"phone"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id"`
}

// identified names the contact only when there is exactly one.
type identified struct {
	Contact *contactdb.Contact `json:"contact"`
	Matches int                `json:"matches"`
}

func (s *Server) identifyContact(c echo.Context) error {
	var in keysInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	for field, v := range map[string]string{"phone": in.Phone, "email": in.Email, "name": in.Name, "external_id": in.ExternalID} {
		k.Text(field, v, 0, 254)
	}
	if err := k.Err(); err != nil {
		return err
	}
	found, err := s.Store.Contact.IdentifyContact(c.Request().Context(),
		contact.Keys{Phone: in.Phone, Email: in.Email, Name: in.Name, ExternalID: in.ExternalID})
	if err != nil {
		return err
	}
	if in.Phone == "" && in.Email == "" && in.ExternalID == "" && found.Contact != nil { // a name alone proves nothing
		_, err := s.Store.Contact.ContactFor(c.Request().Context(), core.ViewerOf(c), found.Contact.ID)
		if errors.Is(err, pg.ErrNotFound) {
			found = contactdb.Identified{}
		} else if err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, identified{found.Contact, found.Matches})
}

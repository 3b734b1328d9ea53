package agent

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// contactLink: {"contact_id": "…"}
type contactLink struct {
	Contact uuid.UUID `json:"contact_id"`
}

func (s *Server) linkContact(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in contactLink
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if k.Required("contact_id", in.Contact); k.Errs != nil {
		return k.Err()
	}
	if err := s.Store.Contact.LinkContact(c.Request().Context(), core.IdentityOf(c).Actor(), conv.ID, in.Contact); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

func (s *Server) unlinkContact(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if err := s.Store.Contact.UnlinkContact(c.Request().Context(), core.IdentityOf(c).Actor(), conv.ID); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

// mergeInput: {"from": "…"}
type mergeInput struct {
	From uuid.UUID `json:"from"`
}

func (s *Server) mergeContacts(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	var in mergeInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var checks httpx.Checks
	if checks.Required("from", in.From); checks.Errs != nil {
		return checks.Err()
	}
	_, err = s.Store.Contact.ContactFor(c.Request().Context(), core.ViewerOf(c), in.From)
	if errors.Is(err, pg.ErrNotFound) {
		return httpx.Invalid(httpx.FieldError{Field: "from", Reason: "is no contact"})
	} else if err != nil {
		return err
	}
	m, err := s.Store.Contact.MergeContacts(c.Request().Context(), core.IdentityOf(c).Actor(), k.ID, in.From)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, m)
}

func (s *Server) listMerges(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "merges")
	if err != nil {
		return err
	}
	list, err := s.Store.Contact.Merges(c.Request().Context(), k.ID, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "merges", p, list, func(m contactdb.Merge) (time.Time, uuid.UUID) { return m.MergedAt, m.ID }, httpx.Same)
}

func (s *Server) revertMerge(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	m, err := s.Store.Contact.RevertMerge(c.Request().Context(), core.IdentityOf(c).Actor(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, m)
}

package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/contactdb"
)

// contactLink: {"contact_id": "…"}
type contactLink struct {
	Contact uuid.UUID `json:"contact_id"`
}

func (s *server) linkContact(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in contactLink
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if k.required("contact_id", in.Contact); k.errs != nil {
		return k.err()
	}
	if err := s.Store.Contact.LinkContact(c.Request().Context(), IdentityOf(c).Actor(), conv.ID, in.Contact); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

func (s *server) unlinkContact(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if err := s.Store.Contact.UnlinkContact(c.Request().Context(), IdentityOf(c).Actor(), conv.ID); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

// mergeInput: {"from": "…"}
type mergeInput struct {
	From uuid.UUID `json:"from"`
}

func (s *server) mergeContacts(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in mergeInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if k.required("from", in.From); k.errs != nil {
		return k.err()
	}
	m, err := s.Store.Contact.MergeContacts(c.Request().Context(), IdentityOf(c).Actor(), id, in.From)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, m)
}

func (s *server) listMerges(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := pageOf(c, "merges")
	if err != nil {
		return err
	}
	list, err := s.Store.Contact.Merges(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return answerList(c, "merges", p, list, func(m contactdb.Merge) (time.Time, uuid.UUID) { return m.MergedAt, m.ID }, same)
}

func (s *server) revertMerge(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	m, err := s.Store.Contact.RevertMerge(c.Request().Context(), IdentityOf(c).Actor(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, m)
}

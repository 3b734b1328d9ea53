package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/routing"
	"switchboard/store/configdb"
)

func (s *server) listVariables(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := pageOf(c, "context-variables")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.ContextVariables(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return answerList(c, "context-variables", p, list, func(v configdb.ContextVariable) (time.Time, uuid.UUID) { return v.CreatedAt, v.ID }, same)
}

func (s *server) getVariable(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	v, err := s.Store.Config.ContextVariableByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v)
}

// variableInput: {"name": "order number", "type": "text"}
type variableInput struct {
	Name *string       `json:"name"`
	Type *routing.Type `json:"type"`
}

func (in variableInput) apply(v *configdb.ContextVariable) error {
	set(&v.Name, in.Name)
	set(&v.Type, in.Type)
	var k checks
	k.text("name", v.Name, 1, routing.MaxVariableName)
	k.oneOf("type", string(v.Type), string(routing.Text), string(routing.Number))
	return k.err()
}

func (s *server) createVariable(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in variableInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v := configdb.ContextVariable{Workstream: id}
	if err := in.apply(&v); err != nil {
		return err
	}
	v, err = s.Store.Config.CreateContextVariable(c.Request().Context(), IdentityOf(c).Actor(), v)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, v)
}

func (s *server) changeVariable(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in variableInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.Store.Config.ChangeContextVariable(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v)
}

func (s *server) deleteVariable(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Config.DeleteContextVariable(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

package admin

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/routing"
	"switchboard/store/configdb"
)

func (s *Server) listVariables(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "context-variables")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.ContextVariables(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "context-variables", p, list,
		func(v configdb.ContextVariable) (time.Time, uuid.UUID) { return v.CreatedAt, v.ID }, httpx.Same)
}

func (s *Server) getVariable(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
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
	httpx.Set(&v.Name, in.Name)
	httpx.Set(&v.Type, in.Type)
	var k httpx.Checks
	k.Text("name", v.Name, 1, routing.MaxVariableName)
	k.OneOf("type", string(v.Type), string(routing.Text), string(routing.Number))
	return k.Err()
}

func (s *Server) createVariable(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in variableInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	v := configdb.ContextVariable{Workstream: id}
	if err := in.apply(&v); err != nil {
		return err
	}
	v, err = s.Store.Config.CreateContextVariable(c.Request().Context(), core.IdentityOf(c).Actor(), v)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, v)
}

func (s *Server) changeVariable(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in variableInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	v, err := s.Store.Config.ChangeContextVariable(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v)
}

func (s *Server) deleteVariable(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Config.DeleteContextVariable(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

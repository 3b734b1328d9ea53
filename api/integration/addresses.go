package integration

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/domain/campaign"
	"switchboard/store/admindb"
)

func (s *Server) listAddresses(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "addresses")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Addresses(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "addresses", p, list,
		func(a admindb.Address) (time.Time, uuid.UUID) { return a.CreatedAt, a.ID }, httpx.Same)
}

// newAddress: {"channel": "sms", "address": "+12028831111", "name": "Support", "workstream_id": "…"}
type newAddress struct {
	Channel      string                    `json:"channel"`
	Address      string                    `json:"address"`
	Name         string                    `json:"name"`
	WorkstreamID *uuid.UUID                `json:"workstream_id"`
	Language     string                    `json:"language"`
	HoursID      httpx.Optional[uuid.UUID] `json:"operating_hours_id"`
}

func (s *Server) createAddress(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in newAddress
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	a, err := s.Store.Config.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	p, err := s.Providers.Get(a.Provider)
	if err != nil {
		return httpx.Unavailable("This provider is not served here.", 0)
	}
	var k httpx.Checks
	k.OneOf("channel", in.Channel, slices.Sorted(maps.Keys(p.Channels()))...)
	k.Text("address", in.Address, 0, 200)
	if n, ok := p.(channel.Numberer); ok && k.Errs == nil {
		own, err := n.Own(in.Channel, in.Address)
		if err != nil {
			k.Add("address", err.Error())
		}
		in.Address = own
	}
	k.Text("name", in.Name, 0, 100)
	if in.Language == "" {
		in.Language = autotext.DefaultLanguage
	}
	k.Language("language", in.Language)
	if err := k.Err(); err != nil {
		return err
	}
	row := admindb.Address{Account: id, Channel: in.Channel, Address: in.Address, Name: in.Name, Workstream: a.Workstream,
		Language: in.Language, OperatingHours: httpx.NullID(in.HoursID)}
	httpx.Set(&row.Workstream, in.WorkstreamID)
	made, err := s.Store.Admin.CreateAddress(ctx, core.IdentityOf(c).Actor(), row)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

// addressChange: {"name": "Support", "workstream_id": "…", "stop_words": ["SEIS"], "send_rate": 50}
type addressChange struct {
	StopWords    httpx.Optional[[]string]  `json:"stop_words"`
	StartWords   httpx.Optional[[]string]  `json:"start_words"`
	SendRate     httpx.Optional[int]       `json:"send_rate"`
	Name         *string                   `json:"name"`
	WorkstreamID *uuid.UUID                `json:"workstream_id"`
	Language     *string                   `json:"language"`
	HoursID      httpx.Optional[uuid.UUID] `json:"operating_hours_id"`
}

func (s *Server) getAddress(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	address, err := httpx.PathID(c, "address_id")
	if err != nil {
		return err
	}
	a, err := s.Store.Admin.AddressByID(c.Request().Context(), id, address)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

func (s *Server) changeAddress(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	address, err := httpx.PathID(c, "address_id")
	if err != nil {
		return err
	}
	var in addressChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if in.Name != nil {
		k.Text("name", *in.Name, 0, 100)
	}
	if in.Language != nil {
		k.Language("language", *in.Language)
	}
	checkWords(&k, "stop_words", in.StopWords)
	checkWords(&k, "start_words", in.StartWords)
	if r := in.SendRate.Value; r != nil {
		k.Number("send_rate", *r, 1, 10_000)
	}
	if k.Errs != nil {
		return k.Err()
	}
	change := admindb.AddressChange{Name: in.Name, Language: in.Language, Workstream: in.WorkstreamID}
	if in.HoursID.Given {
		to := httpx.NullID(in.HoursID)
		change.OperatingHours = &to
	}
	if in.SendRate.Given {
		change.SendRate = &in.SendRate.Value
	}
	change.StopWords, change.StartWords = words(in.StopWords), words(in.StartWords)
	a, err := s.Store.Admin.ChangeAddress(c.Request().Context(), core.IdentityOf(c).Actor(), id, address, change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

const maxWords = 100

func checkWords(k *httpx.Checks, field string, n httpx.Optional[[]string]) {
	if n.Value == nil {
		return
	}
	if len(*n.Value) > maxWords {
		k.Add(field, fmt.Sprintf("are more than %d", maxWords))
	}
	for i, w := range *n.Value {
		k.Text(fmt.Sprintf("%s[%d]", field, i), w, 1, campaign.MaxWord)
	}
}

// words are what is to be stored; nil if nothing was given.
func words(n httpx.Optional[[]string]) *admindb.Strings {
	if !n.Given {
		return nil
	}
	var list admindb.Strings
	if n.Value != nil {
		list = append(admindb.Strings{}, *n.Value...)
	}
	return &list
}

func (s *Server) deleteAddress(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	address, err := httpx.PathID(c, "address_id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteAddress(c.Request().Context(), core.IdentityOf(c).Actor(), id, address); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

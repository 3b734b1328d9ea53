package admin

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/lib/pq"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/configdb"
)

func (s *Server) listWorkstreams(c echo.Context) error {
	p, err := httpx.PageOf(c, "workstreams")
	if err != nil {
		return err
	}
	archived, err := archivedOf(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Workstreams(c.Request().Context(), archived, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "workstreams", p, list,
		func(w configdb.Workstream) (time.Time, uuid.UUID) { return w.CreatedAt, w.ID }, httpx.Same)
}

func (s *Server) getWorkstream(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	w, err := s.Store.Admin.WorkstreamByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, w)
}

// workstreamInput: {"name": "LINE", "mode": "push", "queue_id": "…", "fallback_queue_id": "…", "offer_timeout": 120}
type workstreamInput struct {
	Name             *string                   `json:"name"`
	Mode             *string                   `json:"mode"`
	CapacityUnits    *int                      `json:"capacity_units"`
	AllowedPresences *[]string                 `json:"allowed_presences"`
	OfferTimeout     *int                      `json:"offer_timeout"`
	ReofferAfter     *int                      `json:"reoffer_after"`
	MaxOffers        *int                      `json:"max_offers"`
	Style            *string                   `json:"style"`
	OpenTimeout      httpx.Optional[int]       `json:"open_timeout"`
	ActiveTimeout    httpx.Optional[int]       `json:"active_timeout"`
	WaitingTimeout   httpx.Optional[int]       `json:"waiting_timeout"`
	WrapUpTimeout    httpx.Optional[int]       `json:"wrap_up_timeout"`
	WrapUpBlocks     *bool                     `json:"wrap_up_blocks"`
	WrapUpBlockFor   *int                      `json:"wrap_up_block_for"`
	FollowUpAfter    *int                      `json:"follow_up_after"`
	SameAgent        *bool                     `json:"same_agent"`
	SamePatience     *int                      `json:"same_agent_patience"`
	ReleaseGone      httpx.Optional[bool]      `json:"release_on_disconnect"`
	WindowNotice     *int                      `json:"window_notice"`
	AwayTimeout      httpx.Optional[int]       `json:"away_timeout"`
	ReconnectFor     *int                      `json:"reconnect_for"`
	SendTimeout      *int                      `json:"send_timeout"`
	CustomerFiles    *bool                     `json:"customer_files"`
	AgentFiles       *bool                     `json:"agent_files"`
	MaxFileBytes     httpx.Optional[int64]     `json:"max_file_bytes"`
	BlockedFiles     *[]string                 `json:"blocked_files"`
	MissedInactive   *bool                     `json:"missed_inactive"`
	RejectedDND      *bool                     `json:"rejected_dnd"`
	ConsultAnyone    *bool                     `json:"consult_anyone"`
	ConsultCapacity  *bool                     `json:"consult_takes_capacity"`
	MustDispose      *bool                     `json:"disposition_required"`
	CapacityProfile  httpx.Optional[uuid.UUID] `json:"capacity_profile_id"`
	QueueID          *uuid.UUID                `json:"queue_id"`
	FallbackQueueID  *uuid.UUID                `json:"fallback_queue_id"`
	Archived         *bool                     `json:"archived"`
}

// defaultWorkstream has what the schema's defaults have.
func defaultWorkstream() configdb.Workstream {
	return configdb.Workstream{CapacityUnits: 1, AllowedPresences: pq.StringArray{"available", "busy"}, OfferTimeout: 120, ReofferAfter: 30,
		MaxOffers: 3, Style: string(conversation.Messaging), WrapUpBlocks: true, SameAgent: true, SamePatience: 120, WindowNotice: 3600,
		SendTimeout: 600, CustomerFiles: true, AgentFiles: true, BlockedFiles: pq.StringArray{}}
}

// apply puts the given fields into w and checks the whole.
func (in workstreamInput) apply(w *configdb.Workstream) error {
	httpx.Set(&w.Name, in.Name)
	httpx.Set(&w.Mode, in.Mode)
	httpx.Set(&w.CapacityUnits, in.CapacityUnits)
	if in.AllowedPresences != nil {
		w.AllowedPresences = append(pq.StringArray{}, *in.AllowedPresences...)
	}
	httpx.Set(&w.OfferTimeout, in.OfferTimeout)
	httpx.Set(&w.ReofferAfter, in.ReofferAfter)
	httpx.Set(&w.MaxOffers, in.MaxOffers)
	if in.CapacityProfile.Given {
		w.CapacityProfile = httpx.NullID(in.CapacityProfile)
	}
	httpx.Set(&w.Queue, in.QueueID)
	httpx.Set(&w.FallbackQueue, in.FallbackQueueID)
	if w.FallbackQueue == uuid.Nil {
		w.FallbackQueue = w.Queue
	}
	in.applyLife(w)
	httpx.Set(&w.Archived, in.Archived)
	httpx.Set(&w.SendTimeout, in.SendTimeout)
	httpx.Set(&w.CustomerFiles, in.CustomerFiles)
	httpx.Set(&w.AgentFiles, in.AgentFiles)
	httpx.Set(&w.MissedInactive, in.MissedInactive)
	httpx.Set(&w.RejectedDND, in.RejectedDND)
	httpx.Set(&w.ConsultAnyone, in.ConsultAnyone)
	httpx.Set(&w.ConsultCapacity, in.ConsultCapacity)
	httpx.Set(&w.MustDispose, in.MustDispose)
	in.MaxFileBytes.Into(&w.MaxFileBytes)
	if in.BlockedFiles != nil {
		w.BlockedFiles = append(pq.StringArray{}, *in.BlockedFiles...)
	}
	return checkWorkstream(*w)
}

// applyLife puts in what decides how long a conversation is in which state.
func (in workstreamInput) applyLife(w *configdb.Workstream) {
	httpx.Set(&w.Style, in.Style)
	in.OpenTimeout.Into(&w.OpenTimeout)
	in.ActiveTimeout.Into(&w.ActiveTimeout)
	in.WaitingTimeout.Into(&w.WaitingTimeout)
	in.WrapUpTimeout.Into(&w.WrapUpTimeout)
	httpx.Set(&w.WrapUpBlocks, in.WrapUpBlocks)
	httpx.Set(&w.WrapUpBlockFor, in.WrapUpBlockFor)
	httpx.Set(&w.FollowUpAfter, in.FollowUpAfter)
	httpx.Set(&w.SameAgent, in.SameAgent)
	httpx.Set(&w.SamePatience, in.SamePatience)
	in.ReleaseGone.Into(&w.ReleaseGone)
	httpx.Set(&w.WindowNotice, in.WindowNotice)
	in.AwayTimeout.Into(&w.AwayTimeout)
	httpx.Set(&w.ReconnectFor, in.ReconnectFor)
}

const (
	yearSeconds = 366 * 24 * 3600
	maxUnits    = 1000
)

func checkWorkstream(w configdb.Workstream) error {
	var k httpx.Checks
	k.Text("name", w.Name, 1, 100)
	k.OneOf("mode", w.Mode, "push", "pick")
	k.Number("capacity_units", w.CapacityUnits, 0, maxUnits)
	if len(w.AllowedPresences) == 0 {
		k.Add("allowed_presences", "must have at least one; else nobody could be offered anything")
	}
	for _, p := range w.AllowedPresences {
		k.OneOf("allowed_presences", p, "available", "busy", "do_not_disturb", "away")
	}
	k.Number("offer_timeout", w.OfferTimeout, 1, yearSeconds)
	k.Number("reoffer_after", w.ReofferAfter, 0, yearSeconds)
	k.Number("max_offers", w.MaxOffers, 1, 1000)
	k.OneOf("style", w.Style, string(conversation.Messaging), string(conversation.Persistent), string(conversation.Live))
	for field, v := range map[string]*int{"open_timeout": w.OpenTimeout, "active_timeout": w.ActiveTimeout,
		"waiting_timeout": w.WaitingTimeout, "wrap_up_timeout": w.WrapUpTimeout, "wrap_up_block_for": &w.WrapUpBlockFor,
		"follow_up_after": &w.FollowUpAfter, "window_notice": &w.WindowNotice, "away_timeout": w.AwayTimeout,
		"reconnect_for": &w.ReconnectFor} {
		if v != nil {
			k.Number(field, *v, 0, yearSeconds)
		}
	}
	k.Number("same_agent_patience", w.SamePatience, 1, yearSeconds)
	k.Number("send_timeout", w.SendTimeout, 1, yearSeconds)
	if w.MaxFileBytes != nil && *w.MaxFileBytes < 1 {
		k.Add("max_file_bytes", "must be at least 1, or null for the installation's limit")
	}
	for i, b := range w.BlockedFiles {
		if !blockedForm.MatchString(b) {
			k.Add(fmt.Sprintf("blocked_files[%d]", i), "must be a type such as image/svg+xml or video/*, or an extension such as .exe")
		}
	}
	k.Required("queue_id", w.Queue)
	return k.Err()
}

var blockedForm = regexp.MustCompile(`^(\.[a-z0-9]{1,16}|[a-z0-9.+-]+/(\*|[a-z0-9.+-]+))$`)

func (s *Server) createWorkstream(c echo.Context) error {
	var in workstreamInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	w := defaultWorkstream()
	if err := in.apply(&w); err != nil {
		return err
	}
	w, err := s.Store.Admin.CreateWorkstream(c.Request().Context(), core.IdentityOf(c).Actor(), w)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, w)
}

func (s *Server) changeWorkstream(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in workstreamInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	change := s.Store.Admin.ChangeWorkstream
	if in.Archived != nil && *in.Archived {
		change = s.Store.Admin.ArchiveWorkstream
	}
	w, err := change(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	s.Widgets.Forget()
	return c.JSON(http.StatusOK, w)
}

func (s *Server) deleteWorkstream(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteWorkstream(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

package agent

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/domain/routing"
	"switchboard/store/conversationdb"
)

// conversationView is a conversation as the desk shows it. Times that did not
// happen are null.
type conversationView struct {
	ID             uuid.UUID                   `json:"id"`
	State          string                      `json:"state"`
	Version        int64                       `json:"version"`
	Channel        string                      `json:"channel"`
	Title          *string                     `json:"title"`
	Provider       string                      `json:"provider"`
	Account        httpx.Named                 `json:"account"`
	AccountPaused  bool                        `json:"account_paused"`
	Address        addressView                 `json:"address"`
	Workstream     httpx.Named                 `json:"workstream"`
	Style          string                      `json:"style"`
	Customer       customerView                `json:"customer"`
	Contact        *httpx.Named                `json:"contact"`
	Queue          *httpx.Named                `json:"queue"`
	Agent          *httpx.Named                `json:"agent"`
	Offer          *offerView                  `json:"offer"`
	Window         windowView                  `json:"window"`
	Priority       int                         `json:"priority"`
	PriorityLevel  routing.Level               `json:"priority_level"`
	Tags           json.RawMessage             `json:"tags"`
	SnoozedUntil   *time.Time                  `json:"snoozed_until"`
	Transfer       json.RawMessage             `json:"transfer"` // who gave it away, and what they said
	Disposition    *httpx.Named                `json:"disposition"`
	MustDispose    bool                        `json:"disposition_required"`
	PreviousID     uuid.NullUUID               `json:"previous_id"`
	LastSeq        int64                       `json:"last_seq"`
	InboundSeq     int64                       `json:"inbound_seq"`
	LastMessage    *lastMessage                `json:"last_message"`
	WaitingSince   *time.Time                  `json:"waiting_since"`
	Skills         json.RawMessage             `json:"skills"`
	DeclinedByAll  *time.Time                  `json:"declined_by_all_at"`
	Hold           *string                     `json:"hold"`       // why it is not in its queue yet
	HeldUntil      *time.Time                  `json:"held_until"` // and until when
	LastInboundAt  *time.Time                  `json:"last_inbound_at"`
	LastActivityAt time.Time                   `json:"last_activity_at"`
	AcceptedAt     *time.Time                  `json:"accepted_at"`
	EndedAt        *time.Time                  `json:"ended_at"`
	ClosedAt       *time.Time                  `json:"closed_at"`
	CloseReason    *string                     `json:"close_reason"`
	ParkedAt       *time.Time                  `json:"parked_at"`
	Unanswered     *time.Time                  `json:"unanswered_since"`
	CustomerAway   *time.Time                  `json:"customer_away_since"`
	Participants   conversationdb.Participants `json:"participants"`
	CreatedAt      time.Time                   `json:"created_at"`
}

type addressView struct {
	ID      uuid.UUID `json:"id"`
	Address string    `json:"address"`
	Name    string    `json:"name"`
}

type customerView struct {
	ContactPointID uuid.UUID     `json:"contact_point_id"`
	ContactID      uuid.NullUUID `json:"contact_id"`
	Name           string        `json:"name"`
	ExternalID     string        `json:"external_id"`
	ProfileName    string        `json:"profile_name"`
	PictureURL     string        `json:"picture_url"`
	Language       string        `json:"language"`
	OptedOut       bool          `json:"opted_out"`
}

type offerView struct {
	ID        uuid.UUID  `json:"id"`
	AgentID   uuid.UUID  `json:"agent_id"`
	AgentName string     `json:"agent_name"`
	ExpiresAt *time.Time `json:"expires_at"`
}

type lastMessage struct {
	Type      string     `json:"type"`
	Direction string     `json:"direction"`
	Text      string     `json:"text"`
	At        *time.Time `json:"at"`
}

// windowView says how the customer can be written to now: "text" is anything,
// "human" what a person typed, "template" an approved template.
type windowView struct {
	Open             bool                `json:"open"`
	ClosesAt         *time.Time          `json:"closes_at"` // null: never, or nothing to close
	RemainingSeconds *int64              `json:"remaining_seconds"`
	Remaining        *int                `json:"remaining"` // answers left in this window; null: any number
	Allowed          []conversation.Mode `json:"allowed"`
}

// windowPolicy is what a channel says about reply windows.
func windowPolicy(c channel.Caps) conversation.Policy {
	return conversation.Policy{Window: c.Window, HumanWindow: c.HumanWindow, WindowMessages: c.WindowSends, Templates: c.Templates}
}

// windowOf applies the domain's rule of the reply window, to the instant.
func (s *Server) windowOf(c conversationdb.Conversation) windowView {
	p, err := s.Providers.Get(c.Provider)
	if err != nil {
		return windowView{Allowed: []conversation.Mode{}} // nothing can be sent from here
	}
	st := conversation.State{Sent: c.WindowSent, Policy: windowPolicy(p.Channels()[c.Channel])}
	if c.LastInboundAt != nil {
		st.InboundAt = *c.LastInboundAt
	}
	w := st.ReplyWindow(s.Now())
	v := windowView{Open: w.Open, Remaining: w.Remaining, Allowed: append([]conversation.Mode{}, w.Allowed...)}
	if !w.ClosesAt.IsZero() {
		seconds := max(0, int64(w.ClosesAt.Sub(s.Now())/time.Second))
		v.ClosesAt, v.RemainingSeconds = &w.ClosesAt, &seconds
	}
	return v
}

func (s *Server) showConversation(c conversationdb.Conversation) conversationView {
	v := conversationView{
		ID: c.ID, State: c.State, Version: c.Version, Channel: c.Channel, Title: c.Title, Provider: c.Provider,
		Account: httpx.Named{ID: c.Account, Name: c.AccountName}, AccountPaused: c.AccountPaused,
		Address: addressView{c.AddressID, c.Address, c.AddressName}, Workstream: httpx.Named{ID: c.Workstream, Name: c.WorkstreamName},
		Style: c.Style,
		Customer: customerView{c.ContactPoint, c.Contact, c.CustomerName, c.ExternalID, c.PointName, c.PictureURL, c.PointLanguage,
			c.OptedOut},
		Contact: namedOrNull(c.Contact, c.ContactName), Queue: namedOrNull(c.Queue, c.QueueName),
		Agent: namedOrNull(c.Agent, c.AgentName), Window: s.windowOf(c), Priority: c.Priority,
		PriorityLevel: routing.LevelOf(c.Priority), Tags: c.Tags, SnoozedUntil: c.Snoozed, Transfer: c.Transfer,
		Disposition: namedOrNull(c.Disposition, c.DispositionOf), MustDispose: c.MustDispose, PreviousID: c.Previous,
		LastSeq: c.LastSeq, InboundSeq: c.InboundSeq, Skills: c.Skills, DeclinedByAll: c.DeclinedByAll, Hold: c.Hold,
		HeldUntil: c.HeldUntil, WaitingSince: c.WaitingSince, LastInboundAt: c.LastInboundAt, LastActivityAt: c.LastActivityAt,
		AcceptedAt: c.AcceptedAt, EndedAt: c.EndedAt, ClosedAt: c.ClosedAt, CloseReason: c.CloseReason, ParkedAt: c.ParkedAt,
		Unanswered: c.Unanswered, CustomerAway: c.AwaySince, Participants: c.Beside, CreatedAt: c.CreatedAt,
	}
	if c.OfferID.Valid {
		v.Offer = &offerView{ID: c.OfferID.UUID, AgentID: c.OfferAgent.UUID, ExpiresAt: c.OfferExpires}
		httpx.Set(&v.Offer.AgentName, c.OfferAgentName)
	}
	if c.LastType != nil {
		v.LastMessage = &lastMessage{Type: *c.LastType, At: c.LastAt}
		httpx.Set(&v.LastMessage.Direction, c.LastDirection)
		httpx.Set(&v.LastMessage.Text, c.LastText)
	}
	return v
}

func namedOrNull(id uuid.NullUUID, name *string) *httpx.Named {
	if !id.Valid {
		return nil
	}
	n := httpx.Named{ID: id.UUID}
	httpx.Set(&n.Name, name)
	return &n
}

// listConversations: mine is what the asking agent has; participating where they
// advise, watch or are asked to; open what waits in their queues, offered to others
// or not; offered what is offered to them; closed what they closed today. Supervisors
// see all that is open, and all that closed.
func (s *Server) listConversations(c echo.Context) error {
	view := c.QueryParam("view")
	if view == "" && !core.ViewerOf(c).Scope.None() {
		view = viewAll
	}
	p, err := httpx.PageOf(c, view)
	if err != nil {
		return err
	}
	if view == viewAll && !core.ViewerOf(c).Scope.None() {
		return s.listAllConversations(c, p)
	}
	if err := noFilters(c); err != nil {
		return err
	}
	var list []conversationdb.Conversation
	v, ctx := core.ViewerOf(c), c.Request().Context()
	place := func(r conversationdb.Conversation) (time.Time, uuid.UUID) { return waitingPlace(r), r.ID }
	switch {
	case view == "mine":
		place = func(r conversationdb.Conversation) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }
		list, err = s.Store.Conversation.MyConversations(ctx, v.Agent, p)
	case view == "open" && !v.Scope.None():
		list, err = s.Store.Conversation.AllOpenConversations(ctx, v, p)
	case view == "open":
		list, err = s.Store.Conversation.OpenConversations(ctx, v.Agent, p)
	case view == "offered":
		list, err = s.Store.Conversation.OfferedConversations(ctx, v.Agent, p)
	case view == "participating":
		place = func(r conversationdb.Conversation) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }
		list, err = s.Store.Conversation.ParticipatingConversations(ctx, v.Agent, p)
	case view == "closed" && !v.Scope.None():
		place = closedPlace
		list, err = s.Store.Conversation.AllClosedConversations(ctx, v.Scope, time.Unix(0, 0), p)
	case view == "closed":
		place = closedPlace
		var since time.Time
		if since, err = s.midnight(c.QueryParam("time_zone")); err != nil {
			return err
		}
		list, err = s.Store.Conversation.ClosedConversations(ctx, v.Agent, since, p)
	default:
		return httpx.BadParameter("view", "must be one of mine, participating, open, offered, closed; supervisors have all, too")
	}
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, view, p, list, place, s.showConversation)
}

func waitingPlace(r conversationdb.Conversation) time.Time {
	if r.WaitingSince != nil {
		return *r.WaitingSince
	}
	return r.CreatedAt
}

func closedPlace(r conversationdb.Conversation) (time.Time, uuid.UUID) {
	if r.ClosedAt == nil {
		return time.Time{}, r.ID
	}
	return *r.ClosedAt, r.ID
}

// midnight is when today began where the asking person is; zone may be empty.
func (s *Server) midnight(zone string) (time.Time, error) {
	at := s.Location
	if zone != "" {
		var err error
		if at, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return time.Time{}, httpx.BadParameter("time_zone", "must be the name of a time zone, such as Europe/Tallinn")
		}
	}
	y, m, d := s.Now().In(at).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at), nil
}

func (s *Server) getConversation(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.showConversation(conv))
}

// visibleConversation is the conversation of the path, if the sender may see it.
func (s *Server) visibleConversation(c echo.Context) (conversationdb.Conversation, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return conversationdb.Conversation{}, err
	}
	return s.Store.Conversation.ConversationFor(c.Request().Context(), core.ViewerOf(c), id)
}

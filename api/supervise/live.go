package supervise

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/metric"
	"switchboard/store/livedb"
)

// row is one line of the wallboard. Of a channel it has only the name.
type row struct {
	ID        *uuid.UUID     `json:"id"` // null: a channel, or conversations without a queue
	Name      *string        `json:"name"`
	Online    *int           `json:"agents_online"` // null: not of a queue
	Available *int           `json:"agents_available"`
	Expected  *float64       `json:"expected_wait_seconds"`
	Level     string         `json:"level"`
	Figures   livedb.Figures `json:"figures"`
}

// normal is the level of what has no thresholds.
const normal = "normal"

type board struct {
	At    time.Time      `json:"at"`
	By    string         `json:"by"`
	Total livedb.Figures `json:"total"`
	Rows  []row          `json:"rows"`
}

// figures answers how many conversations stand how, of each queue, workstream or
// channel.
func (s *Server) figures(c echo.Context) error {
	by := c.QueryParam("by")
	if by == "" {
		by = "queue"
	}
	rows, err := s.rows(c, by)
	if err != nil {
		return err
	}
	out := board{At: s.Now(), By: by, Rows: rows}
	for _, r := range rows {
		out.Total.Add(r.Figures)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) rows(c echo.Context, by string) ([]row, error) {
	ctx, scope, rows := c.Request().Context(), core.ViewerOf(c).Scope, []row{}
	switch by {
	case "queue":
		list, err := s.Store.Live.ByQueue(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, q := range list {
			r := row{Name: q.Name, Level: q.Level, Figures: q.Figures}
			if q.ID.Valid {
				r.ID, r.Online, r.Available, r.Expected = &q.ID.UUID, &q.Online, &q.Available, q.Expected
			}
			rows = append(rows, r)
		}
	case "workstream":
		list, err := s.Store.Live.ByWorkstream(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			rows = append(rows, row{ID: &w.ID, Name: &w.Name, Level: normal, Figures: w.Figures})
		}
	case "channel":
		list, err := s.Store.Live.ByChannel(ctx, scope)
		if err != nil {
			return nil, err
		}
		for _, ch := range list {
			rows = append(rows, row{Name: &ch.Channel, Level: normal, Figures: ch.Figures})
		}
	default:
		return nil, httpx.BadParameter("by", "must be one of queue, workstream, channel")
	}
	return rows, nil
}

// conversationView is an ongoing conversation in a list.
type conversationView struct {
	ID             uuid.UUID       `json:"id"`
	State          string          `json:"state"`
	Channel        string          `json:"channel"`
	Customer       string          `json:"customer_name"`
	ExternalID     string          `json:"external_id"`
	Workstream     httpx.Named     `json:"workstream"`
	Queue          *httpx.Named    `json:"queue"`
	Agent          *httpx.Named    `json:"agent"`
	OfferedTo      *httpx.Named    `json:"offered_to"`
	Priority       int             `json:"priority"`
	Hold           *string         `json:"hold"`
	WaitingSince   *time.Time      `json:"waiting_since"`
	Unanswered     *time.Time      `json:"unanswered_since"`
	AcceptedAt     *time.Time      `json:"accepted_at"`
	LastActivityAt time.Time       `json:"last_activity_at"`
	CreatedAt      time.Time       `json:"created_at"`
	Participants   json.RawMessage `json:"participants"`
}

func showConversation(c livedb.Conversation) conversationView {
	return conversationView{
		ID: c.ID, State: c.State, Channel: c.Channel, Customer: c.Customer, ExternalID: c.ExternalID,
		Workstream: httpx.Named{ID: c.Workstream, Name: c.WorkstreamName}, Queue: named(c.Queue, c.QueueName),
		Agent: named(c.Agent, c.AgentName), OfferedTo: named(c.OfferAgent, c.OfferAgentName), Priority: c.Priority, Hold: c.Hold,
		WaitingSince: c.WaitingSince, Unanswered: c.Unanswered, AcceptedAt: c.AcceptedAt, LastActivityAt: c.LastActivityAt,
		CreatedAt: c.CreatedAt, Participants: c.Beside,
	}
}

func named(id uuid.NullUUID, name *string) *httpx.Named {
	if !id.Valid {
		return nil
	}
	n := httpx.Named{ID: id.UUID}
	httpx.Set(&n.Name, name)
	return &n
}

type conversationList struct {
	httpx.List[conversationView]
	Total int `json:"total"`
}

// conversations answers the conversations that a live figure counts.
func (s *Server) conversations(c echo.Context) error {
	f, err := filterOf(c)
	if err != nil {
		return err
	}
	kind := "live/" + f.Order
	p, err := httpx.PageOf(c, kind)
	if err != nil {
		return err
	}
	list, err := s.Store.Live.Conversations(c.Request().Context(), core.ViewerOf(c).Scope, f, p)
	if err != nil {
		return err
	}
	place := func(r livedb.Conversation) (time.Time, uuid.UUID) { return r.Place, r.ID }
	out := conversationList{List: httpx.MakeList(kind, p, list, place, showConversation)}
	if len(list) > 0 {
		out.Total = list[0].Total
	}
	return c.JSON(http.StatusOK, out)
}

func filterOf(c echo.Context) (livedb.Filter, error) {
	f := livedb.Filter{Figure: c.QueryParam("figure"), Channel: c.QueryParam("channel"), Order: c.QueryParam("order")}
	if f.Figure == "" {
		f.Figure = metric.Ongoing
	}
	if f.Order == "" {
		f.Order = livedb.LongestWait
	}
	if !metric.IsLive(f.Figure) {
		return f, httpx.BadParameter("figure", "must be the name of a live figure, such as waiting")
	}
	if orders := []string{livedb.LongestWait, livedb.Newest, livedb.Oldest, livedb.Idle}; !slices.Contains(orders, f.Order) {
		return f, httpx.BadParameter("order", "must be one of "+strings.Join(orders, ", "))
	}
	var err error
	if f.Search, err = searchOf(c); err != nil {
		return f, err
	}
	if f.NoQueue = c.QueryParam("queue_id") == "none"; !f.NoQueue {
		if f.Queue, err = idOf(c, "queue_id"); err != nil {
			return f, err
		}
	}
	if f.Agent, err = idOf(c, "agent_id"); err != nil {
		return f, err
	}
	f.Workstream, err = idOf(c, "workstream_id")
	return f, err
}

func searchOf(c echo.Context) (string, error) {
	q := strings.TrimSpace(c.QueryParam("q"))
	if utf8.RuneCountInString(q) > httpx.MaxSearch {
		return "", httpx.BadParameter("q", "must have at most 100 characters")
	}
	return q, nil
}

// idOf is a parameter that is an id, or null.
func idOf(c echo.Context, name string) (uuid.NullUUID, error) {
	raw := c.QueryParam(name)
	if raw == "" {
		return uuid.NullUUID{}, nil
	}
	id, err := uuid.Parse(raw)
	if err != nil || len(raw) != 36 {
		return uuid.NullUUID{}, httpx.BadParameter(name, "must be an id")
	}
	return uuid.NullUUID{UUID: id, Valid: true}, nil
}

var presences = []string{"available", "busy", "do_not_disturb", "away", "inactive", "offline"}

// agents answers who is there, and what they have.
func (s *Server) agents(c echo.Context) error {
	var f livedb.AgentFilter
	p, err := httpx.PageOf(c, "live/agents")
	if err != nil {
		return err
	}
	if f.Search, err = searchOf(c); err != nil {
		return err
	}
	if f.Queue, err = idOf(c, "queue_id"); err != nil {
		return err
	}
	if raw := c.QueryParam("presence"); raw != "" {
		f.Presences = strings.Split(raw, ",")
		for _, x := range f.Presences {
			if !slices.Contains(presences, x) {
				return httpx.BadParameter("presence", "must be one or more of "+strings.Join(presences, ", ")+", with commas between them")
			}
		}
	}
	list, err := s.Store.Live.Agents(c.Request().Context(), core.ViewerOf(c).Scope, f, p)
	if err != nil {
		return err
	}
	place := func(a livedb.Agent) (time.Time, uuid.UUID) { return a.CreatedAt, a.ID }
	return httpx.AnswerList(c, "live/agents", p, list, place, httpx.Same)
}

package supervise

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/metric"
	"switchboard/store/factdb"
)

type definitions struct {
	Live   []metric.Figure `json:"live"`
	Queues []metric.Figure `json:"queues"`
	Agents []metric.Figure `json:"agents"`
}

// definitions answers what each figure means.
func (s *Server) definitions(c echo.Context) error {
	return c.JSON(http.StatusOK, definitions{metric.Live(), metric.OfQueues(), metric.OfAgents()})
}

// The longest times of reports, so that an answer stays readable and its reading
// disturbs nobody.
const (
	maxHours = 31 * 24 * time.Hour
	maxDays  = 400 * 24 * time.Hour
)

// periodOf reads the time of a report. Without one it is today.
func (s *Server) periodOf(c echo.Context) (factdb.Period, error) {
	p := factdb.Period{Bucket: c.QueryParam("bucket"), Zone: c.QueryParam("time_zone")}
	if p.Bucket == "" {
		p.Bucket = factdb.Whole
	}
	at := s.Location
	if p.Zone != "" {
		var err error
		if at, err = time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
			return p, httpx.BadParameter("time_zone", "must be the name of a time zone, such as Europe/Tallinn")
		}
	} else if p.Zone = at.String(); p.Zone == "Local" {
		p.Zone = "UTC"
	}
	y, m, d := s.Now().In(at).Date()
	p.From, p.Until = time.Date(y, m, d, 0, 0, 0, 0, at), s.Now()
	for name, into := range map[string]*time.Time{"from": &p.From, "until": &p.Until} {
		raw := c.QueryParam(name)
		if raw == "" {
			continue
		}
		moment, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			return p, httpx.BadParameter(name, "must be a moment such as 2026-11-30T08:00:00Z")
		}
		*into = moment
	}
	return p, checkPeriod(p)
}

func checkPeriod(p factdb.Period) error {
	long := p.Until.Sub(p.From)
	switch {
	case long <= 0:
		return httpx.BadParameter("until", "must be later than from")
	case p.Bucket == factdb.Hour && long > maxHours:
		return httpx.BadParameter("bucket", "can be hour for at most 31 days")
	case long > maxDays:
		return httpx.BadParameter("from", "must be at most 400 days before until")
	case p.Bucket != factdb.Hour && p.Bucket != factdb.Day && p.Bucket != factdb.Whole:
		return httpx.BadParameter("bucket", "must be one of whole, day, hour")
	}
	return nil
}

// queueRow has the figures of metric.OfQueues. What cannot be said is null.
type queueRow struct {
	ID            uuid.UUID `json:"id"`
	Name          *string   `json:"name"`
	At            time.Time `json:"at"`
	Arrived       int       `json:"arrived"`
	Answered      int       `json:"answered"`
	Abandoned     int       `json:"abandoned"`
	AbandonedLong int       `json:"abandoned_long"`
	AbandonRate   *float64  `json:"abandon_rate"`
	Moved         int       `json:"transferred_out"`
	AverageWait   *float64  `json:"average_wait"`
	LongestWait   float64   `json:"longest_wait"`
	ServiceLevel  *float64  `json:"service_level"`
}

type report[T any] struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Bucket string    `json:"bucket"`
	Zone   string    `json:"time_zone"`
	Items  []T       `json:"items"`
}

func newReport[T any](p factdb.Period) report[T] {
	return report[T]{From: p.From.UTC(), Until: p.Until.UTC(), Bucket: p.Bucket, Zone: p.Zone, Items: []T{}}
}

func (s *Server) queueReport(c echo.Context) error {
	p, err := s.periodOf(c)
	if err != nil {
		return err
	}
	queue, err := idOf(c, "queue_id")
	if err != nil {
		return err
	}
	list, err := s.Store.Facts.Queues(c.Request().Context(), core.ViewerOf(c).Scope, queue, p)
	if err != nil {
		return err
	}
	out := newReport[queueRow](p)
	for _, r := range list {
		out.Items = append(out.Items, queueRow{ID: r.ID, Name: r.Name, At: r.At, Arrived: r.Arrived, Answered: r.Answered,
			Abandoned: r.Abandoned, AbandonedLong: r.AbandonedLong, AbandonRate: metric.Ratio(r.Abandoned, r.Arrived), Moved: r.Moved,
			AverageWait: metric.Mean(r.WaitSum, r.Answered), LongestWait: r.Longest,
			ServiceLevel: metric.Service(r.InTime, r.Answered, r.AbandonedLong)})
	}
	return c.JSON(http.StatusOK, out)
}

// agentRow has the figures of metric.OfAgents.
type agentRow struct {
	ID            uuid.UUID `json:"id"`
	Name          string    `json:"name"`
	At            time.Time `json:"at"`
	Offers        int       `json:"offers"`
	Accepted      int       `json:"accepted"`
	Declined      int       `json:"declined"`
	Missed        int       `json:"missed"`
	TimeToAccept  *float64  `json:"time_to_accept"`
	AverageHandle *float64  `json:"average_handle"`
	SignedIn      float64   `json:"signed_in"`
	Available     float64   `json:"available_time"`
}

func (s *Server) agentReport(c echo.Context) error {
	p, err := s.periodOf(c)
	if err != nil {
		return err
	}
	agent, err := idOf(c, "agent_id")
	if err != nil {
		return err
	}
	list, err := s.Store.Facts.Agents(c.Request().Context(), core.ViewerOf(c).Scope, agent, p, s.Now())
	if err != nil {
		return err
	}
	out := newReport[agentRow](p)
	for _, r := range list {
		out.Items = append(out.Items, agentRow{ID: r.ID, Name: r.Name, At: r.At, Offers: r.Offers, Accepted: r.Accepted,
			Declined: r.Declined, Missed: r.Missed, TimeToAccept: metric.Mean(r.AcceptSum, r.Accepted),
			AverageHandle: metric.Mean(r.HandleSum, r.Handled), SignedIn: r.SignedIn, Available: r.Available})
	}
	return c.JSON(http.StatusOK, out)
}

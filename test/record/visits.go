package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// visits are conversations of visitors of a web chat.
func visits() []scenario {
	return []scenario{
		{"visitor-held", map[string]any{"style": "live", "away_timeout": 2, "reconnect_for": 600}, func(p *play) error {
			return p.all(p.visit, p.accept, p.goAway, p.changed("customer_held"), p.comeBack, p.changed("customer_back"), p.visitorSays,
				p.do("end"), p.do("close"))
		}},
		{"visitor-gone", map[string]any{"style": "live", "away_timeout": 2}, func(p *play) error {
			return p.all(p.visit, p.accept, p.goAway, p.changed("ended"), p.do("close"))
		}},
		{"visitor-left-queue", map[string]any{"style": "live", "away_timeout": 2}, func(p *play) error {
			return p.all(p.busy, p.visit, p.begun, p.goAway, p.closed)
		}},
		{"opened", nil, func(p *play) error {
			return p.all(p.opensSoon, p.says, p.accept, p.answer, p.do("end"), p.do("close"))
		}},
	}
}

// visit has a visitor begin a chat and stay.
func (p *play) visit() error {
	var widget struct{ Key string }
	_, err := p.rig.Admin.Do(p, http.MethodPost, "/v1/widgets", map[string]any{"name": uuid.NewString(), "workstream_id": p.site.Workstream}, &widget)
	if err != nil {
		return err
	}
	p.visitor = apiclient.NewVisitor(p.rig.Base, widget.Key)
	if _, err := p.visitor.Start(p, nil); err != nil {
		return err
	}
	return p.comeBack()
}

// comeBack opens the visitor's page.
func (p *play) comeBack() (err error) {
	p.page, err = p.visitor.Listen(p, "")
	return err
}

// goAway closes the visitor's page.
func (p *play) goAway() error { return p.page.Close() }

func (p *play) visitorSays() error {
	_, _, err := p.visitor.Say(p, uuid.New(), "text")
	return err
}

// changed waits until the conversation is told to have changed so.
func (p *play) changed(what string) func() error {
	return func() error {
		_, err := p.await(func(e apiclient.Event) bool { return e.Kind == "conversation.updated" && change(e) == what })
		return err
	}
}

// opensSoon gives the queue hours that begin with the next minute.
func (p *play) opensSoon() error {
	opens := time.Now().UTC().Add(70 * time.Second).Truncate(time.Minute)
	var made apiclient.Ref
	_, err := p.rig.Admin.Do(p, http.MethodPost, "/v1/operating-hours", map[string]any{"name": uuid.NewString(), "time_zone": "UTC",
		"calendar": map[string]any{"events": []any{map[string]any{"weekdays": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
			"start": opens.Format("15:04"), "end": opens.Add(time.Hour).Format("15:04"), "from": opens.Format(time.DateOnly)}}}}, &made)
	if err != nil {
		return err
	}
	_, err = p.rig.Admin.Do(p, http.MethodPatch, "/v1/queues/"+p.site.Queue.String(), map[string]any{"operating_hours_id": made.ID}, nil)
	return err
}

// change is what an event says that changed.
func change(e apiclient.Event) string {
	var frame struct{ Data struct{ Change string } }
	_ = json.Unmarshal(e.Data, &frame) // Next has parsed it before
	return frame.Data.Change
}

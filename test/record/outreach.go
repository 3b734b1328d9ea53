package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

// outreach are campaigns and triggers.
func outreach() []scenario {
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	return []scenario{
		{"campaign-sent", nil, func(p *play) error {
			return p.all(p.campaign(3, nil), p.steer("start", map[string]any{}), p.stands("finished"))
		}},
		{"campaign-steered", nil, func(p *play) error {
			return p.all(p.campaign(40, map[string]any{"rate": 10}), p.steer("start", map[string]any{}), p.someSent,
				p.steer("pause", nil), p.stands("paused"), p.change(map[string]any{"rate": nil}), p.steer("resume", nil), p.stands("finished"))
		}},
		{"campaign-waiting", nil, func(p *play) error {
			return p.all(p.campaign(2, nil), p.steer("start", map[string]any{"start_at": later}), p.stands("scheduled"), p.steer("pause", nil),
				p.steer("resume", nil), p.restartWorker, p.steer("cancel", nil), p.stands("canceled"))
		}},
		{"campaign-continued", nil, func(p *play) error {
			steps := []func() error{p.campaign(2, nil), p.steer("start", map[string]any{"start_at": later})}
			for range 12 {
				steps = append(steps, p.steer("pause", nil), p.steer("resume", nil))
			}
			return p.all(append(steps, p.steer("cancel", nil), p.stands("canceled"))...)
		}},
		{"trigger-fired", nil, func(p *play) error { return p.all(p.trigger, p.over) }},
	}
}

// outbound configures messages to customers over SMS.
func (p *play) outbound() (configuration uuid.UUID, err error) {
	address, err := p.create("/v1/accounts/"+p.site.TwilioAcct.String()+"/addresses", map[string]any{"channel": "sms", "address": p.site.SMS})
	if err != nil {
		return address, err
	}
	template, err := p.create("/v1/templates", map[string]any{"name": rig.MarkText + uuid.NewString(), "channel": "sms",
		"default_language": "en", "text": rig.MarkText + " {Name}"})
	if err != nil {
		return template, err
	}
	return p.create("/v1/outbound-configurations", map[string]any{"name": rig.MarkText + uuid.NewString(),
		"address_id": address, "template_id": template})
}

func (p *play) create(path string, in map[string]any) (uuid.UUID, error) {
	var made apiclient.Ref
	_, err := p.rig.Admin.Do(p, http.MethodPost, path, in, &made)
	return made.ID, err
}

// campaign drafts one with recipients.
func (p *play) campaign(recipients int, settings map[string]any) func() error {
	return func() error {
		configuration, err := p.outbound()
		if err != nil {
			return err
		}
		in := map[string]any{"name": rig.MarkText + uuid.NewString(), "configuration_id": configuration}
		for k, v := range settings {
			in[k] = v
		}
		if p.other, err = p.create("/v1/campaigns", in); err != nil {
			return err
		}
		var contacts []map[string]any
		for i := range recipients {
			contacts = append(contacts, map[string]any{"tocontactid": fmt.Sprintf("%s%05d", rig.MarkNumber, i), "channelid": "SMS", "optin": true,
				"contextitems": map[string]any{"Name": rig.MarkText}})
		}
		p.workflow = contract.CampaignID(p.other)
		_, err = p.rig.Admin.Do(p, http.MethodPost, p.campaignPath()+"/recipients", map[string]any{"contacts": contacts}, nil)
		return err
	}
}

func (p *play) campaignPath() string { return "/v1/campaigns/" + p.other.String() }

func (p *play) steer(command string, in any) func() error {
	return func() error {
		_, err := p.rig.Admin.Do(p, http.MethodPost, p.campaignPath()+"/"+command, in, nil)
		return err
	}
}

func (p *play) change(in map[string]any) func() error {
	return func() error {
		_, err := p.rig.Admin.Do(p, http.MethodPatch, p.campaignPath(), in, nil)
		return err
	}
}

// until asks again and again whether something is so.
func (p *play) until(so func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := so(); yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-p.Done():
			return p.Err()
		}
	}
}

type progress struct {
	State    string
	Progress struct{ Sent int }
}

func (p *play) progress() (s progress, err error) {
	_, err = p.rig.Admin.Do(p, http.MethodGet, p.campaignPath(), nil, &s)
	return s, err
}

// stands waits for a campaign's state; at its end for its workflow's too.
func (p *play) stands(state string) func() error {
	return func() error {
		err := p.until(func() (bool, error) { s, err := p.progress(); return s.State == state, err })
		if err == nil && (state == "finished" || state == "canceled") {
			err = p.over()
		}
		return err
	}
}

func (p *play) someSent() error {
	return p.until(func() (bool, error) { s, err := p.progress(); return s.Progress.Sent > 0, err })
}

// runs waits until the workflow that is kept runs, or does not.
func (p *play) runs(yes bool) error {
	return p.until(func() (bool, error) {
		d, err := p.temporal.DescribeWorkflowExecution(p, p.workflow, "")
		if err != nil {
			return false, ignoreMissing(err)
		}
		return (d.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING) == yes, nil
	})
}

func (p *play) over() error { return p.runs(false) }

// trigger makes one that comes once a month and does not wait for it.
func (p *play) trigger() error {
	configuration, err := p.outbound()
	if err != nil {
		return err
	}
	id, err := p.create("/v1/outbound-triggers", map[string]any{"name": rig.MarkText + uuid.NewString(), "kind": "schedule",
		"configuration_id": configuration, "cron": "30 8 15 * *", "time_zone": "Europe/Tallinn", "data": map[string]any{"phone": rig.MarkNumber + "00001"},
		"rule": map[string]any{"to": "data.phone", "optin": "true", "contextitems": map[string]any{"Name": "'" + rig.MarkText + "'"}}})
	if err != nil {
		return err
	}
	schedule := p.temporal.ScheduleClient().GetHandle(p, contract.TriggerID(id))
	err = p.until(func() (bool, error) {
		err := schedule.Trigger(p, client.ScheduleTriggerOptions{})
		return err == nil, ignoreMissing(err)
	})
	if err != nil {
		return err
	}
	return p.until(func() (bool, error) {
		d, err := schedule.Describe(p)
		if err != nil || len(d.Info.RecentActions) == 0 {
			return false, err
		}
		p.workflow = d.Info.RecentActions[0].StartWorkflowResult.WorkflowID
		return true, nil
	})
}

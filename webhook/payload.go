package webhook

import (
	"encoding/json"
	"time"

	"switchboard/store/webhookdb"
)

// payload is the body of every announcement.
type payload struct {
	Type      string         `json:"type"`
	Timestamp time.Time      `json:"timestamp"` // of the event
	Data      map[string]any `json:"data"`
}

// body is what a subscriber is told: what the event's data hold, with ids and
// codes of the conversation and the message. State and version are those of the
// event's moment; of deliveries from before that was kept, those of now.
func body(job webhookdb.WebhookJob) ([]byte, error) {
	data := map[string]any{"state": job.State, "version": job.Version, "channel": job.Channel, "workstream_id": job.Workstream}
	var own map[string]any
	if err := json.Unmarshal(job.Data, &own); err != nil {
		return nil, err
	}
	for name, v := range own {
		data[name] = v
	}
	data["conversation_id"] = job.Conversation
	if job.Queue.Valid {
		data["queue_id"] = job.Queue.UUID
	}
	if job.Agent.Valid {
		data["agent_id"] = job.Agent.UUID
	}
	if job.Message.Valid {
		data["message_id"] = job.Message.UUID
	}
	for name, v := range map[string]*string{"direction": job.Direction, "message_type": job.Type, "status": job.Status, "error_code": job.ErrorCode, "external_id": job.ExternalID} {
		if v != nil {
			data[name] = *v
		}
	}
	if job.Seq != nil {
		data["seq"] = *job.Seq
	}
	if job.Text != nil {
		said := map[string]any{"text": *job.Text, "attachments": json.RawMessage("[]")}
		if job.Attachments != nil {
			said["attachments"] = *job.Attachments
		}
		data["message"] = said
	}
	return json.Marshal(payload{Type: job.Kind, Timestamp: job.At.UTC(), Data: data})
}

package core

import (
	"context"
	"time"

	"github.com/google/uuid"

	"switchboard/store/admindb"
)

// QueueView is a queue and whether somebody is there.
type QueueView struct {
	admindb.Queue
	Open      bool       `json:"open"`
	ChangesAt *time.Time `json:"changes_at"` // null: not within five years
}

// ViewQueues asks each hours once, however many queues go by them.
func (s *Server) ViewQueues(ctx context.Context, list ...admindb.Queue) ([]QueueView, error) {
	ids := make([]uuid.NullUUID, 0, len(list))
	for _, q := range list {
		ids = append(ids, q.OperatingHours)
	}
	schedules, err := s.Store.Config.Schedules(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, out, asked := s.Now(), make([]QueueView, 0, len(list)), map[uuid.NullUUID]QueueView{}
	for _, q := range list {
		v, ok := asked[q.OperatingHours]
		if !ok {
			x := schedules[q.OperatingHours]
			v.Open = x.Open(now).Open
			if change, ok := x.NextChange(now); ok {
				v.ChangesAt = &change.At
			}
			asked[q.OperatingHours] = v
		}
		v.Queue = q
		out = append(out, v)
	}
	return out, nil
}

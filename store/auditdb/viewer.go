package auditdb

import (
	"github.com/google/uuid"
)

// Viewer is who looks. All sees every conversation; otherwise an agent sees
// those of their queues, those they have or were offered, those in which they
// take part or are asked to, and those that they had and whose customer they
// answered; internal messages and advice give nobody a right to stay.
type Viewer struct {
	All   bool
	Agent uuid.UUID
}

// Visible is the one rule of which conversations c a viewer ($1 all, $2 agent) sees.
const Visible = `($1::boolean OR c.agent_id = $2::uuid OR c.offer_agent_id = $2::uuid
    OR EXISTS (SELECT FROM queue_member vm WHERE vm.queue_id = c.queue_id AND vm.agent_id = $2::uuid)
    OR EXISTS (SELECT FROM message vt WHERE vt.conversation_id = c.id AND vt.agent_id = $2::uuid AND vt.direction = 'out')
       AND NOT EXISTS (SELECT FROM participation vl WHERE vl.conversation_id = c.id AND vl.agent_id = $2::uuid AND vl.left_at IS NOT NULL AND vl.joined_at IS NOT NULL
                       AND NOT EXISTS (SELECT FROM session vs WHERE vs.conversation_id = c.id AND vs.agent_id = $2::uuid AND vs.accepted_at IS NOT NULL))
    OR EXISTS (SELECT FROM participation vp WHERE vp.conversation_id = c.id AND vp.agent_id = $2::uuid AND vp.left_at IS NULL))`

package webhookdb

// ofCallback says whether webhook s is to be told of conversation c: one that is
// a callback only of its work items.
const ofCallback = `(NOT s.work_items OR EXISTS (SELECT FROM work_item t WHERE t.conversation_id = c.id AND t.webhook_id = s.id))`

package configdb

import (
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
)

// Identity is who a request comes from. Agent is whom it acts as in
// conversations; a token may act as nobody. Token is null for a sign-in.
type Identity struct {
	Agent     uuid.NullUUID `db:"agent_id"`
	Token     uuid.NullUUID `db:"token_id"`
	Role      string        `db:"role"` // built in; they may do what it may, or less
	ExpiresAt *time.Time    `db:"expires_at"`
	LastUsed  *time.Time    `db:"last_used_at"` // to the minute; of a token: null if never
	Needs     string        `db:"needs"`        // what they must do before anything else, or ""

	Viewer    uuid.NullUUID `db:"viewer_id"` // the administrator who sees what Agent sees; null: Agent themselves
	ViewUntil *time.Time    `db:"view_until"`

	Permissions permission.Set `db:"-"`
	Scope       auditdb.Scope  `db:"-"` // of the conversations of others
	Limit       auditdb.Scope  `db:"-"` // the queues that they are limited to
}

// What somebody must do after signing in before they may do anything else.
const (
	NeedsPassword     = "password"      // choose their own
	NeedsSecondFactor = "second_factor" // set it up
)

// Actor is the identity as the audit log names it: who really asks.
func (i Identity) Actor() auditdb.Actor {
	if i.Viewer.Valid {
		return auditdb.Actor{Agent: i.Viewer}
	}
	return auditdb.Actor{Agent: i.Agent, Token: i.Token}
}

// A token ends with who made it and with whom it acts as, and may never do more
// than either of them may now. One whose maker is limited to queues acts as nobody
// else, whose queues would be others. An administrator who views as somebody is that
// person g, as long as they are an administrator.
const identify = `
SELECT i.token_hash, g.id AS agent_id, NULL::uuid AS token_id, g.role, i.expires_at, i.last_used_at,
       CASE WHEN v.id IS NOT NULL THEN i.agent_id END AS viewer_id, CASE WHEN v.id IS NOT NULL THEN i.view_until END AS view_until,
       CASE WHEN i.provider_id IS NOT NULL THEN '' -- an identity provider asked for what it asks for
            WHEN o.must_change_password THEN 'password'
            WHEN o.role = ANY (p.second_factor_roles)
             AND NOT EXISTS (SELECT FROM second_factor f WHERE f.agent_id = o.id AND f.secret IS NOT NULL) THEN 'second_factor'
            ELSE '' END AS needs,
       NULL::text[] AS permissions, NULL::text AS maker_role, NULL::text AS agent_role,
       NULL::text[] AS maker_permissions, gr.permissions AS agent_permissions, NULL::text[] AS maker_queues,
       CASE WHEN g.queues_limited THEN ARRAY(SELECT x.queue_id::text FROM agent_scope x WHERE x.agent_id = g.id) END AS agent_queues
FROM sign_in i JOIN agent o ON o.id = i.agent_id
  LEFT JOIN agent v ON v.id = i.view_as AND i.view_until > now() AND v.disabled_at IS NULL AND o.role = 'administrator' AND o.role_id IS NULL
  JOIN agent g ON g.id = COALESCE(v.id, o.id) CROSS JOIN sign_in_settings p LEFT JOIN role gr ON gr.id = g.role_id
WHERE i.token_hash = ANY($1) AND i.expires_at > now() AND i.last_used_at > now() - p.idle_seconds * interval '1 second'
  AND o.disabled_at IS NULL
UNION ALL
SELECT t.token_hash, t.agent_id, t.id, t.role, t.expires_at, t.last_used_at, NULL::uuid, NULL::timestamptz, '' AS needs,
       t.permissions, m.role, g.role, mr.permissions, gr.permissions,
       CASE WHEN m.queues_limited THEN ARRAY(SELECT x.queue_id::text FROM agent_scope x WHERE x.agent_id = m.id) END,
       CASE WHEN g.queues_limited THEN ARRAY(SELECT x.queue_id::text FROM agent_scope x WHERE x.agent_id = g.id) END
FROM api_token t JOIN agent m ON m.id = t.created_by LEFT JOIN role mr ON mr.id = m.role_id
  LEFT JOIN agent g ON g.id = t.agent_id LEFT JOIN role gr ON gr.id = g.role_id
WHERE t.token_hash = ANY($1) AND t.revoked_at IS NULL AND t.expires_at > now()
  AND m.disabled_at IS NULL AND (t.agent_id IS NULL OR g.disabled_at IS NULL)
  AND (t.agent_id IS NULL OR t.agent_id = m.id OR NOT m.queues_limited)`

// identityRow is an identity with what narrows it; what is null narrows nothing.
type identityRow struct {
	Hash []byte `db:"token_hash"`
	Identity

	MakerRole   *string        `db:"maker_role"` // of a token
	AgentRole   *string        `db:"agent_role"`
	Own         pq.StringArray `db:"permissions"`
	Maker       pq.StringArray `db:"maker_permissions"`
	Acting      pq.StringArray `db:"agent_permissions"`
	MakerQueues pq.StringArray `db:"maker_queues"`
	AgentQueues pq.StringArray `db:"agent_queues"`
}

// identity is what is left when everything has narrowed it.
func (r identityRow) identity() Identity {
	i := r.Identity
	for _, role := range []*string{r.MakerRole, r.AgentRole} {
		if role != nil {
			i.Role = permission.LowerRole(i.Role, *role)
		}
	}
	i.Permissions = permission.OfRole(i.Role)
	for _, names := range []pq.StringArray{r.Own, r.Maker, r.Acting} {
		if names != nil {
			i.Permissions = i.Permissions.And(permission.Of(names...))
		}
	}
	i.Limit = auditdb.Everywhere()
	for _, queues := range []pq.StringArray{r.MakerQueues, r.AgentQueues} {
		if queues != nil {
			i.Limit = i.Limit.And(auditdb.InQueues(parseIDs(queues)...))
		}
	}
	if !i.Limit.All() {
		i.Permissions = i.Permissions.Within()
	}
	if i.Permissions.Has(permission.ConversationsReadAll) {
		i.Scope = i.Limit
	}
	return i
}

func parseIDs(texts []string) []uuid.UUID {
	ids := make([]uuid.UUID, len(texts))
	for i, text := range texts {
		ids[i] = uuid.MustParse(text)
	}
	return ids
}

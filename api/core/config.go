package core

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/live/visitorchat"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/presencedb"
)

// Workflows is what the API needs of a Temporal client.
type Workflows interface {
	UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	GetWorkflowUpdateHandle(client.GetWorkflowUpdateHandleOptions) client.WorkflowUpdateHandle
	CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// A Ringer starts or wakes the workflow of a conversation at once. It is asked
// when a command finds no workflow.
type Ringer interface {
	Ring(ctx context.Context, conversation uuid.UUID) error
}

// A PresenceKeeper keeps how agents stand: what they, or somebody for them, chose
// by hand, that they signed out, and that they use something.
type PresenceKeeper interface {
	Choose(ctx context.Context, agent uuid.UUID, c presencedb.Choice) error
	ChooseFor(ctx context.Context, by auditdb.Actor, agent uuid.UUID, c presencedb.Choice) error
	SignedOut(ctx context.Context, agent uuid.UUID) error
	Active(ctx context.Context, agent uuid.UUID) error
}

// Config is what the API is made of. Store, Workflows, Ringer, Providers, Files,
// PublicURL and Log are required.
type Config struct {
	Store     *store.Store
	Workflows Workflows
	Ringer    Ringer
	Providers *channel.Registry
	Files     *attachment.Files
	PublicURL string // where customers' providers and browsers reach us, without a path
	Log       *slog.Logger

	Campaigns       CampaignStarter                              // nil: campaigns wait for the sweep
	Presence        PresenceKeeper                               // nil: presence is not served
	CapacityChanged func(ctx context.Context, agentID uuid.UUID) // called after the commit of what may make room for work; may be nil
	Chat            *visitorchat.Hub                             // nil: web chat is not served
	ChatKeys        *visitorchat.Keys                            // verifies sites' tokens; nil: keys are fetched from the internet
	ChatLimits      ChatLimits                                   //
	Streams         StreamLimits                                 // of open event streams
	Uploads         UploadLimits                                 // of what visitors upload
	Webhooks        echo.HandlerFunc                             // takes /webhooks/:provider/:key; nil: 503
	Events          echo.HandlerFunc                             // takes GET /v1/events, for ViewerOf; nil: 503
	Metrics         *prometheus.Registry                         // nil: one of its own
	UploadLimit     int64                                        // bytes of one attachment; 0: 5 MiB
	Mail            bool                                         // e-mail can be sent
	Location        *time.Location                               // whose midnight begins "today"; nil: the machine's
	TrustedProxies  []netip.Prefix                               // whose X-Forwarded-For is believed
	DeviceKey       []byte                                       // signs cookies of known browsers; nil: one until the process ends
	PrivateHosts    []string                                     // in private networks that accounts and webhooks may name
	Now             func() time.Time                             // nil: time.Now
}

// uploadLimit is the default of UploadLimit.
const uploadLimit = 5 << 20

// A CampaignStarter starts the workflow of a campaign that was started by people,
// and makes the schedule of a trigger what its row says.
type CampaignStarter interface {
	Start(ctx context.Context, id uuid.UUID) error
	Place(ctx context.Context, t campaigndb.Trigger) error
}

package configfile

import (
	"strings"

	"switchboard/domain/configfile"
)

// place is where the API has the things of a kind.
type place struct{ list, item string }

// places has the addresses of all kinds. {parent} is the thing in which one is listed.
var places = map[string]place{
	configfile.Skills:        of("/v1/skills"),
	configfile.Hours:         of("/v1/operating-hours"),
	configfile.Profiles:      of("/v1/capacity-profiles"),
	configfile.Presences:     of("/v1/presences"),
	configfile.Queues:        of("/v1/queues"),
	configfile.Workstreams:   of("/v1/workstreams"),
	configfile.Variables:     {"/v1/workstreams/{parent}/context-variables", "/v1/context-variables/{id}"},
	configfile.Dispositions:  {"/v1/workstreams/{parent}/dispositions", "/v1/dispositions/{id}"},
	configfile.Timeouts:      {"/v1/workstreams/{parent}/timeout-rules", "/v1/timeout-rules/{id}"},
	configfile.Accounts:      of("/v1/accounts"),
	configfile.Addresses:     of("/v1/accounts/{parent}/addresses"),
	configfile.Templates:     of("/v1/templates"),
	configfile.QuickReplies:  of("/v1/quick-replies"),
	configfile.Tags:          of("/v1/tags"),
	configfile.Widgets:       of("/v1/widgets"),
	configfile.Webhooks:      of("/v1/webhooks"),
	configfile.Automated:     of("/v1/automated-messages"),
	configfile.OutboundLimit: {"/v1/outbound-settings", "/v1/outbound-settings"},
	configfile.Outbound:      of("/v1/outbound-configurations"),
	configfile.Triggers:      of("/v1/outbound-triggers"),
	configfile.Sources:       of("/v1/outbound-sources"),
}

func of(list string) place { return place{list, list + "/{id}"} }

func (x *session) listOf(o *configfile.Object) string {
	parent, _ := x.idOf(o.Kind.In, o.Parent)
	return strings.ReplaceAll(places[o.Kind.Name].list, "{parent}", parent)
}

func (x *session) itemOf(o *configfile.Object) string {
	parent, _ := x.idOf(o.Kind.In, o.Parent)
	id, _ := x.idOf(o.Kind.Name, o.Name)
	return strings.NewReplacer("{parent}", parent, "{id}", id).Replace(places[o.Kind.Name].item)
}

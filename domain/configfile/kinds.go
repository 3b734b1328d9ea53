package configfile

// Names of kinds that others refer to or treat in their own way.
const (
	Skills        = "skills"
	Hours         = "operating_hours"
	Profiles      = "capacity_profiles"
	Presences     = "presences"
	Queues        = "queues"
	Workstreams   = "workstreams"
	Variables     = "context_variables"
	Dispositions  = "dispositions"
	Timeouts      = "timeout_rules"
	Accounts      = "accounts"
	Addresses     = "addresses"
	Templates     = "templates"
	QuickReplies  = "quick_replies"
	Tags          = "tags"
	Widgets       = "widgets"
	Webhooks      = "webhooks"
	Automated     = "automated_messages"
	OutboundLimit = "outbound_settings"
	Outbound      = "outbound_configurations"
	Triggers      = "outbound_triggers"
	Sources       = "outbound_sources"
	Agents        = "agents" // only ever referred to
)

var kinds = []*Kind{
	{Name: Skills, One: "skill", Key: []string{"name"}, Fields: []Field{text("name"), text("kind")}},
	{Name: Hours, One: "operating hours", Key: []string{"name"}, Fields: hoursFields()},
	{Name: Profiles, One: "capacity profile", Key: []string{"name"}, Fields: []Field{text("name"), number("limit"),
		text("reset").fixed(), text("zone").fixed(), boolean("blocking")}},
	{Name: Presences, One: "presence", Key: []string{"name"}, Fields: []Field{text("name"), text("text"), text("base"), text("description")}},
	{Name: Queues, One: "queue", Key: []string{"name"}, Fields: queueFields()},
	{Name: Workstreams, One: "workstream", Key: []string{"name"}, Fields: workstreamFields()},
	{Name: Variables, One: "context variable", In: Workstreams, Key: []string{"name"}, Fields: []Field{text("name"), text("type")}},
	{Name: Dispositions, One: "disposition", In: Workstreams, Key: []string{"name"}, Fields: []Field{text("name"), boolean("archived")}},
	{Name: Timeouts, One: "timeout rule", In: Workstreams, Key: []string{"name"}, Fields: []Field{text("name"), text("silent"),
		number("after"), text("action"), number("priority"), boolean("enabled"), byName("texts")}},
	{Name: Accounts, One: "account", Key: []string{"name"}, Fields: []Field{text("name"), text("provider").fixed(), text("base_url"),
		ref("workstream", Workstreams), byName("settings"),
		{Name: "secrets", Shape: Shape{Type: Map, Of: &Shape{}, Secret: true}}}},
	{Name: Addresses, One: "address", In: Accounts, Key: []string{"channel", "address"}, Fields: []Field{text("channel"), text("address"),
		text("name"), ref("workstream", Workstreams), text("language"), ref("operating_hours", Hours).orNull(),
		texts("stop_words").orNull().changes(), texts("start_words").orNull().changes(), number("send_rate").orNull().changes()}},
	{Name: Templates, One: "template", Key: []string{"channel", "name"}, Fields: []Field{text("channel"), text("name"),
		text("default_language"), byName("texts").alone()}},
	{Name: QuickReplies, One: "quick reply", Key: []string{"title"}, Fields: []Field{text("title"), texts("tags"),
		{Name: "workstreams", JSON: "workstream_ids", Shape: Shape{Type: List, Of: &Shape{Ref: Workstreams}}}, byName("texts")}},
	{Name: Tags, One: "tag", Key: []string{"name"}, Fields: []Field{text("name"), text("color"), boolean("archived")}},
	{Name: Widgets, One: "chat widget", Key: []string{"name"}, Fields: widgetFields()},
	{Name: Webhooks, One: "webhook", Key: []string{"name"}, Fields: []Field{text("name"), text("url"), texts("kinds"),
		ref("workstream", Workstreams).orNull(), boolean("include_message"), boolean("include_internal"), boolean("internal"),
		boolean("work_items").fixed(), boolean("enabled")}},
	{Name: Automated, One: "automated message", Key: []string{"trigger", "channel", "workstream"}, Fields: []Field{text("trigger"),
		text("channel"), ref("workstream", Workstreams).orNull(), boolean("enabled"), text("visibility"), byName("texts")}},
	{Name: OutboundLimit, One: "outbound settings", Single: true, Fields: []Field{number("contacts_per_request"),
		number("requests_per_hour"), number("send_rate").orNull(), text("region")}},
	{Name: Outbound, One: "outbound configuration", Key: []string{"name"}, Fields: []Field{text("name"), ref("address", Addresses),
		ref("template", Templates), boolean("show_on_timeline")}},
	{Name: Triggers, One: "outbound trigger", Key: []string{"name"}, Fields: triggerFields()},
	{Name: Sources, One: "outbound source", Key: []string{"name"}, Fields: []Field{text("name")}},
}

// Kinds lists all kinds in the order of the file: what is referred to comes first,
// but for fields that are set later.
func Kinds() []*Kind { return kinds }

// KindOf returns a kind by its name.
func KindOf(name string) *Kind {
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// within lists the kinds that are listed in things of a kind.
func within(kind string) (list []*Kind) {
	for _, k := range kinds {
		if k.In == kind {
			list = append(list, k)
		}
	}
	return list
}

func hoursFields() []Field {
	span := []Field{boolean("all_day").absent(), text("start").absent(), text("end").absent()}
	events := append([]Field{texts("weekdays")}, span...)
	events = append(events, text("from").absent(), text("until").absent(), number("every_weeks").absent())
	calendar := Shape{Type: Struct, Fields: []Field{
		structs("events", events...),
		structs("exceptions", text("date"), boolean("closed").absent(), structs("hours", span...).absent(), text("reason").absent()),
		structs("holidays", text("date"), text("until").absent(), text("reason"), boolean("yearly").absent()),
	}}
	return []Field{text("name"), text("time_zone"), {Name: "calendar", Shape: calendar}}
}

func queueFields() []Field {
	to := ref("to", Queues).json("to").absent()
	return []Field{text("name"), ref("operating_hours", Hours).orNull(), number("priority"),
		structs("assignment_rules", number("after"), text("skills"), text("method")),
		number("age_priority"), number("age_bucket"), boolean("archived"),
		structs("buckets", text("name"), number("priority_up_to").orNull().absent(),
			Field{Name: "workstreams", JSON: "workstream_ids", Shape: Shape{Type: List, Of: &Shape{Ref: Workstreams}}, Absent: true},
			texts("channels").absent(), texts("skills").absent(), text("order")).later(),
		structs("overflow", text("when"), number("limit"), text("action"), to, number("after").absent()).alone().later(),
		{Name: "members", Shape: Shape{Type: List, Of: &Shape{Ref: Agents}}, Alone: true, Later: true, People: true},
	}
}

func workstreamFields() []Field {
	return []Field{text("name"), text("mode"), text("style"), ref("queue", Queues), ref("fallback_queue", Queues),
		ref("capacity_profile", Profiles).orNull(), number("capacity_units"), texts("allowed_presences"), number("offer_timeout"),
		number("reoffer_after"), number("max_offers"), number("open_timeout").orNull(), number("active_timeout").orNull(),
		number("waiting_timeout").orNull(), number("wrap_up_timeout").orNull(), boolean("wrap_up_blocks"), number("wrap_up_block_for"),
		number("follow_up_after"), boolean("same_agent"), number("same_agent_patience"), number("away_timeout").orNull(),
		number("reconnect_for"), boolean("release_on_disconnect").orNull(), number("window_notice"), number("send_timeout"),
		boolean("customer_files"), boolean("agent_files"), number("max_file_bytes").orNull(), texts("blocked_files"),
		boolean("missed_inactive"), boolean("rejected_dnd"), boolean("consult_anyone"), boolean("consult_takes_capacity"), boolean("archived"), boolean("disposition_required"),
		{Name: "routing_rules", Shape: routingShape(), Alone: true, Later: true}}
}

func routingShape() Shape {
	values := Field{Name: "set", Shape: Shape{Type: Map, Of: &Shape{Type: Any}}}
	return Shape{Type: Struct, Fields: []Field{
		text("zone").absent(),
		structs("classification", text("name"), structs("rules", text("name"), text("when"), values)),
		{Name: "route", Shape: Shape{Type: Struct, Fields: []Field{
			structs("rules", text("name"), text("when"), structs("queues", ref("queue", Queues).json("queue"), number("percent"))),
			ref("fallback", Queues).json("fallback").absent(),
		}}},
	}}
}

func widgetFields() []Field {
	appearance := []Field{text("title"), text("subtitle"), text("color"), text("text_color"), text("logo_url"), text("position"),
		text("offline_title"), text("offline_subtitle"), boolean("hide_offline")}
	question := []Field{text("name"), text("type"), byName("label"), boolean("required"), text("check"), texts("options").orNull(),
		text("meaning")}
	said := Shape{Type: Map, Of: &Shape{Type: Map, Of: &Shape{}}}
	return []Field{text("name"), ref("workstream", Workstreams), text("language"), ref("operating_hours", Hours).orNull(),
		texts("origins"), text("authentication"), boolean("anonymous_threads"), text("issuer"), text("audience"), text("public_key"),
		text("key_url"), Field{Name: "appearance", Shape: Shape{Type: Struct, Fields: appearance}}.from("settings.appearance"),
		Field{Name: "texts", Shape: said}.from("settings.texts"), structs("pre_chat", question...).from("settings.pre_chat"),
		boolean("transcript").from("settings.transcript"), boolean("sound").from("settings.sound")}
}

func triggerFields() []Field {
	rule := []Field{text("when"), text("each"), text("to"), text("optin"), text("locale"), text("entityrelationshipname"),
		byName("contextitems").orNull()}
	return []Field{text("name"), text("kind").fixed(), ref("configuration", Outbound), boolean("enabled"), text("event"),
		{Name: "rule", Shape: Shape{Type: Struct, Fields: rule}}, number("delay"), text("cron"), text("time_zone"),
		{Name: "data", Shape: Shape{Type: Map, Null: true, Of: &Shape{Type: Any}}}}
}

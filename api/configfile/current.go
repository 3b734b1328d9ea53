package configfile

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"switchboard/api/httpx"
	"switchboard/domain/configfile"
	"switchboard/domain/trigger"
	"switchboard/store/configdb"
)

// row is a thing as the API answers it.
type row struct {
	*configfile.Object
	id   string
	data map[string]any
}

// current reads the whole configuration, with secrets.
func (x *session) current(people bool) (*configfile.State, error) {
	x.ids, x.names = map[configfile.ID]string{}, map[string]map[string]string{}
	state := &configfile.State{}
	if err := x.all("/v1/agents", func(a map[string]any) error {
		if disabled, _ := a["disabled"].(bool); !disabled {
			x.learn(configfile.Agents, textOf(a["email"]), textOf(a["id"]))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var rows []row
	for _, k := range configfile.Kinds() {
		list, err := x.rows(k, rows, state)
		if err != nil {
			return nil, err
		}
		rows = append(rows, list...)
	}
	for _, r := range rows {
		if err := x.fill(r, people); err != nil {
			return nil, fmt.Errorf("%s: %w", r.At(""), err)
		}
		state.Objects = append(state.Objects, r.Object)
	}
	state.Sort()
	return state, nil
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// rows reads the things of a kind. before are those of the kinds before it.
func (x *session) rows(k *configfile.Kind, before []row, state *configfile.State) (list []row, err error) {
	add := func(parent string, data map[string]any) error {
		r, err := x.named(k, parent, data)
		if err != nil {
			return err
		}
		if !x.ours(r) {
			if k.Name == configfile.Templates && data["account_id"] != nil {
				state.Others = append(state.Others, x.providers(r))
			}
			return nil
		}
		x.learn(k.Name, r.Name, r.id)
		list = append(list, r)
		return nil
	}
	switch {
	case k.Single:
		var data map[string]any
		if err := x.call(http.MethodGet, places[k.Name].list, nil, &data); err != nil {
			return nil, err
		}
		return list, add("", data)
	case k.In == "":
		path := places[k.Name].list
		if k.Field(archived) != nil {
			path += "?archived=any"
		}
		err := x.all(path, func(data map[string]any) error { return add("", data) })
		return list, err
	}
	for _, r := range before {
		if r.Kind.Name != k.In {
			continue
		}
		path := strings.ReplaceAll(places[k.Name].list, "{parent}", r.id)
		if err := x.all(path, func(data map[string]any) error { return add(r.Name, data) }); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// named reads the fields that name a thing.
func (x *session) named(k *configfile.Kind, parent string, data map[string]any) (row, error) {
	o := &configfile.Object{Kind: k, Parent: parent, Fields: map[string]any{}}
	for _, key := range k.Key {
		f := k.Field(key)
		v, err := configfile.FromAPI(f.Shape, data[f.JSONName()], x.nameOf)
		if err != nil {
			return row{}, err
		}
		o.Fields[key] = v
	}
	o.Name = configfile.NameOf(k, parent, o.Fields)
	return row{o, textOf(data["id"]), data}, nil
}

// ours says whether a thing is part of the configuration: not what a widget has
// by itself, what a provider has approved, or what is over.
func (x *session) ours(r row) bool {
	switch r.Kind.Name {
	case configfile.Accounts:
		return !slices.Contains([]string{configdb.ProviderWebchat, configdb.ChannelWorkItem}, textOf(r.data["provider"]))
	case configfile.Templates:
		return r.data["account_id"] == nil
	case configfile.QuickReplies:
		return r.data["agent_id"] == nil
	case configfile.Triggers:
		zone, err := time.LoadLocation(textOf(r.data["time_zone"]))
		return textOf(r.data["at"]) == "" || err != nil || !trigger.Passed(textOf(r.data["cron"]), zone, x.Now())
	}
	return true
}

// providers names a template that a provider keeps.
func (x *session) providers(r row) configfile.ID {
	account, _ := x.nameOf(configfile.Accounts, textOf(r.data["account_id"]))
	name := account + " / " + r.Name
	x.learn(configfile.Templates, name, r.id)
	return configfile.ID{Kind: configfile.Templates, Name: name}
}

// fill reads the fields of a thing.
func (x *session) fill(r row, people bool) error {
	for _, f := range r.Kind.Fields {
		if r.Kind.IsKey(f.Name) || f.People && !people {
			continue
		}
		raw, err := x.answered(r, f)
		if err != nil {
			return err
		}
		if r.Fields[f.Name], err = configfile.FromAPI(f.Shape, raw, x.nameOf); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// answered is the value of a field as the API answers it.
func (x *session) answered(r row, f configfile.Field) (any, error) {
	switch {
	case f.Secret:
		return x.secretsOf(r.id)
	case r.Kind.Name == configfile.Templates && f.Name == "texts":
		return textsOf(r.data["texts"]), nil
	case r.Kind.Name == configfile.Widgets && f.Name == "audience" && r.data["audience"] == r.data["key"]:
		return "", nil // which is the key of whichever installation it is
	case f.Alone:
		return x.alone(r.id, f)
	case f.From != "":
		var v any = r.data
		for part := range strings.SplitSeq(f.From, ".") {
			m, _ := v.(map[string]any)
			v = m[part]
		}
		return v, nil
	}
	return r.data[f.JSONName()], nil
}

// alone reads a field that has an address of its own.
func (x *session) alone(id string, f configfile.Field) (any, error) {
	switch f.Name {
	case "overflow":
		var out map[string]any
		err := x.call(http.MethodGet, "/v1/queues/"+id+"/overflow", nil, &out)
		return out["rules"], err
	case "routing_rules":
		var out map[string]any
		err := x.call(http.MethodGet, "/v1/workstreams/"+id+"/routing-rules", nil, &out)
		return out["rules"], err
	}
	var members []string
	err := x.all("/v1/queues/"+id+"/members", func(m map[string]any) error {
		if agent := textOf(m["agent_id"]); x.names[configfile.Agents][agent] != "" {
			members = append(members, agent)
		}
		return nil
	})
	slices.SortFunc(members, func(a, b string) int {
		return strings.Compare(x.names[configfile.Agents][a], x.names[configfile.Agents][b])
	})
	out := make([]any, len(members))
	for i, agent := range members {
		out[i] = agent
	}
	return out, err
}

func textsOf(v any) map[string]any {
	out := map[string]any{}
	list, _ := v.([]any)
	for _, part := range list {
		m, _ := part.(map[string]any)
		out[textOf(m["language"])] = textOf(m["text"])
	}
	return out
}

// secretsOf are an account's, which the API does not answer.
func (x *session) secretsOf(id string) (any, error) {
	account, err := uuid.Parse(id)
	if err != nil {
		return nil, httpx.NotFound()
	}
	a, err := x.Store.Config.AccountByID(x.ctx, account)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for name, v := range a.Secrets {
		out[name] = v
	}
	return out, nil
}

package configfile

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/jmoiron/sqlx"

	"switchboard/api/httpx"
	"switchboard/domain/configfile"
)

// wrongFile is what is wrong with a file.
type wrongFile struct{ list []configfile.Mistake }

func (e *wrongFile) Error() string {
	return fmt.Sprintf("%d mistakes in the configuration file", len(e.list))
}

// run makes of what is there what a file says.
func (x *session) run(file, there *configfile.State, prune bool) error {
	was := there.Index()
	for _, step := range []func(o, was *configfile.Object) error{x.early, x.late} {
		for _, k := range configfile.Kinds() {
			do := x.each
			if k.Field(archived) != nil { // restored one after another
				do = x.inAnyOrder
			}
			if err := do(file.Objects, k, func(o *configfile.Object) error { return step(o, was[o.ID()]) }); err != nil {
				return err
			}
		}
	}
	if prune {
		gone := configfile.Pruned(file, there)
		for _, k := range slices.Backward(configfile.Kinds()) {
			if err := x.prune(gone, k); err != nil {
				return err
			}
		}
	}
	for _, k := range slices.Backward(configfile.Kinds()) {
		if err := x.inAnyOrder(file.Objects, k, func(o *configfile.Object) error { return x.archive(o, was[o.ID()]) }); err != nil {
			return err
		}
	}
	return nil
}

// archived is the field of what can be archived. That is done when nothing leads
// there any more; restoring comes before what is to lead there.
const archived = "archived"

func archives(f configfile.Field, v any) bool { return f.Name == archived && v == true }

// archive archives what a file says is archived.
func (x *session) archive(o, was *configfile.Object) error {
	if o.Fields[archived] != true || was != nil && was.Fields[archived] == true {
		return nil
	}
	return x.call(http.MethodPatch, x.itemOf(o), map[string]any{archived: true}, nil)
}

// inAnyOrder does a step for the things of a kind. Where others of them must come
// first, it is tried again after these.
func (x *session) inAnyOrder(gone []*configfile.Object, k *configfile.Kind, step func(*configfile.Object) error) error {
	done := map[*configfile.Object]bool{}
	for {
		before := len(done)
		err := x.each(gone, k, func(o *configfile.Object) error {
			if done[o] {
				return nil
			}
			err := step(o)
			if err == nil {
				done[o] = true
			}
			return err
		})
		if err == nil || len(done) == before {
			return err
		}
	}
}

// each does a step for all things of a kind, and tells all that is wrong with it.
// Each is a part of its own, so that one that is refused leaves the others.
func (x *session) each(list []*configfile.Object, k *configfile.Kind, step func(*configfile.Object) error) error {
	var wrong wrongFile
	for _, o := range list {
		if o.Kind != k {
			continue
		}
		err := x.Store.Tx(x.ctx, func(*sqlx.Tx) error { return step(o) })
		if err == nil {
			continue
		}
		told, ok := mistakesOf(o, err)
		if !ok {
			return err
		}
		wrong.list = append(wrong.list, told...)
	}
	if len(wrong.list) > 0 {
		return &wrong
	}
	return nil
}

// early makes or changes a thing, but for what refers to things that are made later.
func (x *session) early(o, was *configfile.Object) error {
	var err error
	switch {
	case o.Kind.Name == configfile.Accounts:
		err = x.account(o, was)
	case o.Kind.Name == configfile.Automated:
		err = x.automated(o, was)
	case was == nil && !o.Kind.Single:
		err = x.create(o)
	default:
		err = x.change(o, was)
	}
	if err == nil && o.Kind.Name == configfile.Templates {
		err = x.templateTexts(o, was)
	}
	return err
}

// body has the fields of a thing that which picks, as the API takes them.
func (x *session) body(o *configfile.Object, which func(configfile.Field, any) bool) map[string]any {
	out := map[string]any{}
	for _, f := range o.Kind.Fields {
		if v, given := o.Fields[f.Name]; given && which(f, v) {
			out[f.JSONName()] = configfile.ToAPI(f.Shape, v, x.idOf)
		}
	}
	return out
}

func (x *session) create(o *configfile.Object) error {
	in := x.body(o, func(f configfile.Field, v any) bool {
		return v != nil && !f.Alone && !f.Later && !f.Change && !f.Secret && !archives(f, v)
	})
	return x.created(o, in)
}

func (x *session) created(o *configfile.Object, in map[string]any) error {
	var made map[string]any
	if err := x.call(http.MethodPost, x.listOf(o), in, &made); err != nil {
		return err
	}
	x.learn(o.Kind.Name, o.Name, textOf(made["id"]))
	rest := x.body(o, func(f configfile.Field, v any) bool { return v != nil && f.Change })
	if len(rest) == 0 {
		return nil
	}
	return x.call(http.MethodPatch, x.itemOf(o), rest, nil)
}

// differs picks the fields that are to become something else.
func differs(o, was *configfile.Object) func(configfile.Field, any) bool {
	return func(f configfile.Field, v any) bool {
		return !o.Kind.IsKey(f.Name) && !f.Fixed && !reflect.DeepEqual(v, was.Fields[f.Name])
	}
}

func (x *session) change(o, was *configfile.Object) error {
	differ := differs(o, was)
	in := x.body(o, func(f configfile.Field, v any) bool {
		return differ(f, v) && !f.Alone && !f.Later && !f.Secret && (v != nil || f.Type != configfile.Map) && !archives(f, v)
	})
	if len(in) == 0 {
		return nil
	}
	if o.Kind.Name == configfile.Widgets { // which is asked for with what depends on it
		in["anonymous_threads"] = cond(o, was, "anonymous_threads")
	}
	return x.call(http.MethodPatch, x.itemOf(o), in, nil)
}

// cond is a field as a file has it or, where it says nothing, as it is.
func cond(o, was *configfile.Object, field string) any {
	if v, given := o.Fields[field]; given {
		return v
	}
	return was.Fields[field]
}

// automated sets an automated message, which is known by its place.
func (x *session) automated(o, was *configfile.Object) error {
	in := x.body(o, func(_ configfile.Field, v any) bool { return v != nil })
	if was != nil {
		for _, f := range o.Kind.Fields {
			if _, given := o.Fields[f.Name]; !given && was.Fields[f.Name] != nil {
				in[f.JSONName()] = configfile.ToAPI(f.Shape, was.Fields[f.Name], x.idOf)
			}
		}
		changes := x.body(o, differs(o, was))
		if len(changes) == 0 {
			return nil
		}
	}
	var made map[string]any
	if err := x.call(http.MethodPut, places[configfile.Automated].list, in, &made); err != nil {
		return err
	}
	x.learn(o.Kind.Name, o.Name, textOf(made["id"]))
	return nil
}

// templateTexts sets the texts of a template one by one.
func (x *session) templateTexts(o, was *configfile.Object) error {
	want, given := o.Fields["texts"].(map[string]any)
	if !given {
		return nil
	}
	has := map[string]any{}
	if was != nil {
		has, _ = was.Fields["texts"].(map[string]any)
	}
	var errs []error
	for language, text := range want {
		if has[language] != text {
			errs = append(errs, x.call(http.MethodPut, x.itemOf(o)+"/texts/"+language, map[string]any{"text": text}, nil))
		}
	}
	for language := range has {
		if _, stays := want[language]; !stays {
			errs = append(errs, x.call(http.MethodDelete, x.itemOf(o)+"/texts/"+language, nil, nil))
		}
	}
	return errors.Join(errs...)
}

// late sets what refers to things that had to be made first.
func (x *session) late(o, was *configfile.Object) error {
	if was == nil {
		was = &configfile.Object{Kind: o.Kind}
	}
	differ := differs(o, was)
	in := x.body(o, func(f configfile.Field, v any) bool { return f.Later && !f.Alone && differ(f, v) })
	if len(in) > 0 {
		if err := x.call(http.MethodPatch, x.itemOf(o), in, nil); err != nil {
			return err
		}
	}
	for _, f := range o.Kind.Fields {
		v, given := o.Fields[f.Name]
		if !given || !f.Later || !f.Alone || !differ(f, v) {
			continue
		}
		if err := x.setAlone(o, was, f, v); err != nil {
			return err
		}
	}
	return nil
}

func (x *session) setAlone(o, was *configfile.Object, f configfile.Field, v any) error {
	value := configfile.ToAPI(f.Shape, v, x.idOf)
	switch f.Name {
	case "overflow":
		return x.call(http.MethodPut, x.itemOf(o)+"/overflow", map[string]any{"rules": value}, nil)
	case "routing_rules":
		var is struct{ Version int }
		path := x.itemOf(o) + "/routing-rules"
		if err := x.call(http.MethodGet, path, nil, &is); err != nil {
			return err
		}
		return x.call(http.MethodPut, path, map[string]any{"version": is.Version, "rules": value}, nil)
	}
	return x.members(o, was)
}

// members adds and removes members of a queue.
func (x *session) members(o, was *configfile.Object) error {
	want, _ := o.Fields["members"].([]any)
	has, _ := was.Fields["members"].([]any)
	set := func(method string, email any) error {
		agent, _ := x.idOf(configfile.Agents, textOf(email))
		return x.call(method, x.itemOf(o)+"/members/"+agent, nil, nil)
	}
	for _, email := range want {
		if !slices.Contains(has, email) {
			if err := set(http.MethodPut, email); err != nil {
				return err
			}
		}
	}
	for _, email := range has {
		if !slices.Contains(want, email) {
			if err := set(http.MethodDelete, email); err != nil {
				return err
			}
		}
	}
	return nil
}

// prune deletes things of a kind that a file leaves out. One that is used stays, and
// is tried again after others of them have gone.
func (x *session) prune(gone []*configfile.Object, k *configfile.Kind) error {
	done := map[*configfile.Object]bool{}
	for {
		before := len(done)
		for _, o := range gone {
			if o.Kind != k || done[o] {
				continue
			}
			err := x.Store.Tx(x.ctx, func(*sqlx.Tx) error { return x.remove(o, gone) })
			told, refused := mistakesOf(o, err)
			p := httpx.ProblemOf(err)
			switch {
			case err == nil, p.Status == http.StatusNotFound: // somebody else deleted it meanwhile
				done[o] = true
				delete(x.used, o.ID())
			case p.Status == http.StatusConflict:
				x.used[o.ID()] = p.Detail
			case refused:
				return &wrongFile{told}
			default:
				return err
			}
		}
		if len(done) == before {
			return nil
		}
	}
}

// reasonOf says why pruning left a thing: it is used, or what it is listed in is.
func (x *session) reasonOf(o *configfile.Object) string {
	if why := x.used[o.ID()]; why != "" || o.Kind.In == "" {
		return why
	}
	return x.used[configfile.ID{Kind: o.Kind.In, Name: o.Parent}]
}

// remove deletes a thing. What is listed in one that goes, goes with it.
func (x *session) remove(o *configfile.Object, gone []*configfile.Object) error {
	with := func(p *configfile.Object) bool { return p.Kind.Name == o.Kind.In && p.Name == o.Parent }
	if o.Kind.In != "" && slices.ContainsFunc(gone, with) {
		return nil
	}
	return x.call(http.MethodDelete, x.itemOf(o), nil, nil)
}

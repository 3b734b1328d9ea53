package configfile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/configfile"
	"switchboard/secret"
	"switchboard/store/configdb"
)

// reference is a secret that the command line fills from its environment.
var reference = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// givenSecrets are those whose values a file has.
func givenSecrets(o *configfile.Object) map[string]string {
	out := map[string]string{}
	named, _ := o.Fields["secrets"].(map[string]any)
	for name, v := range named {
		if text := textOf(v); text != configfile.SecretSet && !reference.MatchString(text) {
			out[name] = text
		}
	}
	return out
}

// account makes or changes an account. One that lacks secrets is kept, paused.
func (x *session) account(o, was *configfile.Object) error {
	secrets := givenSecrets(o)
	provider := textOf(cond(o, orEmpty(was), "provider"))
	p, err := x.Providers.Get(provider)
	if err != nil {
		return httpx.Invalid(httpx.FieldError{Field: "provider", Reason: "must be one of " + strings.Join(x.Providers.Types(), ", ")})
	}
	has := map[string]any{}
	if was != nil {
		has, _ = was.Fields["secrets"].(map[string]any)
	}
	complete := len(lacking(p, has, secrets)) == 0
	if was == nil {
		if !complete {
			return x.incomplete(o, p, secrets)
		}
		in := x.body(o, func(f configfile.Field, v any) bool { return v != nil && !f.Secret })
		in["secrets"] = secrets
		return x.created(o, in)
	}
	return x.changeAccount(o, was, p, complete)
}

func orEmpty(o *configfile.Object) *configfile.Object {
	if o == nil {
		return &configfile.Object{}
	}
	return o
}

// lacking are the secrets that a provider must have and that there are not.
func lacking(p channel.Sender, has map[string]any, given map[string]string) (list []string) {
	for _, f := range channel.FieldsOf(p) {
		if f.Secret && f.Required && textOf(has[f.Name]) == "" && given[f.Name] == "" {
			list = append(list, f.Name)
		}
	}
	return list
}

func (x *session) changeAccount(o, was *configfile.Object, p channel.Sender, complete bool) error {
	secrets := givenSecrets(o)
	has, _ := was.Fields["secrets"].(map[string]any)
	in := x.body(o, func(f configfile.Field, v any) bool {
		return differs(o, was)(f, v) && !f.Secret && f.Name != "settings"
	})
	if _, moved := in["base_url"]; !moved { // there all are given anew
		maps.DeleteFunc(secrets, func(name, v string) bool { return has[name] == v })
	}
	if len(secrets) > 0 {
		in["secrets"] = secrets
	}
	if settings := settingsChange(o, was); len(settings) > 0 {
		in["settings"] = settings
	}
	if len(in) == 0 {
		return nil
	}
	if !complete {
		return x.incomplete(o, p, givenSecrets(o))
	}
	if err := x.call("PATCH", x.itemOf(o), in, nil); err != nil {
		return err
	}
	id, err := x.uuidOf(o)
	if err != nil {
		return err
	}
	return x.Store.ConfigFile.ResumeWithSecrets(x.ctx, id)
}

// settingsChange has null for what goes.
func settingsChange(o, was *configfile.Object) map[string]any {
	want, given := o.Fields["settings"].(map[string]any)
	has, _ := was.Fields["settings"].(map[string]any)
	out := map[string]any{}
	if !given {
		return out
	}
	for name, v := range want {
		if has[name] != v {
			out[name] = v
		}
	}
	for name := range has {
		if _, stays := want[name]; !stays {
			out[name] = nil
		}
	}
	return out
}

func (x *session) uuidOf(o *configfile.Object) (uuid.UUID, error) {
	id, _ := x.idOf(o.Kind.Name, o.Name)
	return uuid.Parse(id)
}

// incomplete makes or changes an account that lacks secrets, which the route of
// accounts does not take. Nothing comes in by it, because nothing can be verified,
// and nothing goes out, because it is paused.
func (x *session) incomplete(o *configfile.Object, p channel.Sender, secrets map[string]string) error {
	by := core.IdentityOf(x.sender).Actor()
	put := func(a *configdb.Account) error {
		x.put(o, a, secrets)
		a.Unique = channel.UniqueFields(p)
		return checkIncomplete(a, p, x.PrivateHosts)
	}
	id, err := x.uuidOf(o)
	if err == nil {
		_, err := x.Store.Config.ChangeAccount(x.ctx, by, id, put)
		return err
	}
	a := configdb.Account{ID: uuid.New(), Provider: textOf(o.Fields["provider"]), Key: secret.NewToken(), Settings: map[string]string{},
		Secrets: configdb.Secrets{}}
	if err := put(&a); err != nil {
		return err
	}
	made, err := x.Store.Config.CreateAccount(x.ctx, by, a)
	if err != nil {
		return err
	}
	x.learn(o.Kind.Name, o.Name, made.ID.String())
	return x.Store.ConfigFile.PauseForSecrets(x.ctx, made.ID)
}

// put puts what the file says into an account.
func (x *session) put(o *configfile.Object, a *configdb.Account, secrets map[string]string) {
	a.Name = o.Name
	if v, given := o.Fields["base_url"]; given {
		a.BaseURL = textOf(v)
	}
	if v, given := o.Fields["workstream"]; given {
		id, _ := x.idOf(configfile.Workstreams, textOf(v))
		a.Workstream, _ = uuid.Parse(id)
	}
	if settings, given := o.Fields["settings"].(map[string]any); given {
		clear(a.Settings)
		for name, v := range settings {
			a.Settings[name] = textOf(v)
		}
	}
	maps.Copy(a.Secrets, secrets)
}

// checkIncomplete checks all but that secrets are missing.
func checkIncomplete(a *configdb.Account, p channel.Sender, private []string) error {
	var k httpx.Checks
	k.Text("name", a.Name, 1, 100)
	k.BaseURL("base_url", a.BaseURL, private)
	k.Required("workstream_id", a.Workstream)
	for _, f := range channel.FieldsOf(p) {
		if !f.Secret && f.Required && a.Settings[f.Name] == "" {
			k.Add("settings."+f.Name, "must be given")
		}
	}
	known := func(secret bool, name string) bool {
		return slices.ContainsFunc(channel.FieldsOf(p), func(f channel.Field) bool { return f.Secret == secret && f.Name == name })
	}
	for _, name := range slices.Sorted(maps.Keys(a.Settings)) {
		if !known(false, name) {
			k.Add("settings."+name, "is no such field of this provider")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		if !known(true, name) {
			k.Add("secrets."+name, "is no such field of this provider")
		}
	}
	return k.Err()
}

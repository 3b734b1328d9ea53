package configfile

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/configfile"
	"switchboard/store/configfiledb"
)

// maxFile is how many bytes a file may have.
const maxFile = 16 << 20

// planView is what a file would change, or has changed.
type planView struct {
	Plan    string              `json:"plan"` // names it, to be applied as it was reviewed
	Changes []configfile.Change `json:"changes"`
	Missing []missingSecret     `json:"missing_secrets"` // of accounts, which are paused until they are given
	Kept    []kept              `json:"kept"`            // what the file leaves out and is not deleted
	Version *uuid.UUID          `json:"version_id"`      // of the history; null: nothing was changed
}

type missingSecret struct {
	Account string `json:"account"`
	Secret  string `json:"secret"`
}

type kept struct {
	Object string `json:"object"`
	Name   string `json:"name"`
	Reason string `json:"reason"` // why pruning leaves it; empty: without pruning
}

// errPlanned takes back what was tried.
var errPlanned = errors.New("planned")

// asked is what a request says.
type asked struct {
	file   *configfile.State
	prune  bool
	people bool // the file has members of queues
}

func readAsked(c echo.Context) (asked, error) {
	prune, err := flag(c, "prune")
	if err != nil {
		return asked{}, err
	}
	typ, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || typ != "application/yaml" && typ != "text/yaml" {
		return asked{}, httpx.NewProblem(http.StatusUnsupportedMediaType, httpx.CodeMediaType, "Send the file as application/yaml.")
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxFile))
	if err != nil {
		var size *http.MaxBytesError
		if errors.As(err, &size) {
			return asked{}, err
		}
		return asked{}, httpx.Malformed("The body could not be read to its end.")
	}
	file, wrong := configfile.Read(data)
	if len(wrong) > 0 {
		return asked{}, problem(wrong)
	}
	in := asked{file: file, prune: prune}
	for _, o := range file.Objects {
		if _, has := o.Fields["members"]; has {
			in.people = true
		}
	}
	return in, nil
}

func flag(c echo.Context, name string) (bool, error) {
	switch c.QueryParam(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, httpx.BadParameter(name, "must be true or false")
}

// planned is what became of a file in a transaction.
type planned struct {
	view          planView
	before, after *configfile.State
}

// try makes of what is there what a file says, and tells the difference.
func (x *session) try(in asked) (planned, error) {
	before, err := x.current(in.people)
	if err != nil {
		return planned{}, err
	}
	if twice := before.Twice(); len(twice) > 0 {
		return planned{}, sameNames(twice)
	}
	people := map[string]bool{}
	for _, email := range x.names[configfile.Agents] {
		people[email] = true
	}
	if wrong := configfile.Check(in.file, before, in.prune, people); len(wrong) > 0 {
		return planned{}, &wrongFile{wrong}
	}
	if err := x.run(in.file, before, in.prune); err != nil {
		return planned{}, err
	}
	after, err := x.current(in.people)
	if err != nil {
		return planned{}, err
	}
	out := planned{before: before, after: after}
	out.view = planView{Changes: configfile.Diff(before, after), Missing: x.missing(after), Kept: []kept{}}
	is := after.Index()
	for _, o := range configfile.Pruned(in.file, before) {
		if is[o.ID()] != nil {
			out.view.Kept = append(out.view.Kept, kept{o.Kind.One, o.Name, x.reasonOf(o)})
		}
	}
	out.view.Plan, err = configfile.Hash(out.view.Changes)
	return out, err
}

// missing are the secrets that accounts lack.
func (x *session) missing(s *configfile.State) []missingSecret {
	list := []missingSecret{}
	for _, o := range s.Objects {
		if o.Kind.Name != configfile.Accounts {
			continue
		}
		p, err := x.Providers.Get(textOf(o.Fields["provider"]))
		if err != nil {
			continue
		}
		has, _ := o.Fields["secrets"].(map[string]any)
		for _, name := range lacking(p, has, nil) {
			list = append(list, missingSecret{o.Name, name})
		}
	}
	return list
}

// sameNames refuses a configuration in which names do not tell things apart.
func sameNames(twice []*configfile.Object) error {
	var list []string
	for _, o := range twice {
		list = append(list, o.Kind.One+" “"+o.Name+"”")
	}
	return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "A configuration file finds things by their names, and some names are "+
		"there twice: "+strings.Join(list, ", ")+". Rename one of each, then try again.")
}

func answered(err error) error {
	var wrong *wrongFile
	if errors.As(err, &wrong) {
		return problem(wrong.list)
	}
	return err
}

// plan tells what a file would change, by applying it and taking it back.
func (s *Server) plan(c echo.Context) error {
	in, err := readAsked(c)
	if err != nil {
		return err
	}
	var out planned
	err = s.together(c, func(x *session) error {
		if out, err = x.try(in); err != nil {
			return err
		}
		return errPlanned
	})
	if !errors.Is(err, errPlanned) {
		return answered(err)
	}
	c.Response().Header().Set("ETag", `"`+out.view.Plan+`"`)
	return c.JSON(http.StatusOK, out.view)
}

// apply changes what a plan said, all of it or nothing.
func (s *Server) apply(c echo.Context) error {
	reviewed := strings.Trim(c.Request().Header.Get("If-Match"), `"`)
	if reviewed == "" {
		return httpx.BadParameter("If-Match", "must be the plan that was reviewed, see POST /v1/config/plan")
	}
	in, err := readAsked(c)
	if err != nil {
		return err
	}
	var out planned
	err = s.together(c, func(x *session) error {
		if err := x.Store.ConfigFile.Lock(x.ctx); err != nil {
			return err
		}
		if out, err = x.try(in); err != nil {
			return err
		}
		if out.view.Plan != reviewed {
			return httpx.NewProblem(http.StatusPreconditionFailed, httpx.CodeMismatch,
				"The file, or what is there, is not what was reviewed any more. Nothing was changed; make a new plan and review it.")
		}
		if len(out.view.Changes) == 0 {
			return errPlanned
		}
		return x.keep(&out, in)
	})
	if err != nil && !errors.Is(err, errPlanned) {
		return answered(err)
	}
	c.Response().Header().Set("ETag", `"`+out.view.Plan+`"`)
	return c.JSON(http.StatusOK, out.view)
}

// keep records what was applied.
func (x *session) keep(p *planned, in asked) error {
	before, err := configfile.Write(p.before.WithoutSecrets())
	if err != nil {
		return err
	}
	after, err := configfile.Write(p.after.WithoutSecrets())
	if err != nil {
		return err
	}
	v := configfiledb.Version{Plan: p.view.Plan, Pruned: in.prune}
	if v.Changes, err = json.Marshal(p.view.Changes); err != nil {
		return err
	}
	for _, change := range p.view.Changes {
		switch change.Action {
		case configfile.Create:
			v.Created++
		case configfile.Update:
			v.Changed++
		case configfile.Delete:
			v.Deleted++
		}
	}
	id, err := x.Store.ConfigFile.Keep(x.ctx, core.IdentityOf(x.sender).Actor(), v, string(before), string(after))
	p.view.Version = &id
	return err
}

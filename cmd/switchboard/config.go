package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// configCommand moves the configuration between installations as a file.
type configCommand struct {
	Export configExport `cmd:"" help:"Write the configuration of an installation, without secrets."`
	Plan   configPlan   `cmd:"" help:"Tell what a file would change; nothing is changed."`
	Apply  configApply  `cmd:"" help:"Change an installation to what a file says, all of it or nothing."`
}

type configExport struct {
	remote
	People bool   `help:"With the members of queues, by e-mail address."`
	Output string `short:"o" help:"Write to this file." type:"path" placeholder:"FILE"`
}

// Run writes the file.
func (c *configExport) Run(ctx context.Context) error {
	path := "/v1/config"
	if c.People {
		path += "?people=true"
	}
	got, err := c.send(ctx, "GET", path, nil, "")
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = os.Stdout.Write(got)
		return err
	}
	return os.WriteFile(c.Output, got, 0o600)
}

// configFile is a file with what is done about it.
type configFile struct {
	remote
	File  string `arg:"" help:"The file; - is the standard input."`
	Prune bool   `help:"Delete what the file does not list, in the sections that it has."`
}

// read returns the file with the secrets that it refers to.
func (c *configFile) read() ([]byte, error) {
	var data []byte
	var err error
	if c.File == "-" {
		data, err = io.ReadAll(os.Stdin)
	} else {
		data, err = os.ReadFile(c.File)
	}
	if err != nil {
		return nil, err
	}
	return fillSecrets(data, os.LookupEnv)
}

func (c *configFile) query() string {
	if c.Prune {
		return "?prune=true"
	}
	return ""
}

func (c *configFile) plan(ctx context.Context, data []byte) (plan, error) {
	var p plan
	err := c.sendFile(ctx, "/v1/config/plan"+c.query(), data, "", &p)
	return p, err
}

type configPlan struct {
	configFile
	Output string `short:"o" help:"Write the plan's name to this file, for apply --plan." type:"path" placeholder:"FILE"`
	Detail bool   `help:"Exit with 2 if there are changes." name:"detailed-exit-code"`
}

// Run prints what would change.
func (c *configPlan) Run(ctx context.Context) error {
	data, err := c.read()
	if err != nil {
		return err
	}
	p, err := c.plan(ctx, data)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	p.print(&out)
	fmt.Fprintf(&out, "Plan: %s\n", p.Plan)
	if _, err := os.Stdout.Write(out.Bytes()); err != nil {
		return err
	}
	if c.Output != "" {
		if err := os.WriteFile(c.Output, []byte(p.Plan+"\n"), 0o600); err != nil {
			return err
		}
	}
	if c.Detail && len(p.Changes) > 0 {
		return exitCode(2)
	}
	return nil
}

// exitCode ends the program without a word.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// ExitCode is what the program ends with.
func (e exitCode) ExitCode() int { return int(e) }

type configApply struct {
	configFile
	Plan string `help:"The plan that was reviewed: its name, or the file that plan -o wrote." placeholder:"PLAN"`
	Yes  bool   `help:"Apply without having reviewed a plan."`
}

// Run applies the file as it was planned.
func (c *configApply) Run(ctx context.Context) error {
	data, err := c.read()
	if err != nil {
		return err
	}
	name, err := c.reviewed(ctx, data)
	if err != nil || name == "" {
		return err
	}
	var p plan
	if err := c.sendFile(ctx, "/v1/config/apply"+c.query(), data, name, &p); err != nil {
		return err
	}
	var out bytes.Buffer
	p.print(&out)
	if len(p.Changes) > 0 {
		out.WriteString("Applied.\n")
	}
	_, err = os.Stdout.Write(out.Bytes())
	return err
}

// reviewed is the name of the plan to apply; "": somebody said no.
func (c *configApply) reviewed(ctx context.Context, data []byte) (string, error) {
	if c.Plan != "" {
		if kept, err := os.ReadFile(c.Plan); err == nil {
			return strings.TrimSpace(string(kept)), nil
		}
		return c.Plan, nil
	}
	p, err := c.plan(ctx, data)
	if err != nil || c.Yes {
		return p.Plan, err
	}
	if c.File == "-" {
		return "", errors.New("a file from the standard input needs --plan or --yes")
	}
	var out bytes.Buffer
	p.print(&out)
	if len(p.Changes) > 0 {
		out.WriteString("Apply this? Only yes is accepted: ")
	}
	if _, err := os.Stdout.Write(out.Bytes()); err != nil || len(p.Changes) == 0 {
		return "", err
	}
	var said string
	if _, err := fmt.Scanln(&said); err != nil || said != "yes" {
		return "", errors.New("nothing was changed")
	}
	return p.Plan, nil
}

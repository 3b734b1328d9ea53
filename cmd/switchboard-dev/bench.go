package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"switchboard/bench"
)

type benchCommand struct {
	Out  string        `help:"File for the figures; empty only prints them." default:"bench/results.json"`
	Only []string      `help:"Run these steps only, and write their figures over those of the last whole run: idle, history, latency, workflow, ingest, assign, freed, routing, waiting, campaign, webchat."`
	Time time.Duration `help:"How long each load lasts." default:"20s"`

	Parked int `help:"How many conversations wait." default:"20000"`
}

func (c *benchCommand) Run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	product, err := productBinary()
	if err != nil {
		return err
	}
	return bench.Run(ctx, bench.Options{Binary: product, Self: self, Out: c.Out, Only: c.Only, Time: c.Time, Parked: c.Parked, Progress: os.Stderr})
}

// bareCommand serves what bench compares with.
type bareCommand struct {
	Listen string `env:"SWITCHBOARD_BARE_LISTEN" required:""`
	DSN    string `env:"SWITCHBOARD_BARE_DSN" required:""`
	Secret string `env:"SWITCHBOARD_BARE_SECRET" required:""`
}

func (c *bareCommand) Run(ctx context.Context) error { return bench.Bare(ctx, bench.BareOptions(*c)) }

// Command switchboard-dev is for those who try or develop Switchboard: `dev` runs
// everything on one machine with demo data, `sandbox` the providers' stand-ins,
// `bench` measures. Nothing of it is in the program that holds customers' data.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // operating hours are in zones that the machine may not know

	"github.com/alecthomas/kong"
)

type cli struct {
	LogLevel string `help:"Least level to log: debug, info, warn, error." enum:"debug,info,warn,error" default:"info" env:"SWITCHBOARD_LOG_LEVEL"`

	Dev     devCommand     `cmd:"" help:"Run everything on this machine, with demo data: PostgreSQL, Temporal, its UI, api, worker, sandbox."`
	Sandbox sandboxCommand `cmd:"" help:"Run the providers' stand-ins, with phones to type on."`
	Bench   benchCommand   `cmd:"" help:"Measure the product on real parts and write the figures."`
	Bare    bareCommand    `cmd:"" hidden:"" help:"What bench compares with."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("switchboard-dev"), kong.UsageOnError(),
		kong.Description("Try, develop and measure Switchboard on one machine."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(log); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "switchboard-dev:", err)
		stop()
		os.Exit(1)
	}
}

// Command switchboard is the product: `serve`, `api` and `worker` run it, `migrate`,
// `rekey` and `password` keep its data. What one tries it with is cmd/switchboard-dev.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // operating hours are in zones that the machine may not know

	"github.com/alecthomas/kong"
)

// cli is the command line. Every flag of the commands can be set in the
// environment too; the help says how.
type cli struct {
	LogLevel  string `help:"Least level to log: debug, info, warn, error." enum:"debug,info,warn,error" default:"info" env:"SWITCHBOARD_LOG_LEVEL"`
	LogFormat string `help:"How to log: text or json." enum:"text,json" default:"text" env:"SWITCHBOARD_LOG_FORMAT"`

	Serve    serveCommand    `cmd:"" help:"Run api and worker in one process."`
	API      apiCommand      `cmd:"" name:"api" help:"Run the HTTP side: agents' API, webhooks, event stream."`
	Worker   workerCommand   `cmd:"" help:"Run the workflows and activities."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database and Temporal's namespace up to date; make the first administrator."`
	Password passwordCommand `cmd:"" help:"Print a link by which somebody sets a new password: for an administrator who is locked out."`
	Rekey    rekeyCommand    `cmd:"" help:"Encrypt with SWITCHBOARD_KEY what SWITCHBOARD_KEY_PREVIOUS encrypted."`
	Config   configCommand   `cmd:"" help:"Export the configuration as a file, plan and apply one."`
}

// gcPercent lets the small heap of this program grow further between
// collections: at Go's 100 they take a fifth of its time under load.
const gcPercent = 300

func main() {
	if err := secretsFromFiles(os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "switchboard:", err)
		os.Exit(1)
	}
	var c cli
	k := kong.Parse(&c, kong.Name("switchboard"), kong.UsageOnError(),
		kong.Description("Customer service on LINE, WhatsApp and SMS, one Temporal workflow per conversation."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	log := c.logger()
	slog.SetDefault(log)
	k.BindTo(ctx, (*context.Context)(nil))
	err := k.Run(log)
	if code := exitCode(0); errors.As(err, &code) {
		stop()
		os.Exit(code.ExitCode())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "switchboard:", err)
		stop()
		os.Exit(1)
	}
}

func (c *cli) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
	opts := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

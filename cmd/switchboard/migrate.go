package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"switchboard/schema/namespace"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

type migrateCommand struct {
	backends
	AdminEmail    string `help:"Makes an administrator with this address, unless somebody has it." env:"SWITCHBOARD_ADMIN_EMAIL"`
	AdminPassword string `help:"Password of that administrator." env:"SWITCHBOARD_ADMIN_PASSWORD"`
}

// Run may be repeated and may run while the product does.
func (c *migrateCommand) Run(ctx context.Context, log *slog.Logger) error {
	p, err := c.open(log)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.checkSessions(ctx, time.Minute); err != nil {
		return err
	}
	if err := p.store.Migrate(ctx); err != nil {
		return err
	}
	log.Info("the database is up to date")
	opts, err := c.temporalOptions()
	if err != nil {
		return err
	}
	if err := namespace.Prepare(ctx, opts); err != nil {
		return err
	}
	log.Info("Temporal's namespace is up to date", "namespace", opts.Namespace)
	if c.AdminEmail == "" {
		return nil
	}
	if c.AdminPassword == "" {
		return errors.New("an administrator needs a password: set SWITCHBOARD_ADMIN_PASSWORD")
	}
	if why := secret.Weakness(c.AdminPassword, c.AdminEmail); why != "" {
		return fmt.Errorf("SWITCHBOARD_ADMIN_PASSWORD %s", why)
	}
	return p.ensureAgent(ctx, admindb.NewAgent{Name: "Administrator", Email: c.AdminEmail, Role: configdb.RoleAdministrator, Capacity: 1,
		PasswordHash: secret.HashPassword(c.AdminPassword)})
}

// ensureAgent adds a person unless their e-mail address is known.
func (p *deps) ensureAgent(ctx context.Context, n admindb.NewAgent) error {
	_, err := p.store.Config.CredentialsOf(ctx, n.Email)
	if errors.Is(err, pg.ErrNotFound) {
		_, err = p.store.Admin.CreateAgent(ctx, auditdb.Actor{}, n)
	}
	return err
}

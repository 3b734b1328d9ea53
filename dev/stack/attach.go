package stack

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
)

// AttachPostgres returns a server on this machine that another process runs, at
// the address of one of its databases. It can be used and not be stopped.
func AttachPostgres(dsn string) (*Postgres, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("address of PostgreSQL: %w", err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil, fmt.Errorf("address of PostgreSQL: %w", err)
	}
	password, _ := u.User.Password()
	return newPostgres(PostgresOptions{Port: port, Password: password}), nil
}

// AttachTemporal returns a server on this machine that another process runs, at
// the address of its frontend. It can be used and not be stopped.
func AttachTemporal(address string) (*Temporal, error) {
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address of Temporal: %w", err)
	}
	port, err := strconv.Atoi(p)
	if err != nil {
		return nil, fmt.Errorf("address of Temporal: %w", err)
	}
	return &Temporal{opts: TemporalOptions{Port: port}}, nil
}

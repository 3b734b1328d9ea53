package pg

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/lib/pq"
)

// errReadOnly says that the server takes no writes: a standby that was not
// promoted, or a server that was made read-only.
var errReadOnly = errors.New("the database server takes no writes: it is a standby, or was made read-only")

// setUp gives a session the limits that keep one process from stopping all others,
// unless the address, the role, the database or the server has its own, and asks
// whether the server takes writes. It is a statement, and no parameter of the
// start, because a pooler between us and the server refuses those that it does not know.
//   - A session that stands still inside a transaction holds its locks: of a process
//     that was stopped or cut off they must go.
//   - Nobody waits for a lock for ever, or with the locks of others in hand.
//     It is longer than deadlock_timeout, so that a deadlock is called one.
//   - The server must notice that a client's machine is gone.
const setUp = `
` + takesNoWrites + `,
  (SELECT count(set_config(s.name, w.value, false)) FROM (VALUES ('idle_in_transaction_session_timeout', '10s'), ('lock_timeout', '4s'),
    ('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '30s')) AS w(name, value)
   JOIN pg_settings s ON s.name = w.name WHERE s.source = 'default')`

// patient takes back the limit for what waits for others on purpose.
const patient = `SELECT set_config('lock_timeout', '0', false)`

// begin prepares a new session. A server that takes no writes is refused.
func (c *conn) begin(ctx context.Context) error {
	readOnly, err := c.ask(ctx, setUp)
	switch {
	case err != nil:
		return fmt.Errorf("prepare session: %w", err)
	case readOnly:
		return errReadOnly
	case !c.from.patient:
		return nil
	}
	if _, err := c.pqConn.ExecContext(ctx, patient, nil); err != nil {
		return fmt.Errorf("prepare session: %w", err)
	}
	return nil
}

const takesNoWrites = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'`

// Ping implements driver.Pinger: it finds a server that has stopped taking writes, too.
func (c *conn) Ping(ctx context.Context) error {
	readOnly, err := c.ask(ctx, takesNoWrites)
	if readOnly {
		c.drop()
	}
	if err != nil || readOnly {
		return driver.ErrBadConn
	}
	return nil
}

// ask returns the first column of a statement's only row.
func (c *conn) ask(ctx context.Context, query string) (bool, error) {
	rows, err := c.pqConn.QueryContext(ctx, query, nil)
	if err != nil {
		return false, err
	}
	got := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(got)
	if errClose := rows.Close(); err == nil {
		err = errClose
	}
	if err != nil {
		return false, err
	}
	yes, _ := got[0].(bool)
	return yes, nil
}

// drop ends the use of all sessions that are as old as this one: they lie on a
// server that takes no writes.
func (c *conn) drop() { c.from.era.CompareAndSwap(c.era, c.era+1) }

// refusesWrites reports whether the server said that it is read-only. A
// transaction begins with READ WRITE, which a standby calls not supported.
func refusesWrites(err error, beginning bool) bool {
	var pe *pq.Error
	return errors.As(err, &pe) && (pe.Code == "25006" || beginning && pe.Code == "0A000")
}

// Dialer opens the connections to the database. One whose other side is gone
// without a word ends within half a minute.
type Dialer struct{}

var dialer = net.Dialer{
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
	Control:         boundUnacknowledged,
}

// Dial implements pq.Dialer.
func (Dialer) Dial(network, address string) (net.Conn, error) { return dialer.Dial(network, address) }

// DialTimeout implements pq.Dialer.
func (Dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	d := dialer
	d.Timeout = timeout
	return d.Dial(network, address)
}

// DialContext implements pq.DialerContext.
func (Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return dialer.DialContext(ctx, network, address)
}

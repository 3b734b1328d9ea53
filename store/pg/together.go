package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// errNoPrepare says that statements are not prepared by hand in Together.
var errNoPrepare = errors.New("a statement cannot be prepared here")

// Together runs f with a database of which everything that is done is part of one
// transaction. Transactions within it are savepoints, so that whatever works on a
// DB can be put together with more. What f is given must not be used after it, and
// not from several goroutines at once. An error of f takes everything back. It may
// run more than once: a transaction that collided with another is repeated.
func (s *DB) Together(ctx context.Context, f func(*DB) error) error {
	return s.repeated(ctx, driver.TxOptions{}, f)
}

// ReadTogether is Together for what only reads: all of it sees the same moment.
func (s *DB) ReadTogether(ctx context.Context, f func(*DB) error) error {
	return s.repeated(ctx, driver.TxOptions{Isolation: driver.IsolationLevel(sql.LevelRepeatableRead), ReadOnly: true}, f)
}

func (s *DB) repeated(ctx context.Context, o driver.TxOptions, f func(*DB) error) error {
	for try := 1; ; try++ {
		err := s.together(ctx, o, f)
		if err == nil || !Busy(err) || try >= collidedTries || Locked(err) && try >= lockedTries {
			return err
		}
		select {
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (s *DB) together(ctx context.Context, o driver.TxOptions, f func(*DB) error) error {
	held, err := s.SQL.Conn(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	var within *DB
	err = held.Raw(func(dc any) error {
		c, ok := dc.(*conn)
		if !ok {
			return errors.New("the PostgreSQL driver lacks what a transaction needs")
		}
		tx, err := c.BeginTx(ctx, o)
		if err != nil {
			return err
		}
		one := &oneTx{conn: c}
		db := sqlx.NewDb(sql.OpenDB(one), "postgres")
		within = &DB{SQL: db, Secrets: s.Secrets, dsn: s.dsn}
		err = f(within)
		one.end()
		_ = db.Close()
		if err != nil {
			_ = tx.Rollback()
			return err
		}
		return tx.Commit()
	})
	if err == nil {
		s.wakeAfter(within)
	}
	return err
}

// wakeAfter wakes whoever would have been woken by what was put together.
func (s *DB) wakeAfter(within *DB) {
	s.events.Wake()
	s.bells.Wake()
	if within.AccessVersion() > 0 {
		s.AccessChanged()
	}
}

// oneTx opens connections that are all the same one, in its transaction. Answers
// are read to their end at once, so that the next statement does not have to wait.
type oneTx struct {
	mu    sync.Mutex
	conn  *conn
	ended bool
}

var errEnded = errors.New("the transaction has ended")

func (t *oneTx) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// Connect implements driver.Connector.
func (t *oneTx) Connect(context.Context) (driver.Conn, error) { return partConn{t}, nil }

// Driver implements driver.Connector.
func (t *oneTx) Driver() driver.Driver { return t.conn.from.Driver() }

func (t *oneTx) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return nil, errEnded
	}
	return t.conn.ExecContext(ctx, query, args)
}

func (t *oneTx) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return nil, errEnded
	}
	rows, err := t.conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return readAll(rows)
}

// partConn is a connection that is part of a oneTx.
type partConn struct{ tx *oneTx }

// Prepare implements driver.Conn.
func (partConn) Prepare(string) (driver.Stmt, error) { return nil, errNoPrepare }

// Close implements driver.Conn; the connection stays with whoever has the transaction.
func (partConn) Close() error { return nil }

// Begin implements driver.Conn.
func (c partConn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx implements driver.ConnBeginTx: a savepoint, which sees what the
// transaction sees.
func (c partConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if _, err := c.tx.exec(ctx, `SAVEPOINT part`, nil); err != nil {
		return nil, err
	}
	return part(c), nil
}

// ExecContext implements driver.ExecerContext.
func (c partConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.tx.exec(ctx, query, args)
}

// QueryContext implements driver.QueryerContext.
func (c partConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.tx.query(ctx, query, args)
}

// CheckNamedValue implements driver.NamedValueChecker.
func (c partConn) CheckNamedValue(v *driver.NamedValue) error { return c.tx.conn.CheckNamedValue(v) }

// part is a transaction within another one.
type part struct{ tx *oneTx }

// Commit implements driver.Tx.
func (p part) Commit() error {
	_, err := p.tx.exec(context.Background(), `RELEASE SAVEPOINT part`, nil)
	return err
}

// Rollback implements driver.Tx.
func (p part) Rollback() error {
	if _, err := p.tx.exec(context.Background(), `ROLLBACK TO SAVEPOINT part`, nil); err != nil {
		return err
	}
	return p.Commit()
}

// readRows are an answer that was read to its end.
type readRows struct {
	columns []string
	values  [][]driver.Value
}

func readAll(rows driver.Rows) (driver.Rows, error) {
	out := &readRows{columns: rows.Columns()}
	for {
		row := make([]driver.Value, len(out.columns))
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return out, rows.Close()
		}
		if err != nil {
			_ = rows.Close()
			return nil, err
		}
		for i, v := range row {
			if b, isBytes := v.([]byte); isBytes && b != nil {
				row[i] = append([]byte{}, b...) // the driver uses its buffer again
			}
		}
		out.values = append(out.values, row)
	}
}

// Columns implements driver.Rows.
func (r *readRows) Columns() []string { return r.columns }

// Close implements driver.Rows.
func (r *readRows) Close() error { return nil }

// Next implements driver.Rows.
func (r *readRows) Next(into []driver.Value) error {
	if len(r.values) == 0 {
		return io.EOF
	}
	if copy(into, r.values[0]) != len(r.columns) {
		return fmt.Errorf("an answer of %d columns", len(r.columns))
	}
	r.values = r.values[1:]
	return nil
}

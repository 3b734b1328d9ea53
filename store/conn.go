package store

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// keptStatements is how many statements a connection keeps prepared: more than
// a conversation's life takes, few enough that their plans stay small in the
// server's memory.
const keptStatements = 100

// openDB returns a database whose connections prepare what they run repeatedly.
// Planning costs the large statements here several times what running them does,
// and lib/pq, unlike other drivers, asks the server to plan each time anew.
func openDB(dsn string) (*sqlx.DB, error) {
	c, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(connector{c}), "postgres"), nil
}

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pc, ok := inner.(pqConn)
	if !ok {
		_ = inner.Close()
		return nil, errors.New("the PostgreSQL driver lacks what a connection needs")
	}
	return &conn{pqConn: pc, known: map[string]*list.Element{}}, nil
}

// pqConn is what a connection of lib/pq can do.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// A conn prepares a statement when it is given for the second time, and keeps
// those used last. database/sql never uses a connection from two goroutines.
type conn struct {
	pqConn
	known map[string]*list.Element
	order list.List // of *known, used last in front
}

type known struct {
	query string
	stmt  keptStatement // nil until the second use
}

type keptStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	st, err := c.kept(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.pqConn.QueryContext(ctx, query, args)
	}
	rows, err := st.QueryContext(ctx, args)
	c.judge(query, err)
	return rows, err
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	st, err := c.kept(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.pqConn.ExecContext(ctx, query, args)
	}
	res, err := st.ExecContext(ctx, args)
	c.judge(query, err)
	return res, err
}

// kept returns the prepared statement, or nil for one to be run as it is: what
// has no parameters may be several statements, which cannot be prepared.
func (c *conn) kept(ctx context.Context, query string, args []driver.NamedValue) (keptStatement, error) {
	if len(args) == 0 {
		return nil, nil
	}
	e, again := c.known[query]
	if !again {
		if len(c.known) >= keptStatements {
			c.forget(c.order.Back())
		}
		c.known[query] = c.order.PushFront(&known{query: query})
		return nil, nil
	}
	c.order.MoveToFront(e)
	k := e.Value.(*known)
	if k.stmt != nil {
		return k.stmt, nil
	}
	st, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	var ok bool
	if k.stmt, ok = st.(keptStatement); !ok {
		_ = st.Close()
		return nil, errors.New("the PostgreSQL driver lacks what a statement needs")
	}
	return k.stmt, nil
}

// judge forgets a statement that the server refuses to run as it was prepared,
// as after a migration that changed what it returns.
func (c *conn) judge(query string, err error) {
	var pe *pq.Error
	if errors.As(err, &pe) && (pe.Code == "0A000" || pe.Code == "26000") {
		c.forget(c.known[query])
	}
}

func (c *conn) forget(e *list.Element) {
	k := c.order.Remove(e).(*known)
	delete(c.known, k.query)
	if k.stmt != nil {
		_ = k.stmt.Close() // a connection that cannot do even this is broken, as its next use will tell
	}
}

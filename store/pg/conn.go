package pg

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maxPrepared is how many statements a connection keeps prepared: more than
// a conversation's life takes, few enough that their plans stay small in the
// server's memory.
const maxPrepared = 100

// openDB returns a database whose connections prepare what they run repeatedly.
// Planning costs the large statements here several times what running them does,
// and lib/pq, unlike other drivers, asks the server to plan each time anew.
func openDB(dsn string) (*sqlx.DB, error) { return openAs(dsn, false) }

// openAs is openDB, or one whose sessions wait for locks as long as it takes.
func openAs(dsn string, patient bool) (*sqlx.DB, error) {
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, err
	}
	if len(cfg.Multi) > 0 && cfg.TargetSessionAttrs == "" { // of several servers, the one that takes writes
		cfg.TargetSessionAttrs = pq.TargetSessionAttrsReadWrite
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	c, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	c.Dialer(Dialer{})
	return sqlx.NewDb(sql.OpenDB(&connector{Connector: c, patient: patient}), "postgres"), nil
}

const connectTimeout = 10 * time.Second

type connector struct {
	driver.Connector
	patient bool
	era     atomic.Int64 // grows when a server turns out to take no writes
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	era := c.era.Load()
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pc, ok := inner.(pqConn)
	if !ok {
		_ = inner.Close()
		return nil, errors.New("the PostgreSQL driver lacks what a connection needs")
	}
	cn := &conn{pqConn: pc, from: c, era: era, known: map[string]*list.Element{}}
	if err := cn.begin(ctx); err != nil {
		_ = inner.Close()
		return nil, err
	}
	return cn, nil
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
	from  *connector
	era   int64
	inTx  bool
	known map[string]*list.Element
	order list.List // of *known, used last in front
}

type entry struct {
	query string
	stmt  preparedStatement // nil until the second use
}

type preparedStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	st, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, c.evictIfStale(query, err)
	}
	var rows driver.Rows
	if st == nil {
		rows, err = c.pqConn.QueryContext(ctx, query, args)
	} else {
		rows, err = st.QueryContext(ctx, args)
	}
	return rows, c.evictIfStale(query, err)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	st, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, c.evictIfStale(query, err)
	}
	var res driver.Result
	if st == nil {
		res, err = c.pqConn.ExecContext(ctx, query, args)
	} else {
		res, err = st.ExecContext(ctx, args)
	}
	return res, c.evictIfStale(query, err)
}

// prepared returns the prepared statement, or nil for one to be run as it is: what
// has no parameters may be several statements, which cannot be prepared.
func (c *conn) prepared(ctx context.Context, query string, args []driver.NamedValue) (preparedStatement, error) {
	if len(args) == 0 {
		return nil, nil
	}
	e, again := c.known[query]
	if !again {
		if len(c.known) >= maxPrepared {
			c.forget(c.order.Back())
		}
		c.known[query] = c.order.PushFront(&entry{query: query})
		return nil, nil
	}
	c.order.MoveToFront(e)
	k := e.Value.(*entry)
	if k.stmt != nil {
		return k.stmt, nil
	}
	st, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	var ok bool
	if k.stmt, ok = st.(preparedStatement); !ok {
		_ = st.Close()
		return nil, errors.New("the PostgreSQL driver lacks what a statement needs")
	}
	return k.stmt, nil
}

// evictIfStale forgets a statement that the server refuses to run as it was prepared,
// as after a migration that changed what it returns. A server that takes no
// writes loses all its sessions; what runs by itself is then run on another.
func (c *conn) evictIfStale(query string, err error) error {
	var pe *pq.Error
	if !errors.As(err, &pe) {
		return err
	}
	if pe.Code == "0A000" || pe.Code == "26000" {
		if e, known := c.known[query]; known {
			c.forget(e)
		}
	}
	if refusesWrites(err, false) {
		c.drop()
		if !c.inTx {
			return driver.ErrBadConn
		}
	}
	return err
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.pqConn.BeginTx(ctx, opts)
	if refusesWrites(err, true) {
		c.drop()
		return nil, driver.ErrBadConn
	}
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return connTx{tx, c}, nil
}

type connTx struct {
	driver.Tx
	c *conn
}

func (t connTx) Commit() error {
	t.c.inTx = false
	return t.Tx.Commit()
}

func (t connTx) Rollback() error {
	t.c.inTx = false
	return t.Tx.Rollback()
}

// ResetSession implements driver.SessionResetter.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.era != c.from.era.Load() {
		return driver.ErrBadConn
	}
	return c.pqConn.ResetSession(ctx)
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool { return c.era == c.from.era.Load() && c.pqConn.IsValid() }

func (c *conn) forget(e *list.Element) {
	k := c.order.Remove(e).(*entry)
	delete(c.known, k.query)
	if k.stmt != nil {
		_ = k.stmt.Close() // a connection that cannot do even this is broken, as its next use will tell
	}
}

package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// ErrUnknownAccount says that a webhook address is nobody's.
var ErrUnknownAccount = errors.New("no such account")

// account is what the cache knows of a webhook address.
type account struct {
	id       uuid.UUID
	provider string
	channel  channel.Account
	read     time.Time
	missing  bool // the database knew no such address
}

// accounts caches accounts by webhook address. An entry is read again when it is
// older than fresh; while the database is away, what is known keeps working.
type accounts struct {
	db    Store
	call  caller
	fresh time.Duration
	away  func(error)   // told when the database is
	slots chan struct{} // guessed addresses must not take all connections

	mu    sync.Mutex
	known map[string]account
	gone  map[string]account
	busy  map[string]bool // is being read again

	list   []account // all, for those that share an address
	listed time.Time
}

const (
	maxMissing   = 4096
	maxLookups   = 4
	maxAddresses = 100_000
	addressKey   = 200 // longest webhook key worth asking for
)

func newAccounts(db Store, call caller, fresh time.Duration, away func(error)) *accounts {
	return &accounts{db: db, call: call, fresh: fresh, away: away, slots: make(chan struct{}, maxLookups),
		known: map[string]account{}, gone: map[string]account{}, busy: map[string]bool{}}
}

// warm reads all accounts, so that a database that goes away later finds them known.
func (a *accounts) warm(ctx context.Context) error {
	var list []configdb.Account
	err := a.call(ctx, func(ctx context.Context) (err error) {
		list, err = a.db.Accounts(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	for _, s := range list {
		a.remember(s.Provider+"/"+s.Key, account{id: s.ID, provider: s.Provider, channel: s.Channel(), read: time.Now()})
	}
	return nil
}

// get returns an account: from the cache if it is fresh, or if away says that
// the database need not be asked.
func (a *accounts) get(ctx context.Context, provider, key string, away bool) (account, error) {
	if key == "" || len(key) > addressKey || clean(key) != key {
		return account{}, ErrUnknownAccount
	}
	name := provider + "/" + key
	got, have, mine := a.look(name, away)
	if have && !mine {
		return got.orMissing()
	}
	if away {
		return account{}, errAway
	}
	if mine {
		defer a.done(name)
	}
	read, err := a.read(ctx, provider, key)
	if err != nil {
		if have && !errors.Is(err, ErrUnknownAccount) {
			return got.orMissing()
		}
		return account{}, err
	}
	return read, nil
}

// again reads an account that was read before, unless somebody just does.
func (a *accounts) again(ctx context.Context, provider string, old account) (account, error) {
	name := provider + "/" + old.channel.Key
	a.mu.Lock()
	now, taken := a.known[name], a.busy[name]
	a.busy[name] = true
	a.mu.Unlock()
	if !taken {
		defer a.done(name)
	}
	switch {
	case now.read.IsZero(): // deleted; an account without secrets must never be compared with
		return account{}, ErrUnknownAccount
	case taken || now.read.After(old.read):
		return now, nil
	}
	return a.read(ctx, provider, old.channel.Key)
}

func (acc account) orMissing() (account, error) {
	if acc.missing {
		return account{}, ErrUnknownAccount
	}
	return acc, nil
}

// look finds what is known; mine says that the caller is the one to read it again.
func (a *accounts) look(name string, away bool) (got account, have, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	got, have = a.known[name]
	if !have {
		got, have = a.gone[name]
	}
	if have && !away && time.Since(got.read) > a.fresh && !a.busy[name] {
		a.busy[name] = true
		mine = true
	}
	return got, have, mine
}

func (a *accounts) done(name string) {
	a.mu.Lock()
	delete(a.busy, name)
	a.mu.Unlock()
}

// read asks the database and remembers the answer.
func (a *accounts) read(ctx context.Context, provider, key string) (account, error) {
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return account{}, ctx.Err()
	}
	var s configdb.Account
	err := a.call(ctx, func(ctx context.Context) (err error) {
		s, err = a.db.WebhookAccount(ctx, provider, key)
		return err
	})
	acc := account{read: time.Now(), missing: errors.Is(err, pg.ErrNotFound)}
	switch {
	case acc.missing:
		a.remember(provider+"/"+key, acc)
		return acc, ErrUnknownAccount
	case err != nil:
		if isAway(err) {
			a.away(err)
		}
		return account{}, err
	}
	acc.id, acc.provider, acc.channel = s.ID, provider, s.Channel()
	a.remember(provider+"/"+key, acc)
	return acc, nil
}

func (a *accounts) remember(name string, acc account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !acc.missing {
		a.known[name] = acc
		delete(a.gone, name)
		return
	}
	delete(a.known, name)
	if len(a.gone) >= maxMissing { // somebody guesses; forgetting costs a query each
		clear(a.gone)
	}
	a.gone[name] = acc
}

// addresses caches the ids of our own addresses.
type addresses struct {
	db   Store
	call caller

	mu  sync.RWMutex
	ids map[addressName]uuid.UUID
}

type addressName struct {
	account          uuid.UUID
	channel, address string
}

// id returns the id of an address, which is made if nobody listed it.
func (a *addresses) id(ctx context.Context, name addressName) (uuid.UUID, error) {
	a.mu.RLock()
	id, ok := a.ids[name]
	a.mu.RUnlock()
	if ok {
		return id, nil
	}
	err := a.call(ctx, func(ctx context.Context) (err error) {
		id, err = a.db.EnsureAddress(ctx, name.account, name.channel, name.address)
		return err
	})
	if err != nil {
		return uuid.Nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ids) >= maxAddresses {
		clear(a.ids)
	}
	a.ids[name] = id
	return id, nil
}

// forget drops an address whose row is gone.
func (a *addresses) forget(name addressName) {
	a.mu.Lock()
	delete(a.ids, name)
	a.mu.Unlock()
}

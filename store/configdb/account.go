package configdb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Secrets are decrypted credentials by field. However they are printed, logged
// or marshalled, only their names appear.
type Secrets map[string]string

// MarshalJSON answers {"name": {"set": true}}.
func (s Secrets) MarshalJSON() ([]byte, error) {
	out := make(map[string]map[string]bool, len(s))
	for name := range s {
		out[name] = map[string]bool{"set": true}
	}
	return json.Marshal(out)
}

func (s Secrets) String() string { return fmt.Sprintf("%d secrets", len(s)) }

func (s Secrets) GoString() string { return s.String() }

func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Account is one set of credentials at a provider. PausedCode says why sending
// is paused; null: it is not.
type Account struct {
	ID         uuid.UUID         `json:"id"`
	Provider   string            `json:"provider"`
	Name       string            `json:"name"`
	Key        string            `json:"-"` // unguessable part of the webhook address
	BaseURL    string            `json:"base_url"`
	Settings   map[string]string `json:"settings"`
	Secrets    Secrets           `json:"secrets"`
	Workstream uuid.UUID         `json:"workstream_id"`
	PausedCode *string           `json:"paused_code"`
	PausedAt   *time.Time        `json:"paused_at"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
	Unique     []string          `json:"-"` // settings of which no two accounts of a provider have the same; not kept
}

// Channel is the account as providers take it.
func (a Account) Channel() channel.Account {
	return channel.Account{ID: a.ID.String(), Key: a.Key, BaseURL: a.BaseURL, Settings: maps.Clone(a.Settings), Secrets: maps.Clone(a.Secrets)}
}

// Paused reports whether nothing may be sent through the account.
func (a Account) Paused() bool { return a.PausedCode != nil }

type accountRow struct {
	ID         uuid.UUID  `db:"id"`
	Provider   string     `db:"provider"`
	Name       string     `db:"name"`
	Key        string     `db:"key"`
	BaseURL    string     `db:"base_url"`
	Settings   []byte     `db:"settings"`
	Secrets    []byte     `db:"secrets"`
	Workstream uuid.UUID  `db:"workstream_id"`
	PausedCode *string    `db:"paused_code"`
	PausedAt   *time.Time `db:"paused_at"`
	CreatedAt  time.Time  `db:"created_at"`
	UpdatedAt  time.Time  `db:"updated_at"`
}

func (s *Store) openAccount(r accountRow) (Account, error) {
	a := Account{ID: r.ID, Provider: r.Provider, Name: r.Name, Key: r.Key, BaseURL: r.BaseURL, Workstream: r.Workstream,
		PausedCode: r.PausedCode, PausedAt: r.PausedAt, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		Settings: map[string]string{}, Secrets: Secrets{}}
	if err := json.Unmarshal(r.Settings, &a.Settings); err != nil {
		return Account{}, fmt.Errorf("settings of account %s: %w", r.ID, err)
	}
	if len(r.Secrets) == 0 {
		return a, nil
	}
	plain, err := s.Secrets.Open(r.Secrets, []byte(r.ID.String()))
	if err != nil {
		return Account{}, fmt.Errorf("secrets of account %s: %w", r.ID, err)
	}
	if err := json.Unmarshal(plain, &a.Secrets); err != nil {
		return Account{}, fmt.Errorf("secrets of account %s are no JSON object", r.ID)
	}
	return a, nil
}

func (s *Store) sealSecrets(id uuid.UUID, secrets Secrets) ([]byte, error) {
	plain, err := json.Marshal(map[string]string(secrets))
	if err != nil {
		return nil, err
	}
	return s.Secrets.Seal(plain, []byte(id.String()))
}

func (s *Store) oneAccount(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (Account, error) {
	var r accountRow
	if err := pg.GetOne(ctx, q, &r, query, args...); err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	return s.openAccount(r)
}

func (s *Store) manyAccounts(ctx context.Context, query string, args ...any) ([]Account, error) {
	var rows []accountRow
	if err := s.SQL.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	list := make([]Account, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.openAccount(r); err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
	}
	return list, nil
}

const accountColumns = `id, provider, name, key, base_url, settings, secrets, workstream_id, paused_code, paused_at, created_at, updated_at`

const selectAccount = `SELECT ` + accountColumns + ` FROM account WHERE id = $1 AND deleted_at IS NULL`

// AccountByID returns an account that is not deleted, or ErrNotFound.
func (s *Store) AccountByID(ctx context.Context, id uuid.UUID) (Account, error) {
	return s.oneAccount(ctx, s.SQL, selectAccount, id)
}

// AccountForSend returns the account through which to send; whether it is paused
// is for the caller to heed. One that was deleted is ErrNotFound.
func (s *Store) AccountForSend(ctx context.Context, id uuid.UUID) (Account, error) {
	return s.AccountByID(ctx, id)
}

const selectWebhookAccount = `SELECT ` + accountColumns + ` FROM account WHERE key = $1 AND provider = $2 AND deleted_at IS NULL`

// WebhookAccount returns the account whose webhook address has this provider and
// key, or ErrNotFound.
func (s *Store) WebhookAccount(ctx context.Context, provider, key string) (Account, error) {
	return s.oneAccount(ctx, s.SQL, selectWebhookAccount, pg.Clean(key), pg.Clean(provider))
}

const selectAllAccounts = `SELECT ` + accountColumns + ` FROM account WHERE deleted_at IS NULL ORDER BY created_at, id`

// Accounts returns all accounts that are not deleted, to be cached.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	return s.manyAccounts(ctx, selectAllAccounts)
}

const selectAccounts = `
SELECT ` + accountColumns + ` FROM account WHERE deleted_at IS NULL AND provider <> '` + ChannelWorkItem + `' AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// ListAccounts lists accounts that are not deleted, the oldest first.
func (s *Store) ListAccounts(ctx context.Context, p auditdb.Page) ([]Account, error) {
	return s.manyAccounts(ctx, selectAccounts, p.After.At, p.After.ID, p.Limit)
}

func accountConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "account_workstream_id_fkey" {
		return &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return err
}

// TellAccount tells administrators and caches in every process.
func TellAccount(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, change string) error {
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventAccount, Data: map[string]any{"account_id": id, "change": change}})
}

const insertAccount = `
INSERT INTO account (id, provider, name, key, base_url, settings, secrets, workstream_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING ` + accountColumns

// CreateAccount adds an account; its id and key are given. A workstream that
// does not exist is an *Invalid, what is another account's at the provider a *Conflict.
func (s *Store) CreateAccount(ctx context.Context, by auditdb.Actor, a Account) (Account, error) {
	var made Account
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		settings, err := json.Marshal(a.Settings)
		if err != nil {
			return err
		}
		sealed, err := s.sealSecrets(a.ID, a.Secrets)
		if err != nil {
			return err
		}
		if err := refuseSecond(ctx, tx, a, nil); err != nil {
			return err
		}
		made, err = s.oneAccount(ctx, tx, insertAccount, a.ID, a.Provider, a.Name, a.Key, a.BaseURL, settings, sealed, a.Workstream)
		if err != nil {
			return accountConstraint(err)
		}
		if err := FitsWorkstream(ctx, tx, a.Provider, a.Workstream); err != nil {
			return err
		}
		if err := TellAccount(ctx, tx, a.ID, "created"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditAccount, a.ID.String(), nil, made, nil)
	})
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return made, nil
}

const lockAccount = selectAccount + ` FOR NO KEY UPDATE`

const updateAccount = `
UPDATE account SET name = $2, key = $3, base_url = $4, settings = $5, secrets = $6, workstream_id = $7, updated_at = now()
WHERE id = $1 RETURNING ` + accountColumns

// ChangeAccount lets change edit a locked account and writes what it left of
// name, key, base URL, settings, secrets and workstream. An error of change is
// returned and nothing is written.
func (s *Store) ChangeAccount(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Account) error) (Account, error) {
	var after Account
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		before, err := s.oneAccount(ctx, tx, lockAccount, id)
		if err != nil {
			return err
		}
		a := before
		a.Settings, a.Secrets = maps.Clone(before.Settings), maps.Clone(before.Secrets)
		if err := change(&a); err != nil {
			return err
		}
		settings, err := json.Marshal(a.Settings)
		if err != nil {
			return err
		}
		sealed, err := s.sealSecrets(id, a.Secrets)
		if err != nil {
			return err
		}
		if err := refuseSecond(ctx, tx, a, before.Settings); err != nil {
			return err
		}
		if after, err = s.oneAccount(ctx, tx, updateAccount, id, a.Name, a.Key, a.BaseURL, settings, sealed, a.Workstream); err != nil {
			return accountConstraint(err)
		}
		if after.Workstream != before.Workstream {
			if err := FitsWorkstream(ctx, tx, after.Provider, after.Workstream); err != nil {
				return err
			}
		}
		if err := TellAccount(ctx, tx, id, "updated"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAccount, id.String(), before, after, secretChanges(before, after))
	})
	if err != nil {
		return Account{}, fmt.Errorf("change account: %w", err)
	}
	return after, nil
}

// secretChanges names the secrets that differ, and hides the field that would
// only repeat which are set.
func secretChanges(before, after Account) map[string]any {
	out := map[string]any{}
	if before.Key != after.Key {
		out["key"] = auditdb.ChangedSecret()
	}
	all := maps.Clone(before.Secrets)
	maps.Copy(all, after.Secrets)
	for name := range all {
		was, had := before.Secrets[name]
		is, has := after.Secrets[name]
		if had != has || !reflect.DeepEqual(was, is) {
			out["secrets."+name] = auditdb.ChangedSecret()
		}
	}
	return out
}

const deleteAccount = `UPDATE account SET deleted_at = now(), updated_at = now() WHERE id = $1`

// DeleteAccount takes an account out of use. Its conversations stay readable;
// nothing comes in or goes out any more.
func (s *Store) DeleteAccount(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		before, err := s.oneAccount(ctx, tx, lockAccount, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteAccount, id); err != nil {
			return err
		}
		if err := TellAccount(ctx, tx, id, "deleted"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditAccount, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete account: %w", err)
	}
	return nil
}

const resumeAccount = `UPDATE account SET paused_code = NULL, paused_at = NULL, updated_at = now() WHERE id = $1 AND paused_code IS NOT NULL`

// AccountTested records what a connection test found. A test that succeeded
// allows sending again.
func (s *Store) AccountTested(ctx context.Context, by auditdb.Actor, id uuid.UUID, ok bool, code string) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		changes := map[string]any{"ok": ok}
		if code != "" {
			changes["code"] = code
		}
		if ok {
			res, err := tx.ExecContext(ctx, resumeAccount, id)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil {
				return err
			} else if n > 0 {
				changes["resumed"] = true
				if err := TellAccount(ctx, tx, id, "resumed"); err != nil {
					return err
				}
			}
		}
		return auditdb.WriteAudit(ctx, tx, by, "test", auditdb.AuditAccount, id.String(), changes)
	})
	if err != nil {
		return fmt.Errorf("record account test: %w", err)
	}
	return nil
}

// WorkstreamMissing turns a reference to no workstream into what was wrong.
func WorkstreamMissing(err error) error {
	if _, code := pg.Constraint(err); code == "23503" {
		return &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return err
}

// ChannelWorkItem is the channel, and the provider, of work that is no message
// of ours. Nobody is written to there.
const ChannelWorkItem = "work-item"

// Package store is the only place with SQL. Each of its packages keeps some tables,
// one file per aggregate, each statement a constant beside its only function.
// The packages depend on each other in the order of the fields of Store.
package store

import (
	"context"

	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/configfiledb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/dispositiondb"
	"switchboard/store/eventlog"
	"switchboard/store/factdb"
	"switchboard/store/identitydb"
	"switchboard/store/livedb"
	"switchboard/store/messagedb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/presencedb"
	"switchboard/store/ssodb"
	"switchboard/store/tagdb"
	"switchboard/store/templatedb"
	"switchboard/store/webchatdb"
	"switchboard/store/webhookdb"
	"switchboard/store/workitemdb"
)

// Store reads and writes the product's database.
type Store struct {
	*pg.DB
	Outbox       *outbox.Store
	Audit        *auditdb.Store
	Config       *configdb.Store
	Identity     *identitydb.Store
	Contact      *contactdb.Store
	Template     *templatedb.Store
	Tag          *tagdb.Store
	Disposition  *dispositiondb.Store
	Webhook      *webhookdb.Store
	Assignment   *assigndb.Store
	Conversation *conversationdb.Store
	WorkItem     *workitemdb.Store
	Presence     *presencedb.Store
	Campaign     *campaigndb.Store
	Message      *messagedb.Store
	Webchat      *webchatdb.Store
	Admin        *admindb.Store
	SSO          *ssodb.Store
	ConfigFile   *configfiledb.Store
	Facts        *factdb.Store
	Live         *livedb.Store
	EventLog     *eventlog.Store
}

// Open returns a store on the database at dsn. It does not connect: a database
// that is away must not keep webhooks from being journalled.
func Open(dsn string, secrets pg.Sealer) (*Store, error) {
	db, err := pg.Open(dsn, secrets)
	if err != nil {
		return nil, err
	}
	return on(db), nil
}

// Together runs f with a store of which everything that is done is part of one
// transaction, see pg.DB.Together.
func (s *Store) Together(ctx context.Context, f func(*Store) error) error {
	return s.DB.Together(ctx, func(db *pg.DB) error { return f(on(db)) })
}

// ReadTogether runs f, which only reads, in the same way; all of it sees one moment.
func (s *Store) ReadTogether(ctx context.Context, f func(*Store) error) error {
	return s.DB.ReadTogether(ctx, func(db *pg.DB) error { return f(on(db)) })
}

// on is the store of a database.
func on(db *pg.DB) *Store {
	s := &Store{DB: db, Outbox: outbox.New(db), Audit: auditdb.New(db), EventLog: eventlog.New(db)}
	s.Config = configdb.New(db)
	s.Identity = identitydb.New(db)
	s.Contact = contactdb.New(db)
	s.Template = templatedb.New(db)
	s.Tag = tagdb.New(db)
	s.Disposition = dispositiondb.New(db)
	s.Webhook = webhookdb.New(db)
	s.Assignment = assigndb.New(db)
	s.Conversation = conversationdb.New(db, s.Assignment, s.Config)
	s.WorkItem = workitemdb.New(db, s.Conversation, s.Webhook)
	s.Presence = presencedb.New(db, s.Conversation)
	s.Campaign = campaigndb.New(db)
	s.Message = messagedb.New(db, s.Campaign, s.Contact, s.Conversation)
	s.Webchat = webchatdb.New(db)
	s.Admin = admindb.New(db, s.Config, s.Conversation)
	s.SSO = ssodb.New(db, s.Admin)
	s.ConfigFile = configfiledb.New(db)
	s.Facts = factdb.New(db)
	s.Live = livedb.New(db)
	return s
}

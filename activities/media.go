package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/store"
	"switchboard/store/campaigndb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
)

// Files stores what customers sent.
type Files interface {
	Put(ctx context.Context, r io.Reader, limit int64) (attachment.Stored, error)
	Delete(ctx context.Context, keys ...string) error
}

// Media copies customers' files from the provider, whose links expire.
type Media struct {
	Store    *store.Store
	Accounts Accounts
	Registry *channel.Registry
	Files    Files
	Limit    int64         // bytes of one file
	Stall    time.Duration // how long a download may stand still; 0 is 20 s
}

// Fetch copies all files of a conversation that wait. What the provider no
// longer has, or what is too large, is recorded as failed; anything else is
// tried again.
func (a *Media) Fetch(ctx context.Context, conversation uuid.UUID) error {
	pending, err := a.Store.Message.PendingFiles(ctx, conversation)
	if err != nil {
		return err
	}
	var retry error
	for _, f := range pending {
		beat(ctx)
		if err := a.fetch(ctx, f); err != nil {
			retry = err // the others are not held up by one
		}
	}
	return retry
}

func (a *Media) fetch(ctx context.Context, f messagedb.PendingFile) error {
	p, err := a.Registry.Get(f.Provider)
	if err != nil {
		return err
	}
	if !f.Policy.Customers {
		return a.Store.Message.FileRefused(ctx, f.ID, autotext.FilesOff, nil)
	}
	fetcher, ok := p.(channel.Fetcher)
	if !ok {
		return a.Store.Message.FileFailed(ctx, f.ID, "unsupported")
	}
	acct, err := a.Accounts.AccountForSend(ctx, f.Account)
	if errors.Is(err, pg.ErrNotFound) { // deleted: the provider cannot be asked for it any more
		return a.Store.Message.FileFailed(ctx, f.ID, campaigndb.RefusedAccountRemoved)
	} else if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	fctx, w := watch(ctx, cmp.Or(a.Stall, stallAfter))
	defer w.stop()
	m, err := fetcher.Fetch(fctx, acct.Channel(), f.Ref)
	if err != nil {
		return a.refused(ctx, f, err)
	}
	defer m.Body.Close()
	limit := f.Policy.Limit(a.Limit)
	stored, err := a.Files.Put(ctx, w.body(m.Body), limit)
	if errors.Is(err, attachment.ErrTooLarge) {
		return a.Store.Message.FileRefused(ctx, f.ID, autotext.FileTooLarge, map[string]string{"MaxSize": attachment.Size(limit)})
	} else if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	if f.Policy.Blocks(stored.ContentType, cmp.Or(m.Name, f.Ref.Name)) {
		if err := a.Files.Delete(ctx, stored.Key, stored.PreviewKey); err != nil {
			return fmt.Errorf("delete blocked file: %w", err)
		}
		return a.Store.Message.FileRefused(ctx, f.ID, autotext.FileBlocked, map[string]string{"FileType": stored.ContentType})
	}
	return a.Store.Message.FileFetched(ctx, f.ID, messagedb.FetchedFile{Name: m.Name, ContentType: stored.ContentType,
		Blob: stored.Key, PreviewBlob: stored.PreviewKey, Size: stored.Size, SHA256: stored.SHA256})
}

func (a *Media) refused(ctx context.Context, f messagedb.PendingFile, err error) error {
	var e *channel.Error
	if errors.As(err, &e) && (e.Class == channel.Refused || e.Class == channel.Config) {
		return a.Store.Message.FileFailed(ctx, f.ID, e.Code)
	}
	if e != nil {
		return again(e)
	}
	return errors.New("the provider did not give the file")
}

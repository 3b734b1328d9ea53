package contactdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/store/pg"
)

// ProfileTTL is how long what a provider said of a customer is taken for true.
const ProfileTTL = 7 * 24 * time.Hour

// ChangeProfile is what EventConversation tells when a customer's profile changed.
const ChangeProfile = "customer_profile"

// ProfileRef says where the profile of a conversation's customer is to be had,
// and whether it is time to ask: never asked, or longer ago than ProfileTTL.
type ProfileRef struct {
	Point      uuid.UUID `db:"id"`
	Account    uuid.UUID `db:"account_id"`
	Provider   string    `db:"provider"`
	ExternalID string    `db:"external_id"`
	Stale      bool      `db:"stale"`
	New        bool      `db:"new"` // nobody decided yet where the conversation goes
}

const selectProfileRef = `
SELECT p.id, p.account_id, a.provider, p.external_id, COALESCE(p.profile_at < now() - make_interval(secs => $2), true) AS stale,
  c.state = 'open' AND c.queue_id IS NULL AS new
FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id JOIN account a ON a.id = p.account_id
WHERE c.id = $1`

// CustomerProfile returns where the profile of a conversation's customer is and
// whether it is stale, or ErrNotFound.
func (s *Store) CustomerProfile(ctx context.Context, conversation uuid.UUID) (ProfileRef, error) {
	var r ProfileRef
	if err := pg.GetOne(ctx, s.SQL, &r, selectProfileRef, conversation, ProfileTTL.Seconds()); err != nil {
		return ProfileRef{}, fmt.Errorf("read profile: %w", err)
	}
	return r, nil
}

const lockProfile = `SELECT id, name, picture_url, language, attributes::text FROM contact_point WHERE id = $1 FOR NO KEY UPDATE`

const writeProfile = `UPDATE contact_point SET name = $2, picture_url = $3, language = $4, attributes = $5, profile_at = now() WHERE id = $1`

// StoreProfile keeps what a provider says of a customer; a nil profile only that
// it was asked. The contact is left alone: its fields are people's.
func (s *Store) StoreProfile(ctx context.Context, point uuid.UUID, p *channel.Profile) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var was, is struct {
			ID         uuid.UUID `db:"id"`
			Name       string    `db:"name"`
			PictureURL string    `db:"picture_url"`
			Language   string    `db:"language"`
			Attributes string    `db:"attributes"`
		}
		if err := pg.GetOne(ctx, tx, &was, lockProfile, point); err != nil {
			return err
		}
		was.Attributes = canonical(was.Attributes)
		if is = was; p != nil {
			is.PictureURL, is.Language = picture(p.PictureURL), pg.Clean(p.Language)
			if p.Name != "" {
				is.Name = pg.Clean(p.Name)
			}
			if p.Attributes != nil {
				is.Attributes = told(p.Attributes)
			}
		}
		if _, err := tx.ExecContext(ctx, writeProfile, point, is.Name, is.PictureURL, is.Language, is.Attributes); err != nil || is == was {
			return err
		}
		return tellPoints(ctx, tx, ChangeProfile, []uuid.UUID{point}, uuid.Nil)
	})
	if err != nil {
		return fmt.Errorf("store profile: %w", err)
	}
	return nil
}

// picture keeps an address that a page may show; anything else is no picture.
func picture(url string) string {
	const longest = 2000
	if !strings.HasPrefix(url, "https://") || len(url) > longest || pg.Clean(url) != url {
		return ""
	}
	return url
}

// canonical is a JSON object as told writes it, so that the two compare.
func canonical(object string) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(object), &v); err != nil {
		return object
	}
	data, err := json.Marshal(v)
	if err != nil {
		return object
	}
	return string(data)
}

// told are the attributes that rules can ask about.
func told(given map[string]string) string {
	out := map[string]any{}
	for _, name := range channel.ProfileAttributes() {
		v := pg.Clean(given[name])
		switch {
		case v == "":
		case name == "followers" || name == "friends":
			if n, err := strconv.ParseUint(v, 10, 53); err == nil {
				out[name] = n
			}
		default:
			out[name] = v
		}
	}
	data, err := json.Marshal(out)
	if err != nil {
		return "{}"
	}
	return string(data)
}

package visitorchat

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/store"
	"switchboard/store/webchatdb"
)

// Reader follows one visitor's thread: every message once, in every conversation
// in its order, however often the connection breaks. What an agent wrote is
// shown once it was sent; until then the reader's place says that it is missing,
// so that a message that becomes visible late is not passed over.
type Reader struct {
	store   *store.Store
	visitor uuid.UUID
	key     []byte // signs places
	at      cursor
}

// ErrReset says that what lies between cannot be told: the reader must be begun
// anew and the thread fetched.
var ErrReset = errors.New("the thread cannot be resumed from there")

const (
	newsPage = 100
	mostNews = 500 // more than that is fetched page by page
)

// NewReader returns a reader of a visitor's thread that begins now.
func (h *Hub) NewReader(ctx context.Context, visitor uuid.UUID) (*Reader, error) {
	st := h.store
	r := &Reader{store: st, visitor: visitor, key: h.key(), at: cursor{marks: map[int64]*mark{}}}
	newest, err := st.Webchat.NewestChat(ctx, visitor)
	if err != nil {
		return nil, err
	}
	list, err := st.Webchat.ChatConversations(ctx, visitor, newest, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		m := &mark{}
		r.at.marks[c.Number], r.at.floor = m, max(r.at.floor, c.Number)
		if err := r.skip(ctx, c, m); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// skip passes over what is there, and notes what is on its way.
func (r *Reader) skip(ctx context.Context, c webchatdb.ChatConversation, m *mark) error {
	seqs, err := r.store.Webchat.ChatUnsent(ctx, c.ID, c.LastSeq)
	m.seq, m.missing = c.LastSeq, seqs
	return err
}

// Resume returns a reader that goes on after a place that a reader of the same
// visitor gave. ErrReset: it cannot.
func (h *Hub) Resume(ctx context.Context, visitor uuid.UUID, after string) (*Reader, error) {
	st := h.store
	r := &Reader{store: st, visitor: visitor, key: h.key()}
	place, ours := r.unsign(after)
	if !ours {
		return nil, ErrReset
	}
	at, err := parseCursor(place)
	if err != nil {
		return nil, ErrReset
	}
	r.at = at
	list, err := st.Webchat.ChatConversations(ctx, visitor, at.floor, sortedKeys(at.marks))
	if err != nil {
		return nil, err
	}
	known := map[int64]webchatdb.ChatConversation{}
	for _, c := range list {
		known[c.Number] = c
		if m := at.marks[c.Number]; m == nil && c.Number <= at.floor && !c.Closed || m != nil && m.seq > c.LastSeq {
			return nil, ErrReset // it was not this visitor's, or not in this database
		}
	}
	for n := range at.marks {
		if _, ours := known[n]; !ours {
			return nil, ErrReset
		}
	}
	return r, nil
}

// Cursor is the place up to which messages were taken.
func (r *Reader) Cursor() string { return r.sign(r.at.String()) }

// News is one message, and the reader's place after it.
type News struct {
	webchatdb.ChatMessage
	Cursor string
}

// Next returns what is new, in order, and the conversations it looked at;
// ErrReset: there is too much of it.
func (r *Reader) Next(ctx context.Context) ([]News, []webchatdb.ChatConversation, error) {
	list, err := r.store.Webchat.ChatConversations(ctx, r.visitor, r.at.floor, sortedKeys(r.at.marks))
	if err != nil {
		return nil, nil, err
	}
	to := r.at.clone()
	var news []News
	for _, c := range list {
		if to.marks[c.Number] == nil {
			to.marks[c.Number] = &mark{}
		}
		to.floor = max(to.floor, c.Number)
		for m := to.marks[c.Number]; c.LastSeq > m.seq || len(m.missing) > 0; {
			rows, err := r.store.Webchat.ChatNews(ctx, webchatdb.ChatMark{Conversation: c.ID, Seq: m.seq, Missing: m.missing}, newsPage)
			if err != nil {
				return nil, nil, err
			}
			if news = r.take(to, rows, c, news); len(news) > mostNews {
				return nil, nil, ErrReset
			}
			if c.LastSeq <= m.seq {
				break
			}
		}
	}
	to.forget(list)
	r.at = to
	return news, list, nil
}

// take moves the place over rows of a conversation and appends those that are to
// be shown.
func (r *Reader) take(c cursor, rows []webchatdb.ChatMessage, of webchatdb.ChatConversation, news []News) []News {
	m, fresh := c.marks[of.Number], 0
	for _, row := range rows {
		late := slices.Index(m.missing, row.Seq)
		if late < 0 {
			fresh++
			m.seq = max(m.seq, row.Seq)
		}
		switch {
		case onItsWay(row) && late < 0:
			m.missing = append(m.missing, row.Seq)
		case onItsWay(row):
		default:
			if late >= 0 {
				m.missing = slices.Delete(m.missing, late, late+1)
			}
			if row.Shown {
				row.Number = of.Number
				news = append(news, News{row, r.sign(c.String())})
			}
		}
	}
	if fresh < newsPage { // what is left up to here is not for the customer
		m.seq = max(m.seq, of.LastSeq)
	}
	return news
}

func onItsWay(m webchatdb.ChatMessage) bool {
	return m.Status != nil && (*m.Status == string(channel.StatusQueued) || *m.Status == string(channel.StatusSending))
}

func (c cursor) clone() cursor {
	out := cursor{floor: c.floor, marks: make(map[int64]*mark, len(c.marks))}
	for n, m := range c.marks {
		out.marks[n] = &mark{seq: m.seq, missing: slices.Clone(m.missing)}
	}
	return out
}

// forget drops what cannot change any more.
func (c cursor) forget(list []webchatdb.ChatConversation) {
	for _, x := range list {
		if m := c.marks[x.Number]; m != nil && x.Closed && len(m.missing) == 0 && x.Number < c.floor {
			delete(c.marks, x.Number)
		}
	}
}

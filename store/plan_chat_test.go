package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/storetest"
)

// useChat does what a visitor of a web chat does all day.
func useChat(t *testing.T, st *store.Store, site storetest.Site) {
	t.Helper()
	ctx := t.Context()
	w, err := st.CreateWidget(ctx, store.Actor{}, store.Widget{Key: uuid.NewString(), Name: uuid.NewString(), Workstream: site.Workstream,
		Language: "en", Authentication: store.AuthNone, Anonymous: true}, uuid.NewString())
	require.NoError(t, err)
	hash := []byte(uuid.NewString())
	v, err := st.CreateVisitor(ctx, store.NewVisitor{Widget: w, TokenHash: hash, Expires: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	id, _, err := st.WriteChat(ctx, store.ChatLine{Widget: w, Visitor: v, ID: uuid.New(), Type: "text", Text: "hi"})
	require.NoError(t, err)
	c, err := st.ChatOf(ctx, v.ID)
	require.NoError(t, err)
	conn, node := uuid.New(), uuid.NewString()
	_, err = st.VisitorNode(ctx, node)
	require.NoError(t, err)
	page := store.ChatPage{Visitor: v.ID, Whole: true, Place: 1 << 60, Limit: 50}
	for _, do := range []func() error{
		func() error { _, err := st.WidgetByKey(ctx, w.Key); return err },
		func() error { _, err := st.VisitorByToken(ctx, hash); return err },
		func() error { _, err := st.VisitorWrote(ctx, v.ID); return err },
		func() error {
			file, err := st.ReserveVisitorFile(ctx, v, "203.0.113.1", 1, store.UploadRoom{Visitor: 1, Network: 1, Widget: 1, Files: 1})
			return errors.Join(err, st.SetPreview(ctx, file, "preview"), st.DropVisitorFile(ctx, file))
		},
		func() error { _, err := st.ChatMessageByID(ctx, v.ID, id); return err },
		func() error { _, err := st.ChatBefore(ctx, page); return err },
		func() error {
			_, err := st.ChatAfter(ctx, store.ChatPage{Visitor: v.ID, Whole: true, Limit: 50})
			return err
		},
		func() error { _, err := st.NewestChat(ctx, v.ID); return err },
		func() error { _, err := st.ChatConversations(ctx, v.ID, 0, []int64{c.Number}); return err },
		func() error {
			_, err := st.ChatNews(ctx, store.ChatMark{Conversation: c.Conversation.UUID, Missing: []int64{1}}, 100)
			return err
		},
		func() error { _, err := st.ChatUnsent(ctx, c.Conversation.UUID, 1); return err },
		func() error { _, err := st.ChatUnread(ctx, c.Conversation.UUID, 0); return err },
		func() error { _, err := st.VisitorsOf(ctx, []uuid.UUID{c.Conversation.UUID}); return err },
		func() error { return st.ConnectVisitor(ctx, node, conn, v.ID) },
		func() error { return st.MarkChat(ctx, v.ID, store.ThreadSeq(c.Number, 1), true) },
		func() error { return st.Typing(ctx, c.Conversation.UUID, uuid.Nil) },
		func() error { return st.AgentRead(ctx, uuid.New(), c.Conversation.UUID, 1) },
		func() error { _, err := st.QueuePlaces(ctx, site.Queue); return err },
		func() error { _, _, err := st.QueueWait(ctx, site.Queue); return err },
		func() error { return st.DisconnectVisitor(ctx, conn) },
		func() error { _, err := st.SweepVisitors(ctx, time.Hour, 100); return err },
	} {
		require.NoError(t, do())
	}
}

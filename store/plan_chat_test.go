package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/storetest"
	"switchboard/store/webchatdb"
)

// useChat does what a visitor of a web chat does all day.
func useChat(t *testing.T, st *store.Store, site storetest.Site) {
	t.Helper()
	ctx := t.Context()
	w, err := st.Admin.CreateWidget(ctx, auditdb.Actor{}, configdb.Widget{Key: uuid.NewString(), Name: uuid.NewString(),
		Workstream: storetest.ChatWorkstream(t, st.Admin.SQL, site, "persistent"), Language: "en", Authentication: admindb.AuthRequired}, uuid.NewString())
	require.NoError(t, err)
	hash := []byte(uuid.NewString())
	v, err := st.Webchat.CreateVisitor(ctx, webchatdb.NewVisitor{Widget: w, TokenHash: hash, Expires: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	id, _, err := st.Webchat.WriteChat(ctx, webchatdb.ChatLine{Widget: w, Visitor: v, ID: uuid.New(), Type: "text", Text: "hi"})
	require.NoError(t, err)
	c, err := st.Webchat.ChatOf(ctx, v.ID)
	require.NoError(t, err)
	conn, node := uuid.New(), uuid.NewString()
	_, err = st.Webchat.VisitorNode(ctx, node)
	require.NoError(t, err)
	page := webchatdb.ChatPage{Visitor: v.ID, Whole: true, Place: 1 << 60, Limit: 50}
	for _, do := range []func() error{
		func() error { _, err := st.Admin.WidgetByKey(ctx, w.Key); return err },
		func() error { _, err := st.Webchat.VisitorByToken(ctx, hash); return err },
		func() error { _, err := st.Webchat.VisitorWrote(ctx, v.ID); return err },
		func() error {
			file, err := st.Webchat.ReserveVisitorFile(ctx, v, "203.0.113.1", 1, webchatdb.UploadRoom{Visitor: 1, Network: 1, Widget: 1, Files: 1})
			return errors.Join(err, st.Webchat.SetPreview(ctx, file, "preview"), st.Webchat.DropVisitorFile(ctx, file))
		},
		func() error { _, err := st.Webchat.ChatMessageByID(ctx, v.ID, id); return err },
		func() error { _, err := st.Webchat.ChatBefore(ctx, page); return err },
		func() error {
			_, err := st.Webchat.ChatAfter(ctx, webchatdb.ChatPage{Visitor: v.ID, Whole: true, Limit: 50})
			return err
		},
		func() error { _, err := st.Webchat.NewestChat(ctx, v.ID); return err },
		func() error { _, err := st.Webchat.ChatConversations(ctx, v.ID, 0, []int64{c.Number}); return err },
		func() error {
			_, err := st.Webchat.ChatNews(ctx, webchatdb.ChatMark{Conversation: c.Conversation.UUID, Missing: []int64{1}}, 100)
			return err
		},
		func() error { _, err := st.Webchat.ChatUnsent(ctx, c.Conversation.UUID, 1); return err },
		func() error { _, err := st.Webchat.ChatUnread(ctx, c.Conversation.UUID, 0); return err },
		func() error { _, err := st.Webchat.VisitorsOf(ctx, []uuid.UUID{c.Conversation.UUID}); return err },
		func() error { return st.Webchat.ConnectVisitor(ctx, node, conn, v.ID) },
		func() error { return st.Webchat.MarkChat(ctx, v.ID, webchatdb.ThreadSeq(c.Number, 1), true) },
		func() error { return st.Webchat.Typing(ctx, c.Conversation.UUID, uuid.Nil) },
		func() error { return st.Webchat.AgentRead(ctx, uuid.New(), c.Conversation.UUID, 1) },
		func() error { _, err := st.Webchat.QueuePlaces(ctx, site.Queue); return err },
		func() error { _, _, err := st.Webchat.QueueWait(ctx, site.Queue); return err },
		func() error { return st.Webchat.DisconnectVisitor(ctx, conn) },
		func() error { _, err := st.Webchat.SweepVisitors(ctx, time.Hour, 100); return err },
	} {
		require.NoError(t, do())
	}
}

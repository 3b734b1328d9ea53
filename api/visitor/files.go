package visitor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/attachment"
	"switchboard/store/messagedb"
	"switchboard/store/webchatdb"
)

// PathChatFiles takes files of visitors, whose bodies have a limit of their own.
const PathChatFiles = pathChat + "/files"

// uploadChat stores a visitor's file for a later message.
func (s *Server) uploadChat(v visit) error {
	if err := s.stillSignedIn(v); err != nil {
		return err
	}
	if err := s.notTooMany(s.ChatLimits.Messages.Of("files/" + v.visitor.ID.String())); err != nil {
		return err
	}
	policy := v.widget.Files
	if !policy.Customers {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeFilesOff, "No files are taken here.")
	}
	r, limit := v.Request(), policy.Limit(s.UploadLimit)
	if r.ContentLength > limit+httpx.MultipartRoom {
		return httpx.UploadTooLarge(limit)
	}
	id, err := s.roomForFile(v, limit)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(v.Response(), r.Body, limit+httpx.MultipartRoom)
	a, st, err := s.keepChatFile(v, limit)
	if err == nil {
		err = s.Store.Webchat.FillVisitorFile(v.ctx(), id, a)
	}
	if err != nil {
		gone := context.WithoutCancel(v.ctx())
		return errors.Join(err, s.Store.Webchat.DropVisitorFile(gone, id), s.Files.Delete(gone, st.Key))
	}
	s.Chat.Later(v.visitor.ID, func(ctx context.Context) error { return s.previewLater(ctx, id, st) })
	return v.JSON(http.StatusCreated, map[string]any{"id": id, "name": a.Name, "content_type": st.ContentType, "size": st.Size})
}

// keepChatFile stores the file of a request; of one that is refused the caller
// deletes what was stored.
func (s *Server) keepChatFile(v visit, limit int64) (messagedb.Attachment, attachment.Stored, error) {
	body, name, err := httpx.UploadedFile(v.Request())
	if err != nil {
		return messagedb.Attachment{}, attachment.Stored{}, err
	}
	st, err := s.Files.Keep(v.ctx(), body, limit)
	var size *http.MaxBytesError
	switch {
	case errors.Is(err, attachment.ErrTooLarge) || errors.As(err, &size):
		err = httpx.UploadTooLarge(limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = httpx.Malformed("The upload ended before its file did.")
	case err == nil && v.widget.Files.Blocks(st.ContentType, name):
		err = httpx.NewProblem(http.StatusUnsupportedMediaType, httpx.CodeMediaType,
			"Files such as this one ("+httpx.KindOfFile(st.ContentType, name)+") are not taken here.")
	}
	return messagedb.Attachment{Name: name, ContentType: st.ContentType, Size: st.Size, SHA256: st.SHA256, Blob: st.Key}, st, err
}

// roomForFile makes room for a file before it is taken. Of somebody who is nobody
// in particular none is, before they wrote something.
func (s *Server) roomForFile(v visit, limit int64) (uuid.UUID, error) {
	if err := s.RoomOnDisk(); err != nil {
		return uuid.Nil, err
	}
	if !v.visitor.SignedIn() {
		wrote, err := s.Store.Webchat.VisitorWrote(v.ctx(), v.visitor.ID)
		if err != nil {
			return uuid.Nil, err
		}
		if !wrote {
			return uuid.Nil, httpx.NewProblem(http.StatusConflict, codeWriteFirst, "Write a message first, then files can be sent.")
		}
	}
	size := limit
	if n := v.Request().ContentLength; n >= 0 && n < limit {
		size = n
	}
	room := webchatdb.UploadRoom{Visitor: s.Uploads.Visitor, Network: s.Uploads.Network, Widget: s.Uploads.Widget, Files: s.Uploads.Files}
	if room.Visitor == 0 {
		room.Visitor = max(20_000_000, int64(s.chatCaps().MaxMedia)*limit)
	}
	id, err := s.Store.Webchat.ReserveVisitorFile(v.ctx(), v.visitor, core.NetworkOf(v), size, room)
	if errors.Is(err, webchatdb.ErrNoRoom) {
		p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyRequests,
			"Too many files were uploaded and not sent; send them first, or wait.")
		p.RetryAfter = time.Minute
		return uuid.Nil, p
	}
	return id, err
}

// previewLater makes the preview of a visitor's file, sent meanwhile or not.
func (s *Server) previewLater(ctx context.Context, id uuid.UUID, st attachment.Stored) error {
	key, err := s.Files.PreviewOf(ctx, st)
	if err != nil || key == "" {
		return err
	}
	err = s.Store.Webchat.SetPreview(ctx, id, key)
	if err != nil { // it was not sent in time, or cannot be recorded
		err = errors.Join(err, s.Files.Delete(context.WithoutCancel(ctx), key))
	}
	return err
}

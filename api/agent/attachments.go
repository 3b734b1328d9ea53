package agent

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/configdb"
	"switchboard/store/messagedb"
)

// PathUpload takes files of agents, whose bodies have a limit of their own.
const PathUpload = "/v1/conversations/{id}/attachments"

// upload stores a file for a later message. Only the primary agent may add one.
func (s *Server) upload(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Channel == configdb.ChannelWorkItem {
		return conversation.NobodyToWriteTo()
	}
	if conv.State == string(conversation.Closed) {
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "It is closed for good; nothing can be sent any more."}
	}
	if conv.Agent.UUID != agent && !conv.Beside.Writes(agent) {
		return &conversation.Refusal{Code: conversation.NotPrimary, Reason: "Only the agent who has this conversation may do that."}
	}
	r := c.Request()
	policy, err := s.Store.Message.FilePolicyOf(r.Context(), conv.ID)
	if err != nil {
		return err
	}
	if !policy.Agents {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeFilesOff, "Agents cannot send files in this workstream.")
	}
	limit := policy.Limit(s.UploadLimit)
	if r.ContentLength > limit+httpx.MultipartRoom {
		return httpx.UploadTooLarge(limit)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit+httpx.MultipartRoom)
	body, name, err := httpx.UploadedFile(r)
	if err != nil {
		return err
	}
	if err := s.RoomOnDisk(); err != nil {
		return err
	}
	ctx := r.Context()
	st, err := s.Files.Put(ctx, body, limit)
	var size *http.MaxBytesError
	if errors.Is(err, attachment.ErrTooLarge) || errors.As(err, &size) {
		return httpx.UploadTooLarge(limit)
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		return httpx.Malformed("The upload ended before its file did.")
	} else if err != nil {
		return err
	}
	if policy.Blocks(st.ContentType, name) {
		return errors.Join(httpx.NewProblem(http.StatusUnsupportedMediaType, httpx.CodeMediaType,
			"Files such as this one ("+httpx.KindOfFile(st.ContentType, name)+") cannot be sent in this workstream."),
			s.Files.Delete(context.WithoutCancel(ctx), st.Key, st.PreviewKey))
	}
	a, err := s.Store.Message.AddAttachment(ctx, agent, messagedb.Attachment{Conversation: conv.ID, Name: name,
		ContentType: st.ContentType, Size: st.Size, SHA256: st.SHA256, Blob: st.Key, PreviewBlob: st.PreviewKey})
	if err != nil {
		return errors.Join(err, s.Files.Delete(context.WithoutCancel(ctx), st.Key, st.PreviewKey))
	}
	return c.JSON(http.StatusCreated, showAttachment(a))
}

func (s *Server) getAttachment(c echo.Context) error { return s.visibleFile(c, false) }

func (s *Server) getPreview(c echo.Context) error { return s.visibleFile(c, true) }

func (s *Server) visibleFile(c echo.Context, preview bool) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Message.AttachmentFor(c.Request().Context(), core.ViewerOf(c), id)
	if err != nil {
		return err
	}
	// Asked for again each time, so that nothing of it outlives the sign-in; the ETag saves the bytes.
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return s.serveFile(c, a, preview)
}

// media serves a signed link, by which providers fetch what agents send.
func (s *Server) media(c echo.Context) error {
	preview, ok := s.Files.CheckLink(c.Param("id"), c.Param("expiry"), c.Param("signature"), c.Param("name"), s.Now())
	id, err := uuid.Parse(c.Param("id"))
	if !ok || err != nil {
		return httpx.NotFound()
	}
	a, err := s.Store.Message.AttachmentByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	// Who has the link may see the file; a chat widget shows it on another site.
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.serveFile(c, a, preview)
}

// serveFile answers a stored file. Only kinds that cannot run anything are shown
// in place; all else, HTML and SVG above all, is a download.
func (s *Server) serveFile(c echo.Context, a messagedb.Attachment, preview bool) error {
	key, typ, name := a.Blob, a.ContentType, a.Name
	if preview {
		key, typ, name = a.PreviewBlob, "image/jpeg", "preview.jpg"
	}
	if key == "" || a.State != "stored" {
		return httpx.NotFound()
	}
	r, err := s.Files.Reader(c.Request().Context(), key)
	if errors.Is(err, attachment.ErrNotFound) {
		return httpx.NotFound()
	} else if err != nil {
		return err
	}
	defer r.Close()
	disposition := "attachment"
	if showInPlace(typ) {
		disposition = "inline"
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, typ)
	h.Set(echo.HeaderContentDisposition, contentDisposition(disposition, name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if h.Get("Cross-Origin-Resource-Policy") == "" {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if len(a.SHA256) > 0 {
		tag := base64.RawURLEncoding.EncodeToString(a.SHA256)
		if preview {
			tag += "-preview"
		}
		h.Set("ETag", `"`+tag+`"`)
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	return nil
}

func showInPlace(typ string) bool {
	switch typ {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return true
	}
	return strings.HasPrefix(typ, "audio/") || strings.HasPrefix(typ, "video/")
}

// contentDisposition names a file. A name that was stored before names were
// cleaned is cleaned here.
func contentDisposition(disposition, name string) string {
	name = channel.FileName(name)
	if name == "" {
		return disposition
	}
	return mime.FormatMediaType(disposition, map[string]string{"filename": name})
}

package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/configdb"
	"switchboard/store/messagedb"
)

// multipartRoom is what a form may add to its file: boundaries and headers.
const multipartRoom = 16 << 10

// upload stores a file for a later message. Only the primary agent may add one.
func (s *server) upload(c echo.Context) error {
	agent, err := actingAgent(c)
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
		return newProblem(http.StatusConflict, codeFilesOff, "Agents cannot send files in this workstream.")
	}
	limit := policy.Limit(s.UploadLimit)
	if r.ContentLength > limit+multipartRoom {
		return uploadTooLarge(limit)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit+multipartRoom)
	body, name, err := uploadedFile(r)
	if err != nil {
		return err
	}
	if err := s.roomOnDisk(); err != nil {
		return err
	}
	ctx := r.Context()
	st, err := s.Files.Put(ctx, body, limit)
	var size *http.MaxBytesError
	if errors.Is(err, attachment.ErrTooLarge) || errors.As(err, &size) {
		return uploadTooLarge(limit)
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("The upload ended before its file did.")
	} else if err != nil {
		return err
	}
	if policy.Blocks(st.ContentType, name) {
		return errors.Join(newProblem(http.StatusUnsupportedMediaType, codeMediaType,
			"Files such as this one ("+kindOfFile(st.ContentType, name)+") cannot be sent in this workstream."),
			s.Files.Delete(context.WithoutCancel(ctx), st.Key, st.PreviewKey))
	}
	a, err := s.Store.Message.AddAttachment(ctx, agent, messagedb.Attachment{Conversation: conv.ID, Name: name, ContentType: st.ContentType, Size: st.Size, SHA256: st.SHA256, Blob: st.Key, PreviewBlob: st.PreviewKey})
	if err != nil {
		return errors.Join(err, s.Files.Delete(context.WithoutCancel(ctx), st.Key, st.PreviewKey))
	}
	return c.JSON(http.StatusCreated, showAttachment(a))
}

// kindOfFile is what a file is refused for: the end of its name, or what is in it.
func kindOfFile(contentType, name string) string {
	if ext := path.Ext(name); ext != "" {
		return strings.ToLower(ext) + ", " + contentType
	}
	return contentType
}

func uploadTooLarge(limit int64) error {
	return tooLarge(fmt.Sprintf("A file may have at most %s.", attachment.Size(limit)))
}

// uploadedFile finds the file in a form, or takes the raw body as the file with
// its name in Content-Disposition.
func uploadedFile(r *http.Request) (io.Reader, string, error) {
	typ, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil {
		return nil, "", newProblem(http.StatusUnsupportedMediaType, codeMediaType, "Send the file with its Content-Type, or as multipart/form-data.")
	}
	if typ != "multipart/form-data" {
		_, params, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentDisposition))
		return r.Body, channel.FileName(params["filename"]), nil
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, "", malformed("The form has no boundary.")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			p := malformed("The form has no file.")
			p.Errors = []FieldError{{Field: "file", Reason: "must be given"}}
			return nil, "", p
		} else if err != nil {
			return nil, "", formProblem(err)
		}
		if part.FormName() == "file" {
			return part, channel.FileName(part.FileName()), nil
		}
	}
}

func formProblem(err error) error {
	var size *http.MaxBytesError
	if errors.As(err, &size) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return tooLarge("The form is too large.")
	}
	return malformed("The form cannot be read.")
}

func (s *server) getAttachment(c echo.Context) error { return s.visibleFile(c, false) }
func (s *server) getPreview(c echo.Context) error    { return s.visibleFile(c, true) }

func (s *server) visibleFile(c echo.Context, preview bool) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Message.AttachmentFor(c.Request().Context(), ViewerOf(c), id)
	if err != nil {
		return err
	}
	// Asked for again each time, so that nothing of it outlives the sign-in; the ETag saves the bytes.
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return s.serveFile(c, a, preview)
}

// media serves a signed link, by which providers fetch what agents send.
func (s *server) media(c echo.Context) error {
	preview, ok := s.Files.CheckLink(c.Param("id"), c.Param("expiry"), c.Param("signature"), c.Param("name"), s.Now())
	id, err := uuid.Parse(c.Param("id"))
	if !ok || err != nil {
		return notFound()
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
func (s *server) serveFile(c echo.Context, a messagedb.Attachment, preview bool) error {
	key, typ, name := a.Blob, a.ContentType, a.Name
	if preview {
		key, typ, name = a.PreviewBlob, "image/jpeg", "preview.jpg"
	}
	if key == "" || a.State != "stored" {
		return notFound()
	}
	r, err := s.Files.Reader(c.Request().Context(), key)
	if errors.Is(err, attachment.ErrNotFound) {
		return notFound()
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

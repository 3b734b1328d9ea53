package httpx

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/attachment"
	"switchboard/channel"
)

// MultipartRoom is what a form may add to its file: boundaries and headers.
const MultipartRoom = 16 << 10

// KindOfFile is what a file is refused for: the end of its name, or what is in it.
func KindOfFile(contentType, name string) string {
	if ext := path.Ext(name); ext != "" {
		return strings.ToLower(ext) + ", " + contentType
	}
	return contentType
}

// UploadTooLarge is the 413 for a file of more than limit bytes.
func UploadTooLarge(limit int64) error {
	return tooLarge(fmt.Sprintf("A file may have at most %s.", attachment.Size(limit)))
}

// UploadedFile finds the file in a form, or takes the raw body as the file with
// its name in Content-Disposition.
func UploadedFile(r *http.Request) (io.Reader, string, error) {
	typ, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil {
		return nil, "", NewProblem(http.StatusUnsupportedMediaType, CodeMediaType,
			"Send the file with its Content-Type, or as multipart/form-data.")
	}
	if typ != "multipart/form-data" {
		_, params, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentDisposition))
		return r.Body, channel.FileName(params["filename"]), nil
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, "", Malformed("The form has no boundary.")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			p := Malformed("The form has no file.")
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
	return Malformed("The form cannot be read.")
}

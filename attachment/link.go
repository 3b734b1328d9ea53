package attachment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// LinkPath is the path of links below the public base:
// /media/{attachment id}/{expiry}/{signature}/{name}.
const LinkPath = "/media/"

// previewName is the name of a preview in its link.
const previewName = "preview.jpg"

// PublicURL is a link by which anybody can fetch an attachment, or its preview,
// until it expires. Providers need such links to deliver files.
func (f *Files) PublicURL(id uuid.UUID, name string, preview bool, ttl time.Duration) string {
	if name = linkName(name); preview {
		name = previewName
	}
	expiry := strconv.FormatInt(time.Now().Add(ttl).Unix(), 10)
	sig := base64.RawURLEncoding.EncodeToString(sign(f.keys[0], id.String(), expiry, name, preview))
	return f.base + LinkPath + id.String() + "/" + expiry + "/" + sig + "/" + url.PathEscape(name)
}

// linkName is a file's name as it stands in a link: its last part, not empty.
func linkName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || name == "/" {
		return "file"
	}
	return name
}

// CheckLink reports whether the parts of a link, as they stand unescaped in its
// path, were signed here and have not expired, and whether it means the preview.
func (f *Files) CheckLink(id, expiry, sig, name string, now time.Time) (preview, ok bool) {
	until, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || now.Unix() > until {
		return false, false
	}
	got, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		return false, false
	}
	for _, key := range f.keys {
		for _, preview := range []bool{false, true} {
			if hmac.Equal(got, sign(key, id, expiry, name, preview)) {
				return preview, true
			}
		}
	}
	return false, false
}

// The parts are quoted, so that no two links have the same text to sign.
func sign(key []byte, id, expiry, name string, preview bool) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%q %q %q %t", id, expiry, name, preview)
	return h.Sum(nil)
}

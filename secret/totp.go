package secret

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Codes of authenticator apps (RFC 6238) as all apps know them: six digits of
// HMAC-SHA-1, each good for half a minute. One step before and after is taken too,
// because clocks differ and people type slowly.
const (
	totpStep   = 30 // seconds
	totpSecret = 20 // bytes
	totpSkew   = 1  // steps
	qrSize     = 240
)

var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTPSecret returns the secret of a new authenticator app.
func NewTOTPSecret() []byte {
	b := make([]byte, totpSecret)
	rand.Read(b)
	return b
}

// TOTPText is the secret as people type it into an app.
func TOTPText(secret []byte) string { return noPadding.EncodeToString(secret) }

// TOTPURL is the secret as an app reads it from a QR code.
func TOTPURL(secret []byte, issuer, account string) string {
	v := url.Values{"secret": {TOTPText(secret)}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + v.Encode()
}

// QRCode is the picture of an app's URL, as PNG.
func QRCode(link string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(link)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	img, err := key.Image(qrSize, qrSize)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	return b.Bytes(), nil
}

// TOTPStep returns the step of time whose code this is, if it is good now.
func TOTPStep(secret []byte, code string, now time.Time) (step int64, ok bool) {
	at := now.Unix() / totpStep
	for i := at - totpSkew; i <= at+totpSkew; i++ {
		want, err := hotp.GenerateCode(TOTPText(secret), uint64(i))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = i, true
		}
	}
	return step, ok
}

// How many recovery codes somebody gets, and of how many bytes each.
const (
	recoveryCodes = 10
	recoveryBytes = 10
)

// NewRecoveryCodes returns codes that stand in for the app, each once: ABCD-EFGH-IJKL-MNOP.
func NewRecoveryCodes() []string {
	out := make([]string, recoveryCodes)
	for i := range out {
		b := make([]byte, recoveryBytes)
		rand.Read(b)
		s := noPadding.EncodeToString(b)
		out[i] = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
	}
	return out
}

// HashRecoveryCode is how a recovery code is kept, however it was typed.
func HashRecoveryCode(code string) []byte {
	return HashToken(strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code)))
}

package secret_test

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/secret"
)

// The vectors of RFC 6238, appendix B, for SHA-1; of their eight digits an app shows
// the last six.
func TestTOTP_RFC6238(t *testing.T) {
	t.Parallel()
	key := []byte("12345678901234567890")
	for at, code := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
		2000000000: "69279037", 20000000000: "65353130"} {
		step, ok := secret.TOTPStep(key, code[2:], time.Unix(at, 0))
		require.True(t, ok, at)
		require.Equal(t, at/30, step)
	}
}

// A code is good for its half minute, and for the one before and after.
func TestTOTP_Window(t *testing.T) {
	t.Parallel()
	key, at := []byte("12345678901234567890"), time.Unix(1111111109, 0) // the last second of its step
	for offset, good := range map[time.Duration]bool{-60 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 31 * time.Second: false} {
		_, ok := secret.TOTPStep(key, "081804", at.Add(offset))
		require.Equal(t, good, ok, offset)
	}
	for _, wrong := range []string{"", "81804", "0818040", "081805", "O81804"} {
		_, ok := secret.TOTPStep(key, wrong, at)
		require.False(t, ok, wrong)
	}
}

func TestTOTP_QRCode(t *testing.T) {
	t.Parallel()
	link := secret.TOTPURL([]byte("12345678901234567890"), "Switchboard", "nora@shop.example")
	require.Equal(t, "otpauth://totp/Switchboard:nora@shop.example?issuer=Switchboard&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", link)
	data, err := secret.QRCode(link)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, 240, img.Bounds().Dx())
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	codes := secret.NewRecoveryCodes()
	require.Len(t, codes, 10)
	require.Regexp(t, `^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`, codes[0])
	require.NotEqual(t, codes[0], codes[1])
	require.Equal(t, secret.HashRecoveryCode("ABCD-EFGH-IJKL-MNOP"), secret.HashRecoveryCode("abcd efgh ijklmnop"))
}

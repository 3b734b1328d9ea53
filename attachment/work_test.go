package attachment

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bomb is a progressive JPEG whose scans say nothing, in a few bytes each, of all
// the blocks of a large picture.
func bomb(w, h, scans int) []byte {
	var b bytes.Buffer
	segment := func(marker byte, body ...byte) {
		b.Write([]byte{0xFF, marker})
		_ = binary.Write(&b, binary.BigEndian, uint16(len(body)+2))
		b.Write(body)
	}
	b.Write([]byte{0xFF, 0xD8})
	segment(0xDB, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	segment(0xC2, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 1, 1, 0x11, 0) // one component
	counts := make([]byte, 16)
	counts[0] = 1                                                                                            // one code, of one bit:
	segment(0xC4, append(append([]byte{0x10}, counts...), 0xE0)...)                                          // a run of 2^14 blocks and more without coefficients
	runs := []byte{0x55, 0x54, 0xAA, 0xA9, 0x55, 0x52, 0xAA, 0xA5, 0x55, 0x4A, 0xAA, 0x95, 0x55, 0x2A, 0xAA} // 8 codes and how many more blocks than 2^14
	for range scans {
		segment(0xDA, 1, 1, 0, 1, 63, 0)
		for range w*h/64/200_000 + 1 {
			b.Write(runs)
		}
	}
	b.Write([]byte{0xFF, 0xD9})
	return b.Bytes()
}

// A picture of a few kilobytes that would take hours is not unpacked at all, and
// if it were, it would be stopped in time.
func TestSecurity_H1_PicturesTakeBoundedWork(t *testing.T) {
	t.Parallel()
	data := bomb(4000, 3000, 20_000)
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, 4000, conf.Width)
	scans, progressive := jpegScans(data)
	require.Equal(t, 20_000, scans)
	require.True(t, progressive)
	require.True(t, tooMuch(data))

	_, err = jpeg.Decode(bytes.NewReader(bomb(4000, 3000, 3)))
	require.NoError(t, err, "it is one that decoders take, whatever its scans")
	rest := bytes.NewReader(data)
	_, _, err = image.Decode(&until{r: rest, end: time.Now().Add(20 * time.Millisecond)})
	require.ErrorIs(t, err, errTooLong)
	require.Greater(t, rest.Len(), len(data)/2, "and most of it was never looked at")

	for name, deep := range map[string]struct {
		img  image.Image
		much bool
	}{
		"16 bits": {image.NewNRGBA64(image.Rect(0, 0, 3000, 2900)), true}, "8 bits": {image.NewPaletted(image.Rect(0, 0, 3000, 2900), color.Palette{color.Black, color.White}), false},
		"too many": {image.NewPaletted(image.Rect(0, 0, 5000, 2600), color.Palette{color.Black, color.White}), true},
	} {
		var b bytes.Buffer
		require.NoError(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, deep.img))
		require.Equal(t, deep.much, tooMuch(b.Bytes()), name)
	}
	var plain bytes.Buffer
	require.NoError(t, jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
	film := append(plain.Bytes(), bytes.Repeat([]byte{0xFF, 0xDA}, 1000)...)
	require.False(t, tooMuch(film), "what a phone appends to a picture is none of its scans")
}

// Whatever strangers' previews do, an agent's picture gets its own.
func TestSecurity_H1_StrangersHoldUpNobody(t *testing.T) {
	t.Parallel()
	u, err := FolderURL(filepath.Join(t.TempDir(), "files"))
	require.NoError(t, err)
	f, err := Open(t.Context(), u, "https://desk.example", bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	defer f.Close()
	for range decodeLater {
		f.later <- struct{}{} // as if each were held by a picture that never ends
	}
	var plain bytes.Buffer
	require.NoError(t, jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
	kept, err := f.Keep(t.Context(), bytes.NewReader(plain.Bytes()), 1<<20)
	require.NoError(t, err, "a stranger's file is stored all the same")
	require.Empty(t, kept.PreviewKey)
	st, err := f.Put(t.Context(), bytes.NewReader(plain.Bytes()), 1<<20)
	require.NoError(t, err)
	require.NotEmpty(t, st.PreviewKey)
	<-f.later
	key, err := f.PreviewOf(t.Context(), kept)
	require.NoError(t, err)
	require.NotEmpty(t, key)
	dear, err := f.Put(t.Context(), bytes.NewReader(bomb(4000, 3000, 200)), 1<<20)
	require.NoError(t, err)
	require.Empty(t, dear.PreviewKey, "stored without a preview")
}

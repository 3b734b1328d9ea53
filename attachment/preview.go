package attachment

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders of what previews are made from
	"image/jpeg"
	_ "image/png"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// What a preview may be: LINE takes a JPEG of up to 1 MB. The longest side is
// enough for a phone.
const (
	previewSide  = 1024
	previewBytes = 1_000_000
	previewType  = "image/jpeg"
)

// Pictures beyond these are stored without a preview: a small file may unpack to
// gigabytes, or take hours.
const (
	maxPixels  = 12_500_000 // a phone's picture has 12
	maxMemory  = 64 << 20   // of the unpacked picture
	maxPicture = 32 << 20
	maxScans   = 30              // of a progressive JPEG, each of which goes over all of it; encoders make about ten
	maxWork    = 3 * time.Second // whatever else a picture has thought of
)

// preview stores a small JPEG of a picture and returns its key, or "" where the
// file is no picture that can be read. Only a store that fails is an error.
func (f *Files) preview(ctx context.Context, st Stored, places chan struct{}) (string, error) {
	switch st.ContentType {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
	default:
		return "", nil
	}
	if st.Size > maxPicture {
		return "", nil
	}
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	data, err := f.bucket.ReadAll(ctx, st.Key)
	if err != nil {
		return "", fmt.Errorf("preview: %w", err)
	}
	small, ok := shrink(data)
	if !ok {
		return "", nil
	}
	key := st.Key + ".preview.jpg"
	if err := f.bucket.WriteAll(ctx, key, small, &blob.WriterOptions{ContentType: previewType}); err != nil {
		return "", fmt.Errorf("preview: %w", err)
	}
	return key, nil
}

// shrink makes the preview of a picture, upright and on white.
func shrink(data []byte) (out []byte, ok bool) {
	defer func() { // a decoder that panics costs a preview, not the process
		if recover() != nil {
			out, ok = nil, false
		}
	}()
	if tooMuch(data) {
		return nil, false
	}
	src, err := decodeWithin(data, maxWork)
	if err != nil {
		return nil, false
	}
	img := upright(scale(src), orientation(data))
	for quality := 85; quality >= 25; quality -= 20 {
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, false
		}
		if buf.Len() <= previewBytes {
			return buf.Bytes(), true
		}
	}
	return nil, false
}

func scale(src image.Image) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if longest := max(w, h); longest > previewSide {
		w, h = max(1, w*previewSide/longest), max(1, h*previewSide/longest)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	return dst
}

// upright turns a picture by its EXIF orientation (1 to 8): phones store
// portraits lying down.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			dst.SetRGBA(dx, dy, src.RGBAAt(x, y))
		}
	}
	return dst
}

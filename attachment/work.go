package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"time"
)

// tooMuch reports whether unpacking a picture would take more memory or work
// than a preview is worth. What cannot be read is too much.
func tooMuch(data []byte) bool {
	conf, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || conf.Width <= 0 || conf.Height <= 0 || conf.Width > maxPixels || conf.Height > maxPixels || conf.Width*conf.Height > maxPixels {
		return true
	}
	perPixel := 4
	switch conf.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	case color.Gray16Model:
		perPixel = 2
	}
	if format == "jpeg" {
		scans, progressive := jpegScans(data)
		if scans > maxScans {
			return true
		}
		if progressive { // coefficients of 4 bytes besides the samples
			perPixel = 8
		}
	}
	return conf.Width*conf.Height*perPixel > maxMemory
}

// jpegScans counts the scans of a JPEG up to its end, by its markers.
func jpegScans(data []byte) (scans int, progressive bool) {
	for p := 2; p+4 <= len(data); {
		if data[p] != 0xFF {
			p++ // samples, or what decoders pass over
			continue
		}
		switch marker := data[p+1]; {
		case marker == 0xD9: // what follows is no picture: a phone's film, for example
			return scans, progressive
		case marker == 0x00, marker == 0x01, marker == 0xFF, marker >= 0xD0 && marker <= 0xD8: // a sample, or alone
			p += 1 + min(1, int(0xFF-marker))
		default:
			if marker == 0xDA {
				scans++
			}
			progressive = progressive || marker == 0xC2
			p += 2 + int(binary.BigEndian.Uint16(data[p+2:]))
		}
	}
	return scans, progressive
}

// errTooLong says that a picture takes longer to unpack than it may.
var errTooLong = errors.New("the picture takes too long to unpack")

// decodeWithin unpacks a picture. A decoder cannot be stopped, but it reads, and
// after the time is up it is given no more.
func decodeWithin(data []byte, d time.Duration) (image.Image, error) {
	img, _, err := image.Decode(&until{r: bytes.NewReader(data), end: time.Now().Add(d)})
	return img, err
}

// until reads a little at a time until a moment. Little, because a scan of 42
// bytes may be a second's work.
type until struct {
	r   io.Reader
	end time.Time
}

func (u *until) Read(p []byte) (int, error) {
	if !time.Now().Before(u.end) {
		return 0, errTooLong
	}
	return u.r.Read(p[:min(len(p), 512)])
}

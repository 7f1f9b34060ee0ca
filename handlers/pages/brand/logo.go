package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
)

// The most that a logo may have: bytes of its file, and pixels on a side.
const (
	MaxLogo = 256 << 10
	maxSide = 2000
)

// Logo is a picture made safe to be served, and the ending of its name, ".png" or ".svg": a PNG is drawn anew, and of
// an SVG is kept what only draws. What is in neither format is an error.
func Logo(file []byte) (clean []byte, extension string, err error) {
	switch {
	case len(file) > MaxLogo:
		return nil, "", fmt.Errorf("it has more than %d KB", MaxLogo>>10)
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n")):
		clean, err = redrawn(file)
		return clean, ".png", err
	case bytes.Contains(file, []byte("<svg")):
		clean, err = drawing(file)
		return clean, ".svg", err
	}
	return nil, "", errors.New("it is neither PNG nor SVG")
}

// redrawn is a PNG made of the pixels of another.
func redrawn(file []byte) ([]byte, error) {
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if size.Width > maxSide || size.Height > maxSide {
		return nil, fmt.Errorf("it is larger than %d by %d pixels", maxSide, maxSide)
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

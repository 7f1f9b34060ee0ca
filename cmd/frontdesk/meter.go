package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// meter shows how far long work is: as a bar on a terminal, as a line now and then anywhere else.
type meter struct {
	bar       *progressbar.ProgressBar
	what      string
	resources int
}

// newMeter begins a meter over total bytes; total < 0 is not known.
func newMeter(w io.Writer, what string, total int64) *meter {
	every := 100 * time.Millisecond
	end := func() { fmt.Fprintln(w) }
	if f, ok := w.(*os.File); !ok || !isatty.IsTerminal(f.Fd()) {
		every = 5 * time.Second
	}
	return &meter{what: what, bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionThrottle(every),
		progressbar.OptionSetWidth(24),
		progressbar.OptionOnCompletion(end),
	)}
}

// add tells of bytes and resources done since the last call.
func (m *meter) add(bytes int64, resources int) {
	m.resources += resources
	m.bar.Describe(fmt.Sprintf("%s: %d resources", m.what, m.resources))
	m.bar.Add64(bytes)
}

// clear takes the bar away so that a line can be written; the next add brings it back.
func (m *meter) clear() { m.bar.Clear() }

// finish leaves the bar as it is and goes to the next line.
func (m *meter) finish() { m.bar.Exit() }

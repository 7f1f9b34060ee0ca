package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// meter shows how far long work is: as a bar on a terminal; anywhere else as a line now and then, and one at the end.
type meter struct {
	what    string
	unit    unit
	total   int64 // -1 if it isn't known
	out     io.Writer
	started time.Time

	mu              sync.Mutex
	done, resources int64
	bar             *progressbar.ProgressBar // nil if out is no terminal
	told            time.Time                // when the last line was written
}

// unit is what a meter's total counts.
type unit string

const (
	inBytes     unit = "bytes"
	inResources unit = "resources"
	inVersions  unit = "versions"
)

// things is what is told of, one by one.
func (u unit) things() string {
	if u == inBytes {
		return string(inResources)
	}
	return string(u)
}

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 5 * time.Second

// newMeter begins a meter; total < 0 is not known.
func newMeter(w io.Writer, what string, total int64, u unit) *meter {
	m := &meter{what: what, unit: u, total: total, out: w, started: time.Now(), told: time.Now()}
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		m.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(u == inBytes),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a spinner turns by itself, and on after the end
			progressbar.OptionSetWidth(24),
		)
	}
	return m
}

// add tells of bytes and resources done since the last call.
func (m *meter) add(bytes int64, resources int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resources += int64(resources)
	if m.unit == inBytes {
		m.done += bytes
	} else {
		m.done = m.resources
	}
	switch {
	case m.bar != nil:
		m.bar.Describe(fmt.Sprintf("%s: %s %s, %s/s", m.what, humanize.Comma(m.resources), m.unit.things(), m.rate()))
		m.bar.Set64(m.done)
	case time.Since(m.told) >= lineEvery:
		m.line()
	}
}

// clear takes the bar away so that a line can be written; the next add brings it back.
func (m *meter) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		m.bar.Clear()
	}
}

// finish leaves how far it came, as the last line.
func (m *meter) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		m.bar.Clear()
		m.bar.Exit()
	}
	m.line()
}

// line writes how far it is as one line of text.
func (m *meter) line() {
	m.told = time.Now()
	of := ""
	if m.total > 0 {
		of = fmt.Sprintf(", %d%%", min(100, 100*m.done/m.total))
	}
	fmt.Fprintf(m.out, "%s: %s %s%s in %s, %s/s\n", m.what, humanize.Comma(m.resources), m.unit.things(), of, time.Since(m.started).Round(100*time.Millisecond), m.rate())
}

// rate is resources a second so far.
func (m *meter) rate() string {
	return humanize.Comma(int64(float64(m.resources) / max(time.Since(m.started).Seconds(), 0.001)))
}

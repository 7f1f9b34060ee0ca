package transfer_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/store"
)

// endless is a reader of lines that are made as they are read, and notes how far it is ahead of what was stored.
type endless struct {
	line         string
	left         int
	read, stored atomic.Int64
	ahead        int64 // the most it was
	n            int
	rest         []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 && e.left > 0 {
		e.rest = fmt.Appendf(nil, e.line, e.n)
		e.n++
	}
	n := copy(p, e.rest)
	e.rest, e.left = e.rest[n:], e.left-n
	e.ahead = max(e.ahead, e.read.Add(int64(n))-e.stored.Load())
	if n == 0 {
		return strings.NewReader("").Read(p)
	}
	return n, nil
}

// TestStreams: of 50 MB no more than a part is taken in before the store has it, whether lines are long or short.
func TestStreams(t *testing.T) {
	const size, most = 50 << 20, 20 << 20
	for _, length := range []int{20_000, 900_000} {
		k := newKit(t, store.Options{})
		e := &endless{left: size, line: `{"resourceType":"Binary","id":"%d","contentType":"text/plain","data":"` + strings.Repeat("AAAA", length/4) + `"}` + "\n"}
		k.Progress = func(bytes int64, _ int) { e.stored.Add(bytes) }
		sources, err := transfer.Sources([]string{"-"}, e)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := k.Run(t.Context(), sources)
		if err != nil || sum.Resources != int64(e.n) || e.stored.Load() < size {
			t.Fatalf("%+v of %d, %d bytes: %v", sum, e.n, e.stored.Load(), err)
		}
		if e.ahead > most {
			t.Errorf("lines of %d bytes: %d MB were read ahead, want at most %d", length, e.ahead>>20, most>>20)
		}
	}
}

package practice_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/conformance/checks"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/handlers/budget"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/sqlite"
)

// hostileVariable says how many requests the hostile clients make; hostileRequests is how many without it.
const (
	hostileVariable = "FRONTDESK_HOSTILE_REQUESTS"
	hostileRequests = 250
	hostileWorkers  = 6
	// hostileGuesses are so many that who signs in from the guessers' network waits, unless the browser is known.
	hostileGuesses = 8
	// hostileMemory is what all requests in flight may hold: one hostile body takes a part of it, and no honest request
	// needs much.
	hostileMemory = 64 << 20
)

// hostilePages is after how many pages of write-ahead log SQLite moves them to the database, and hostileLog the log
// that may be left, in bytes: the store cuts it at four times as much, and one commit comes on top of that.
const (
	hostilePages = 250
	hostileLog   = 8 * hostilePages * 8192
)

// TestI11_HostileClientsHarmNobody: while some drop, time out, reset, trickle, send bombs and flood, others work, and
// what they are answered is right: they read what they wrote, and what is suspended, revoked and hidden is so from the
// very next request on. Afterwards nothing is left of it all: no goroutine, no connection, no open file, and no
// write-ahead log that can't be cut.
func TestI11_HostileClientsHarmNobody(t *testing.T) {
	n := hostileRequests
	if v := os.Getenv(hostileVariable); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", hostileVariable, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		besiege(t, n, func(t testing.TB, r *spec.Registry) (store.Backend, error) {
			return sqlite.Open(t.Context(), dir, r, sqlite.Options{Logger: quiet, Base: base, CheckpointPages: hostilePages})
		})
		if info, err := os.Stat(filepath.Join(dir, sqlite.DatabaseFile+"-wal")); err == nil && info.Size() > hostileLog {
			t.Errorf("the write-ahead log has %d bytes, want at most %d", info.Size(), hostileLog)
		}
	})
	t.Run("mongodb", func(t *testing.T) {
		besiege(t, n/10, func(t testing.TB, r *spec.Registry) (store.Backend, error) {
			return opentest.Open(t, r, mongo.Options{Base: base}), nil
		})
	})
}

// siege is a practice whose server listens, and those who attack it.
type siege struct {
	*practice
	address string // of the server
	hurried string // of one on the same store that gives up after some milliseconds
	tokens  []string
	memory  *budget.Memory // for the requests of all in flight
	streams *http.Client
	left    atomic.Int64
	made    sync.Map // kind of attack -> *atomic.Int64
	over    chan struct{}
}

// besiege has n hostile requests made of a practice on a backend.
func besiege(t *testing.T, n int, open func(testing.TB, *spec.Registry) (store.Backend, error)) {
	s := &siege{practice: newPractice(t, open), over: make(chan struct{}), memory: budget.NewMemory(hostileMemory),
		streams: streams()}
	s.load(chart...)
	s.fill()
	// The machine may be as busy as it likes: nobody's time but that of the hurried runs out.
	s.address = s.listen(handlers.Limits{Body: hostileBody, Upload: 10 * time.Minute, Time: 10 * time.Minute})
	s.hurried = s.listen(handlers.Limits{Time: 2 * time.Millisecond, Upload: hostileUpload})
	s.tokens = []string{s.patient("eve").token, s.staff().token, s.ehr().token, s.proxy().token}
	s.left.Store(int64(n))
	workers := s.workers()
	for _, w := range workers {
		w.work(0) // once in peace: what is opened for good is open
	}
	for range hostileGuesses {
		s.must(s.guessAt("ann"))
	}
	before := held()
	var attackers, honest sync.WaitGroup
	for i := range hostileWorkers {
		attackers.Go(func() { s.attack(rand.New(rand.NewPCG(uint64(i), 7))) })
	}
	for _, w := range workers {
		honest.Go(func() { w.until(s.over) })
	}
	attackers.Wait()
	close(s.over)
	honest.Wait()
	s.streams.CloseIdleConnections()
	if n := s.memory.Held(); n != 0 {
		t.Errorf("%d bytes of the memory in flight are held by nobody", n)
	}
	rounds := 0
	for _, w := range workers {
		w.work(w.rounds) // and once more, when it is over
		rounds += w.rounds
		w.close()
	}
	if err := s.store.Health(t.Context()); err != nil {
		t.Errorf("afterwards the store isn't well: %v", err)
	}
	s.leaves(before)
	s.made.Range(func(kind, n any) bool { t.Logf("%-22s %d", kind, n.(*atomic.Int64).Load()); return true })
	t.Logf("%d rounds of honest work meanwhile", rounds)
	checks.Count(t, "hostile requests", strings.TrimPrefix(t.Name(), "TestI11_HostileClientsHarmNobody/"), n)
}

// fill gives the practice so much that a search takes a while.
func (s *siege) fill() {
	s.Helper()
	var all []string
	for i := range 600 {
		all = append(all, fmt.Sprintf(`{"resourceType":"Observation","id":"fill-%d","status":"final","subject":{"reference":"Patient/eve"},"effectiveDateTime":"2024-01-%02d",
			"code":{"text":"Weight"},"category":[{"coding":[{"code":"vital-signs"}]}]}`, i, 1+i%28))
	}
	s.load(all...)
}

// listen serves the practice within limits, until the test ends.
func (s *siege) listen(limits handlers.Limits) string {
	s.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	h := limits.HTTP(s.server(limits, func(o *handlers.Options) { o.Memory = s.memory }))
	h.Protocols = new(http.Protocols)
	h.Protocols.SetHTTP1(true)
	h.Protocols.SetUnencryptedHTTP2(true) // as a proxy may speak to it
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Serve(l) }()
	s.Cleanup(func() { h.Close(); <-done })
	return l.Addr().String()
}

// holding is what the process has open.
type holding struct{ goroutines, files int }

func held() holding {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		files = nil // not on this system: goroutines tell of connections too
	}
	return holding{runtime.NumGoroutine(), len(files)}
}

// leaves waits until no more is held than before, and the few that idle connections of the store take.
func (s *siege) leaves(before holding) {
	s.Helper()
	const few, patience = 12, 20 * time.Second
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		now := held()
		if now.goroutines <= before.goroutines+few && now.files <= before.files+few {
			s.Logf("goroutines %d before, %d after; files %d, %d", before.goroutines, now.goroutines, before.files, now.files)
			return
		}
		if time.Now().After(until) {
			stacks := make([]byte, 1<<20)
			s.Errorf("before: %+v, afterwards: %+v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

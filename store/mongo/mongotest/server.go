package mongotest

import (
	"bufio"
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/store/mongo/mongotest/engine"
)

// Server is a running server. Its methods may be called at any time, from any goroutine.
type Server struct {
	test    testing.TB
	options Options
	engine  *engine.Engine
	members []*member
	started time.Time
	ctx     context.Context // ends with the server
	stop    context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	primary   int // index into members, -1: none
	elections int64
	conns     map[net.Conn]bool
	commands  map[string]int
	faults    []*Injected
	sessions  map[string]*session
	cursors   map[int64]*cursor
	snapshots []snapshot
	lastID    int64 // of cursors
}

// member is one address of the replica set.
type member struct {
	server   *Server
	index    int
	listener net.Listener
}

// Start starts a Server on loopback ports, which ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Version == "" {
		o.Version = defaultVersion
	}
	if o.TransactionLifetime == 0 {
		o.TransactionLifetime = time.Minute
	}
	s := &Server{test: t, options: o, engine: engine.New(o.RefuseScans), started: time.Now(), elections: 1, conns: map[net.Conn]bool{},
		commands: map[string]int{}, sessions: map[string]*session{}, cursors: map[int64]*cursor{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for i := range max(1, o.Members) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal("mongotest: no loopback port:", err)
		}
		s.members = append(s.members, &member{s, i, listener})
	}
	for _, m := range s.members {
		s.running.Go(m.accept)
	}
	t.Cleanup(s.close)
	return s
}

// URI is what the driver connects to.
func (s *Server) URI() string {
	uri := "mongodb://" + strings.Join(s.hosts(), ",") + "/"
	if s.options.Standalone {
		return uri
	}
	return uri + "?replicaSet=" + setName
}

func (s *Server) hosts() []string {
	var out []string
	for _, m := range s.members {
		out = append(out, m.listener.Addr().String())
	}
	return out
}

// Commands are how many of each command have come, those of monitoring included.
func (s *Server) Commands() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.commands)
}

// SetPrimary makes another member the primary, or none if it is -1. As when a primary steps down, all connections are
// cut and all transactions aborted.
func (s *Server) SetPrimary(member int) {
	s.mu.Lock()
	s.primary = member
	s.elections++
	for _, x := range s.sessions {
		x.abandon()
	}
	s.mu.Unlock()
	s.CutConnections()
}

// CutConnections closes every connection there is; new ones can be made.
func (s *Server) CutConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // it fails only if it is closed already
	}
}

func (s *Server) close() {
	s.stop()
	for _, m := range s.members {
		_ = m.listener.Close()
	}
	s.CutConnections()
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		x.abandon()
	}
}

func (m *member) accept() {
	for {
		c, err := m.listener.Accept()
		if err != nil {
			return // the server is closed
		}
		m.server.mu.Lock()
		m.server.conns[c] = true
		if m.server.ctx.Err() != nil {
			_ = c.Close()
		}
		m.server.mu.Unlock()
		m.server.running.Go(func() { m.serve(c) })
	}
}

// serve answers what comes on a connection, one command after the other.
func (m *member) serve(c net.Conn) {
	s := m.server
	defer func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	in := bufio.NewReader(c)
	for {
		msg, err := readMessage(in)
		if err != nil {
			if errors.Is(err, errWire) {
				s.test.Error(err)
			}
			return
		}
		reply, cut := m.answer(msg)
		if cut {
			return
		}
		if msg.silent {
			continue
		}
		if err := writeReply(c, msg, reply); err != nil {
			return
		}
	}
}

package certificate

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Keeper holds a certificate, and looks for a newer one in its files.
type Keeper struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // when the files were changed, as of the last look
	looked  time.Time
}

// every is how often the files are looked at, while connections come in.
const every = 10 * time.Second

// Load reads a certificate chain and its private key, both PEM. now is time.Now but in tests.
func Load(cert, key string, log *slog.Logger, now func() time.Time) (*Keeper, error) {
	k := &Keeper{cert: cert, key: key, log: log, now: now}
	stamp, err := k.changed()
	if err == nil {
		err = k.read(stamp)
	}
	return k, err
}

// Config is for a server: TLS 1.2 or newer, with the cipher suites that Go takes for safe.
func (k *Keeper) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: k.get}
}

// get is the certificate for a connection. One that can't be read, as while it's being written, leaves the one there
// was.
func (k *Keeper) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); now.Sub(k.looked) >= every {
		k.looked = now
		stamp, err := k.changed()
		if err == nil && stamp != k.stamp {
			if err = k.read(stamp); err == nil {
				k.log.Info("serving with a new certificate", "until", k.current.Leaf.NotAfter)
			}
		}
		if err != nil {
			k.log.Error("the new certificate can't be read; serving with the old one", "error", err)
		}
	}
	return k.current, nil
}

// changed is when the files were.
func (k *Keeper) changed() (stamp [2]time.Time, err error) {
	for i, name := range []string{k.cert, k.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

func (k *Keeper) read(stamp [2]time.Time) error {
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return fmt.Errorf("the certificate %s and its key %s can't be used: %w", k.cert, k.key, err)
	}
	k.current, k.stamp = &pair, stamp
	return nil
}

package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"frontdesk/cmd/frontdesk/certificate"
)

// write makes a certificate with a serial number, and dates its files.
func write(t *testing.T, folder string, serial int64, when time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// TestARenewedCertificateIsServed without a restart, and one that can't be read is not.
func TestARenewedCertificateIsServed(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	cert, key := write(t, folder, 1, now)
	k, err := certificate.Load(cert, key, quiet, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	serves := func(what string, serial int64) {
		t.Helper()
		now = now.Add(time.Minute)
		c, err := k.Config().GetCertificate(nil)
		if err != nil || c.Leaf.SerialNumber.Int64() != serial {
			t.Errorf("%s: %v, %v", what, c.Leaf.SerialNumber, err)
		}
	}
	serves("the first", 1)
	write(t, folder, 2, now.Add(time.Second))
	serves("a renewed one", 2)
	if err := os.WriteFile(cert, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	serves("one half written", 2)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	serves("no key", 2)
	write(t, folder, 3, now.Add(2*time.Second))
	serves("whole again", 3)
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	cert, key := write(t, t.TempDir(), 1, time.Now())
	k, err := certificate.Load(cert, key, quiet, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", k.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.(*tls.Conn).Handshake() // the client tells how it went
			c.Close()
		}
	}()
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: version})
		if (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			c.Close()
		}
	}
}

func TestWhatCanNotBeServedIsToldAtOnce(t *testing.T) {
	folder := t.TempDir()
	cert, key := write(t, folder, 1, time.Now())
	if _, err := certificate.Load(cert, filepath.Join(folder, "none.pem"), quiet, time.Now); err == nil {
		t.Error("a key that isn't there")
	}
	if _, err := certificate.Load(key, cert, quiet, time.Now); err == nil {
		t.Error("the wrong way round")
	}
}

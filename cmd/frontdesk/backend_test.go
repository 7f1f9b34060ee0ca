package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestABackendServiceGetsATokenByItsKey: with the commands alone, from the key to the request.
func TestABackendServiceGetsATokenByItsKey(t *testing.T) {
	for _, algorithm := range []string{"ES384", "RS384"} {
		t.Run(algorithm, func(t *testing.T) {
			store, keys := guarded(t), t.TempDir()
			key, jwks := filepath.Join(keys, "private.jwk"), filepath.Join(keys, "public.jwks")
			if status, out, log := frontdesk(t, "", "client", "keygen", "--key", key, "--jwks", jwks, "--algorithm", algorithm); status != 0 {
				t.Fatal(out, log)
			}
			if status, _, log := frontdesk(t, "", "client", "keygen", "--key", key, "--jwks", jwks); status == 0 || !strings.Contains(log, "is there already") {
				t.Errorf("a key that is there is written over: %s", log)
			}
			if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the private key: %v, %v", info.Mode(), err)
			}
			if public, _ := os.ReadFile(jwks); strings.Contains(string(public), `"d"`) {
				t.Errorf("the public keys tell the private one: %s", public)
			}
			on(t, store, 0, "", "client", "add", "--id", "sync", "--jwks", jwks, "--scope", "system/Patient.rs")
			r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+store)
			status, token, log := frontdesk(t, "", "token", "--client", "sync", "--key", key, "--scope", "system/Patient.rs", "--base-url", r.base)
			if status != 0 {
				t.Fatal(log)
			}
			if status, body := getAs(t, r.base+"/Patient/ann", strings.TrimSpace(token)); status != 200 {
				t.Errorf("with its token: %d %s", status, body)
			}
			if status, _, log := frontdesk(t, "", "token", "--client", "sync", "--key", jwks, "--scope", "system/Patient.rs", "--base-url", r.base); status == 0 || !strings.Contains(log, "no private key") {
				t.Errorf("with what is no private key: %s", log)
			}
		})
	}
}

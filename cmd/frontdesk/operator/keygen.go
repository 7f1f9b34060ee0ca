package operator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// clientKeygen makes a key pair for an app that authenticates by one. The store isn't asked: whoever runs the app can
// do this elsewhere.
type clientKeygen struct {
	Key       string `required:"" type:"path" placeholder:"FILE" help:"Where the private key goes, as a JWK, for nobody but you to read. It must not be there yet."`
	JWKS      string `name:"jwks" required:"" type:"path" placeholder:"FILE" help:"Where the public key goes, as a JWK set, for client add --jwks or for the app to publish."`
	Algorithm string `default:"ES384" enum:"ES384,RS384" help:"What the app signs with: ES384 or RS384, which every SMART server takes."`
}

// rsaBits is the size of an RSA key (RFC 7518 3.3 asks for 2048 at least).
const rsaBits = 3072

// Run makes the pair.
func (k *clientKeygen) Run(h Host) error {
	private, err := k.generate()
	if err != nil {
		return err
	}
	key := jose.JSONWebKey{Key: private, KeyID: uuid.NewString(), Algorithm: k.Algorithm, Use: "sig"}
	if err := writeNew(k.Key, 0o600, key); err != nil {
		return err
	}
	if err := writeNew(k.JWKS, 0o644, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}); err != nil {
		return err
	}
	fmt.Fprintf(h.Out, "The private key is in %s; keep it to yourself. The public one is in %s:\n  frontdesk client add --id ID --jwks %s --scope SCOPES\n", k.Key, k.JWKS, k.JWKS)
	return nil
}

// generate makes the private key.
func (k *clientKeygen) generate() (any, error) {
	if k.Algorithm == "RS384" {
		return rsa.GenerateKey(rand.Reader, rsaBits)
	}
	return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
}

// writeNew writes JSON to a file that isn't there yet: a key that is in use must not be lost by a second run.
func writeNew(file string, mode os.FileMode, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and a key is never written over. Choose another name", file)
	}
	if err != nil {
		return fmt.Errorf("the key can't be written: %w", err)
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

package upstream_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/handlers/smart/upstream"
)

// inFolder writes files and gives the path of the first.
func inFolder(t *testing.T, files ...[2]string) string {
	t.Helper()
	folder := t.TempDir()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f[0]), []byte(f[1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, files[0][0])
}

func block(typ string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}

// A key in any form in which openssl and others write it authenticates us (private_key_jwt).
func TestUpstream_APrivateKeyAuthenticatesUs(t *testing.T) {
	rs, es := ourKey(t, "RS512").(*rsa.PrivateKey), ourKey(t, "ES256").(*ecdsa.PrivateKey)
	rs8, err := x509.MarshalPKCS8PrivateKey(rs)
	es1, other := x509.MarshalECPrivateKey(es)
	jwk, third := json.Marshal(jose.JSONWebKey{Key: es, KeyID: "our-key"})
	if err != nil || other != nil || third != nil {
		t.Fatal(err, other, third)
	}
	for name, of := range map[string]struct {
		text, algorithm string
		public          any
	}{
		"PKCS 8": {block("PRIVATE KEY", rs8, nil), "RS512", &rs.PublicKey},
		"PKCS 1": {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs), nil), "RS512", &rs.PublicKey},
		"SEC 1":  {block("EC PRIVATE KEY", es1, nil), "ES256", &es.PublicKey},
		"JWK":    {string(jwk), "ES256", &es.PublicKey},
	} {
		op := newProvider(t)
		op.client = &jose.JSONWebKey{Key: of.public, KeyID: "our-key"}
		path := inFolder(t, [2]string{"upstream.yaml",
			fmt.Sprintf("{name: NHS login, issuer: %q, client-id: frontdesk, key-file: key, key-id: our-key, algorithm: %s}", op.URL, of.algorithm)}, [2]string{"key", of.text})
		config, err := upstream.Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		k := newKit(t, op, func(o *upstream.Options) { o.Config = config })
		k.linked()
		if who := k.arrive(k.back("")); who != "ann" {
			t.Errorf("%s: signed in is %q, %v", name, who, k.failed)
		}
	}
}

func TestUpstream_AWrongFileIsRefused(t *testing.T) {
	public, err := json.Marshal(jose.JSONWebKey{Key: &ourKey(t, "ES256").(*ecdsa.PrivateKey).PublicKey, KeyID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	rs := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(ourKey(t, "RS512").(*rsa.PrivateKey)), nil)
	const good = "issuer: 'https://op.example', client-id: frontdesk"
	for text, want := range map[string]string{
		"{" + good + "}": "either a secret-file or a key-file",
		"{" + good + ", secret-file: secret, key-file: rsa}":                         "either a secret-file or a key-file",
		"{" + good + ", secret-file: none}":                                          "secret-file",
		"{" + good + ", secret-file: empty}":                                         "empty",
		"{" + good + ", key-file: none}":                                             "key-file",
		"{" + good + ", key-file: public}":                                           "private key",
		"{" + good + ", key-file: broken}":                                           "PKCS #8",
		"{" + good + ", key-file: rsa, algorithm: ES256}":                            "ES256",
		"{" + good + ", key-file: rsa, algorithm: none}":                             "none",
		"{issuer: 'http://op.example', client-id: x, secret-file: secret}":           "https",
		"{issuer: 'https://op.example', secret-file: secret}":                        "client-id",
		"{" + good + ", secret-file: secret, scopes: [profile]}":                     "openid",
		"{" + good + ", secret-file: secret, parameters: {state: x}}":                "state",
		"{" + good + ", secret-file: secret, parameters: {code_challenge: x}}":       "code_challenge",
		"{" + good + ", secret-file: secret, client-secret: s3cret}":                 "client-secret",
		"{issuer: 'http://op.example', secret-file: secret, parameters: {nonce: x}}": "nonce",
	} {
		path := inFolder(t, [2]string{"upstream.yaml", text}, [2]string{"secret", "s3cret"}, [2]string{"empty", "\n"}, [2]string{"rsa", rs},
			[2]string{"public", string(public)}, [2]string{"broken", block("PRIVATE KEY", []byte("x"), nil)})
		if _, err := upstream.Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want something about %q", text, err, want)
		}
	}
	if _, err := upstream.Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that isn't there was read")
	}
	if _, err := upstream.New(upstream.Options{}); err == nil {
		t.Error("an Upstream of nothing was made")
	}
}

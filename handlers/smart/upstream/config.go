package upstream

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/goccy/go-yaml"
)

// Config is how Frontdesk is registered at a provider, and what the provider calls things.
type Config struct {
	Name   string `yaml:"name"`      // as people read it: "NHS login"
	Issuer string `yaml:"issuer"`    // its endpoints are found by OpenID Connect discovery
	Client string `yaml:"client-id"` // ours
	// How we authenticate: by a secret or by a private key (private_key_jwt, as NHS login wants it). Each is in a file
	// of its own.
	SecretFile string `yaml:"secret-file"`
	KeyFile    string `yaml:"key-file"`  // PEM or JWK
	KeyID      string `yaml:"key-id"`    // the kid by which the provider knows the key; default the JWK's
	Algorithm  string `yaml:"algorithm"` // what it signs with; default RS256. NHS login wants RS512

	Scopes     []string          `yaml:"scopes"`     // default openid and profile
	Parameters map[string]string `yaml:"parameters"` // of the authorize request besides, as vtr of NHS login
	Algorithms []string          `yaml:"algorithms"` // that id_tokens may be signed with; default what discovery says

	// NHSClaim is the claim with the NHS number, by which an account is found that isn't linked by subject. It counts
	// only if LevelClaim has one of Levels: anybody can type a number. Defaults nhs_number, identity_proofing_level,
	// P9: NHS login's words for a person whose documents were seen.
	NHSClaim   string   `yaml:"nhs-claim"`
	LevelClaim string   `yaml:"level-claim"`
	Levels     []string `yaml:"levels"`

	secret string
	key    *jose.JSONWebKey
}

// Load reads a Config from a YAML file. Files it names are looked for beside it. All that is wrong with it is told at
// once.
func Load(path string) (Config, error) {
	var c Config
	text, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("can't read the file of the upstream provider: %w", err)
	}
	// Strict: a setting that is misspelt must not be taken for one that isn't there.
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	for _, file := range []*string{&c.SecretFile, &c.KeyFile} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
	if c, err = c.ready(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ready is the Config with its defaults and its secrets.
func (c Config) ready() (Config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1") {
		fault("issuer: %q must be an https URL, exactly as the provider's discovery document has it", c.Issuer)
	}
	if c.Client == "" {
		fault("client-id: say by which client_id the provider knows us")
	}
	c.Name = cmp.Or(c.Name, c.Issuer)
	c.Algorithm = cmp.Or(c.Algorithm, string(jose.RS256))
	c.NHSClaim, c.LevelClaim = cmp.Or(c.NHSClaim, "nhs_number"), cmp.Or(c.LevelClaim, "identity_proofing_level")
	if c.Levels == nil {
		c.Levels = []string{"P9"}
	}
	if c.Scopes == nil {
		c.Scopes = []string{"openid", "profile"}
	}
	if !slices.Contains(c.Scopes, "openid") {
		fault("scopes: openid must be among them, for without it there is no id_token")
	}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "request", "request_uri"} {
		if _, taken := c.Parameters[name]; taken {
			fault("parameters: %s is not to be set here", name)
		}
	}
	if err := c.credentials(); err != nil {
		faults = append(faults, err)
	}
	return c, errors.Join(faults...)
}

// credentials reads the secret or the key.
func (c *Config) credentials() error {
	if (c.SecretFile == "") == (c.KeyFile == "") {
		return errors.New("give either a secret-file or a key-file, by which we authenticate to the provider")
	}
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if c.secret = strings.TrimSpace(string(text)); err == nil && c.secret == "" {
			err = errors.New("it's empty")
		}
		if err != nil {
			return fmt.Errorf("secret-file: %w", err)
		}
		return nil
	}
	text, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return fmt.Errorf("key-file: %w", err)
	}
	if c.key, err = privateKey(text); err != nil {
		return fmt.Errorf("key-file: %w", err)
	}
	c.key.KeyID = cmp.Or(c.KeyID, c.key.KeyID)
	if _, err := c.signer(); err != nil {
		return fmt.Errorf("algorithm: the key can't sign by %q (%w)", c.Algorithm, err)
	}
	return nil
}

// signer signs with the key, for private_key_jwt.
func (c *Config) signer() (jose.Signer, error) {
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(c.Algorithm), Key: *c.key}, (&jose.SignerOptions{}).WithType("JWT"))
}

// privateKey reads PEM (PKCS #8, PKCS #1 or SEC 1) or a JWK.
func privateKey(text []byte) (*jose.JSONWebKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(text); err != nil || k.IsPublic() || !k.Valid() {
			return nil, errors.New("this is neither PEM nor a JWK of a private key")
		}
		return &k, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return &jose.JSONWebKey{Key: key}, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return &jose.JSONWebKey{Key: key}, nil
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the PEM block %q holds no private key that can be read; write it as PKCS #8 without a password", block.Type)
	}
	return &jose.JSONWebKey{Key: key}, nil
}

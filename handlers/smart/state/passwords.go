package state

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"frontdesk/fhir"
)

// Argon2id as OWASP's Password Storage Cheat Sheet advises: 19 MiB, two passes, one lane. A hash says by which it was
// made, so that these can be raised.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashBytes  = 32
)

// Passwords: NIST SP 800-63B, 5.1.1.2 (length counts, no rules of composition). The upper bound keeps hashing cheap.
const (
	minPassword = 8
	maxPassword = 256
)

// hashing bounds how much memory sign-ins take together: so many hashes of 19 MiB at a time, the rest wait.
var hashing = newQueue(max(2, runtime.GOMAXPROCS(0)))

// hashPassword is a password in PHC form: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func hashPassword(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || len(password) > maxPassword {
		return "", fhir.Errorf(fhir.Invalid, "", "A password has at least %d characters and at most %d bytes.", minPassword, maxPassword)
	}
	if err := hashing.enter(ctx, place{class: known}); err != nil {
		return "", err
	}
	defer hashing.leave()
	salt := make([]byte, 16)
	rand.Read(salt) // never fails (crypto/rand)
	sum := argon(password, parameters{hashMemory, hashPasses, hashLanes, salt, make([]byte, hashBytes)})
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// parameters are what a hash was made by, and the hash.
type parameters struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

// nobody is what the password of an account that isn't there is compared with: the same work, and never equal.
var nobody = parameters{hashMemory, hashPasses, hashLanes, make([]byte, 16), make([]byte, hashBytes)}

// parse reads a hash in PHC form; nobody's if it is none.
func parse(hash string) (parameters, bool) {
	var p parameters
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return nobody, false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &p.memory, &p.passes, &p.lanes); err != nil || version != argon2.Version {
		return nobody, false
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return nobody, false
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.sum) == 0 {
		return nobody, false
	}
	return p, true
}

// argon hashes a password as another was.
func argon(password string, p parameters) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.sum)))
}

// matches says whether a password is the one of a hash. It takes the same work whatever the hash, so that its time
// doesn't tell an account without a password, or none, from one with another password. The caller has a place in the
// queue.
func matches(password, hash string) bool {
	p, ok := parse(hash)
	if len(password) > maxPassword {
		password, ok = "", false
	}
	return subtle.ConstantTimeCompare(argon(password, p), p.sum) == 1 && ok
}

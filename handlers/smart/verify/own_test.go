package verify_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store/online"
)

func TestS10_AGoodTokenIsWhatWasApproved(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	k.patient("1", "a")
	k.patient("2", "a")
	token := k.token(p)
	for range 2 { // cold, then remembered
		if !k.sees(token, "Observation", "of-1") || k.sees(token, "Observation", "of-2") {
			t.Error("the token must reach Ann's record and no other")
		}
	}
	g, err := k.Grant(request("bearer " + token)) // the scheme in any case (RFC 9110 11.1)
	k.must(err)
	who := g.Identity()
	if who.Client != "app" || who.Account != "ann" || who.Person != "Patient/1" || who.Patient != "1" || who.Approval != p.ID {
		t.Errorf("the caller is %+v", who)
	}
}

func TestS10_NoTokenIsAskedForOne(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	for name, r := range map[string]*http.Request{
		"nothing":     request(),
		"no token":    request("Bearer "),
		"scheme only": request("Bearer"),
		"Basic":       request("Basic YTpi"),
		"no scheme":   request(k.token(p)),
	} {
		var e *fhir.Error
		if _, err := k.Grant(r); !errors.As(err, &e) || e.Kind != fhir.Unauthenticated || e.Challenge != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	inURL := request()
	inURL.URL.RawQuery = "access_token=" + k.token(p)
	if _, err := k.Grant(inURL); fhir.KindOf(err) != fhir.Unauthenticated {
		t.Errorf("a token in the URL: %v", err)
	}
	if _, err := k.Grant(request("Bearer "+k.token(p), "Bearer "+k.token(p))); fhir.KindOf(err) != fhir.Invalid {
		t.Errorf("two headers: %v", err)
	}
}

func TestS10_TokensThatAreNotForUsAreRefused(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	good := k.good(p)
	for what, token := range map[string]string{
		"expired":              k.sign("at+jwt", good.with(claims{"exp": k.now.Add(-time.Second).Unix()})),
		"without exp":          k.sign("at+jwt", good.with(claims{"exp": nil})),
		"not yet":              k.sign("at+jwt", good.with(claims{"nbf": k.now.Add(time.Hour).Unix()})),
		"for another server":   k.sign("at+jwt", good.with(claims{"aud": "https://other.example/fhir"})),
		"for a part of us":     k.sign("at+jwt", good.with(claims{"aud": base + "/Patient"})),
		"for nobody":           k.sign("at+jwt", good.with(claims{"aud": nil})),
		"of another issuer":    k.sign("at+jwt", good.with(claims{"iss": "https://other.example"})),
		"of no issuer":         k.sign("at+jwt", good.with(claims{"iss": nil})),
		"an id_token":          k.sign("JWT", good.with(claims{"aud": "app", "nonce": "n"})),
		"an id_token for us":   k.sign("JWT", good),
		"without typ":          k.sign("", good),
		"of no approval":       k.sign("at+jwt", good.with(claims{"approval": nil})),
		"of an odd approval":   k.sign("at+jwt", good.with(claims{"approval": "../../x"})),
		"of another's":         k.sign("at+jwt", good.with(claims{"sub": "somebody"})),
		"of another app":       k.sign("at+jwt", good.with(claims{"client_id": "other"})),
		"with a claim amiss":   k.sign("at+jwt", good.with(claims{"scope": []string{"patient/*.rs"}})),
		"no JWT":               "abc",
		"no JSON":              "a.b.c",
		"with a tail":          k.sign("at+jwt", good) + ".x",
		"with another payload": swapped(k.sign("at+jwt", good), k.sign("at+jwt", good.with(claims{"scope": "system/*.cruds"}))),
		"without a signature":  k.sign("at+jwt", good)[:strings.LastIndex(k.sign("at+jwt", good), ".")+1],
	} {
		k.refuses(what, token)
	}
	k.accepts("aud as a list", k.sign("at+jwt", good.with(claims{"aud": []string{"x", base}})))
	k.accepts("typ in full", k.sign("application/at+jwt", good))
}

// swapped is the first token with the payload of the second.
func swapped(a, b string) string {
	one, two := strings.Split(a, "."), strings.Split(b, ".")
	return one[0] + "." + two[1] + "." + one[2]
}

func TestS10_AlgorithmsAreNotTheTokensToChoose(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	ours, err := k.state.SigningKey(context.Background())
	k.must(err)
	key := ours.Private.Key.(*rsa.PrivateKey)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	k.must(err)
	part := base64.RawURLEncoding.EncodeToString
	payload := strings.Split(k.token(p), ".")[1]
	for _, alg := range []string{"none", "None", "NONE", ""} {
		k.refuses("alg "+alg, part(fmt.Appendf(nil, `{"alg":%q,"typ":"at+jwt","kid":%q}`, alg, ours.ID))+"."+payload+".")
	}
	// The public key as the secret of an HMAC, in every form in which it is known to the world.
	for name, secret := range map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWKS": public(ours.Private), "modulus": key.N.Bytes(),
	} {
		for _, alg := range []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512} {
			k.refuses("HMAC with the "+name, signed(t, alg, jose.JSONWebKey{Key: secret, KeyID: ours.ID}, "at+jwt", k.good(p)))
		}
	}
	if text := k.refuses("RS384", signed(t, jose.RS384, jose.JSONWebKey{Key: key, KeyID: ours.ID}, "at+jwt", k.good(p))); !strings.Contains(text, "RS384") {
		t.Errorf("the refusal says %q", text)
	}
}

func TestS10_OthersKeysAreRefused(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	k.accepts("ours", k.token(p))
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	k.must(err)
	ours, err := k.state.SigningKey(context.Background())
	k.must(err)
	k.refuses("another key by our kid", signed(t, jose.RS256, jose.JSONWebKey{Key: foreign, KeyID: ours.ID}, "at+jwt", k.good(p)))
	k.refuses("a key of its own in the header", embedded(t, foreign, k.good(p)))
	for i := range 50 {
		k.refuses("another kid", signed(t, jose.RS256, jose.JSONWebKey{Key: foreign, KeyID: fmt.Sprint("foreign", i)}, "at+jwt", k.good(p)))
	}
	// A flood doesn't keep out a key that is new, once the next look at the keys is due.
	k.must(k.state.RotateKeys(context.Background()))
	k.now = k.now.Add(time.Second)
	k.accepts("a new key of ours", k.token(p))
}

// embedded is a token that brings its key along in jwk.
func embedded(t *testing.T, key *rsa.PrivateKey, c claims) string {
	o := (&jose.SignerOptions{EmbedJWK: true}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	return serialized(t, signer, c)
}

// A token that was remembered dies of time and with its key, too.
func TestS10_ARememberedTokenExpires(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	token := k.token(p)
	k.accepts("new", token)
	k.now = k.now.Add(59 * time.Minute)
	k.accepts("old", token)
	k.now = k.now.Add(time.Minute)
	if text := k.refuses("too old", token); !strings.Contains(text, "expired") {
		t.Errorf("the refusal says %q", text)
	}
}

func TestARotatedKeyServesUntilItsTokensAreDead(t *testing.T) {
	k := newKit(t)
	_, p := k.ann()
	old := k.token(p)
	k.accepts("before", old)
	k.must(k.state.RotateKeys(context.Background()))
	k.accepts("by the old key", old)
	k.accepts("by the new key", k.token(p))
	long := k.sign("at+jwt", k.good(p).with(claims{"exp": k.now.Add(100 * time.Hour).Unix()}))
	k.accepts("one that lives longer than it may", long)
	k.must(k.state.RotateKeys(context.Background()))
	k.now = k.now.Add(state.KeyOverlap + time.Hour)
	k.refuses("one whose key is gone", long)
}

// Two instances on one store: what one does counts for the other on the very next request (I8).
func TestRevocationAndSuspensionCountAtOnceEverywhere(t *testing.T) {
	k := newKit(t)
	a, p := k.ann()
	token := k.token(p)
	k.accepts("before", token)
	there := state.New(k.store, func() time.Time { return k.now })
	ctx := context.Background()

	k.must(there.Suspend(ctx, a.Name, true))
	suspended := k.refuses("suspended", token)
	k.must(there.Suspend(ctx, a.Name, false))
	k.accepts("suspended no more", token)
	k.must(there.Revoke(ctx, p.ID))
	revoked := k.refuses("revoked", token)

	p = k.approve(a, "patient/*.rs")
	token = k.token(p)
	k.accepts("approved again", token)
	k.must(there.RemoveAccount(ctx, a.Name))
	removed := k.refuses("removed", token)
	// P8: nobody can tell one from the other.
	if suspended != revoked || revoked != removed {
		t.Errorf("the refusals differ: %q, %q, %q", suspended, revoked, removed)
	}
	// An account of the same name is another's, whatever was approved before.
	k.account(state.Account{Name: a.Name, Person: a.Person})
	k.refuses("of the one before", k.token(k.approve(a, "patient/*.rs")))
}

func TestAnApprovalEndsWhenThePersonSaid(t *testing.T) {
	k := newKit(t)
	a := k.account(state.Account{Name: "ann", Person: "Patient/1"})
	p, err := k.state.Approve(context.Background(), state.Approval{Client: "app", Account: a.Name, Subject: a.Subject, Person: a.Person,
		Patient: "1", Scopes: "patient/*.rs", Until: k.now.Add(10 * time.Minute)})
	k.must(err)
	token := k.token(p)
	k.accepts("before", token)
	k.now = k.now.Add(10 * time.Minute)
	k.refuses("after", token)
}

// S5, S6: a token has no more than the approval has now, whatever it says.
func TestS5_ScopesAreThoseOfTokenAndApproval(t *testing.T) {
	k := newKit(t)
	k.patient("1", "a")
	a := k.account(state.Account{Name: "ann", Person: "Patient/1"})
	p := k.approve(a, "patient/Patient.rs patient/Observation.s")
	wide := k.sign("at+jwt", k.good(p).with(claims{"scope": "patient/*.cruds system/*.rs user/*.rs"}))
	if !k.sees(wide, "Patient", "1") || k.sees(wide, "Observation", "of-1") {
		t.Error("a token must not reach more than was approved")
	}
	narrow := k.sign("at+jwt", k.good(p).with(claims{"scope": "patient/Observation.rs"}))
	if k.sees(narrow, "Patient", "1") {
		t.Error("a token must not reach more than it says")
	}
	k.accepts("without scopes", k.sign("at+jwt", k.good(p).with(claims{"scope": nil})))
	if k.sees(k.sign("at+jwt", k.good(p).with(claims{"scope": nil})), "Patient", "1") {
		t.Error("a token without scopes reaches something")
	}
}

func TestB2_ABackendServiceHasSystemScopesOnly(t *testing.T) {
	k := newKit(t)
	k.patient("1", "a")
	p, err := k.state.Approve(context.Background(), state.Approval{Client: "sync", Subject: "sync", Person: "Patient/1", Patient: "1", Scopes: "system/Patient.rs patient/*.rs user/*.rs"})
	k.must(err)
	token := k.token(p)
	if !k.sees(token, "Patient", "1") || k.sees(token, "Observation", "of-1") {
		t.Error("the service must read Patients and nothing else")
	}
}

func TestP11_AProxyReachesThePatientWhileTheRecordSaysSo(t *testing.T) {
	k := newKit(t)
	for _, id := range []string{"1", "2", "3"} {
		k.patient(id, "a")
	}
	proxy := `{"resourceType":"RelatedPerson","id":"p","active":%t,"patient":{"reference":"Patient/2"}}`
	k.put(fmt.Sprintf(proxy, true))
	k.must(online.Set(context.Background(), k.store, fhir.Key{Type: "RelatedPerson", ID: "p"}, online.Person{Sections: online.Defaults().Sections}))
	a := k.account(state.Account{Name: "ann", Person: "Patient/1", Related: []string{"RelatedPerson/p"}})
	p, err := k.state.Approve(context.Background(), state.Approval{Client: "app", Account: a.Name, Subject: a.Subject, Person: "RelatedPerson/p",
		Patient: "2", Scopes: "patient/*.rs user/*.rs"})
	k.must(err)
	token := k.token(p)
	if !k.sees(token, "Observation", "of-2") || k.sees(token, "Observation", "of-3") || k.sees(token, "Observation", "of-1") {
		t.Error("the app was let in to Patient/2's record and to no other")
	}
	k.put(fmt.Sprintf(proxy, false))
	k.refuses("a proxy no more", token)
	k.put(fmt.Sprintf(proxy, true))
	k.accepts("a proxy again", token)
	// In a role that isn't the account's.
	p.ID, p.Person = "", "RelatedPerson/q"
	p, err = k.state.Approve(context.Background(), p)
	k.must(err)
	k.refuses("another's role", k.token(p))
}

func TestStaffSeeThePatientsOfTheirPractice(t *testing.T) {
	k := newKit(t)
	k.patient("1", "a")
	k.patient("2", "b")
	role := `{"resourceType":"PractitionerRole","id":"r","active":%t,"practitioner":{"reference":"Practitioner/d"},"organization":{"reference":"Organization/a"}}`
	k.put(fmt.Sprintf(role, true))
	a := k.account(state.Account{Name: "doctor", Person: "Practitioner/d"})
	token := k.token(k.approve(a, "user/*.rs"))
	if !k.sees(token, "Observation", "of-1") || k.sees(token, "Observation", "of-2") {
		t.Error("staff must see their own practice's patients and no other's")
	}
	k.put(fmt.Sprintf(role, false))
	if k.sees(token, "Observation", "of-1") {
		t.Error("who works there no more sees nothing there")
	}
}

func TestAVerifierNeedsItsParts(t *testing.T) {
	if _, err := verify.New(verify.Options{}); err == nil {
		t.Error("a Verifier of nothing was made")
	}
}

// D13: who is no longer in office has no access from the next request, and an organization that is over opens nothing.
func TestD13_WhoLeftHasNoAccessFromTheNextRequest(t *testing.T) {
	k := newKit(t)
	k.patient("1", "a")
	k.put(`{"resourceType":"Organization","id":"a","name":"A"}`)
	k.put(`{"resourceType":"Practitioner","id":"d"}`)
	k.put(`{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/d"},"organization":{"reference":"Organization/a"}}`)
	token := k.token(k.approve(k.account(state.Account{Name: "doctor", Person: "Practitioner/d"}), "user/*.rs"))
	if !k.sees(token, "Observation", "of-1") {
		t.Fatal("the doctor doesn't see the record")
	}
	k.put(`{"resourceType":"Organization","id":"a","name":"A","active":false}`)
	if k.sees(token, "Observation", "of-1") {
		t.Error("the organization is over, and its records are open")
	}
	k.put(`{"resourceType":"Organization","id":"a","name":"A","active":true}`)
	if !k.sees(token, "Observation", "of-1") {
		t.Error("the organization is back, and its records aren't open")
	}
	k.put(`{"resourceType":"Practitioner","id":"d","active":false}`)
	k.refuses("inactive", token)
}

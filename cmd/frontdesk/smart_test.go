package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// guarded is a store with two patients and a doctor in a folder.
func guarded(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	records := `{"resourceType":"Bundle","type":"transaction","entry":[
		{"request":{"method":"PUT","url":"Patient/ann"},"resource":{"resourceType":"Patient","id":"ann"}},
		{"request":{"method":"PUT","url":"Patient/bob"},"resource":{"resourceType":"Patient","id":"bob"}},
		{"request":{"method":"PUT","url":"RelatedPerson/son"},"resource":{"resourceType":"RelatedPerson","id":"son","patient":{"reference":"Patient/bob"}}},
		{"request":{"method":"PUT","url":"Practitioner/dr"},"resource":{"resourceType":"Practitioner","id":"dr"}}]}`
	if status, _, log := frontdesk(t, records, "import", "--store", "sqlite:"+folder, "-"); status != 0 {
		t.Fatal(log)
	}
	return folder
}

// on runs a command on a store, which must end with a status, and gives all that it writes.
func on(t *testing.T, folder string, want int, stdin string, args ...string) string {
	t.Helper()
	status, out, log := frontdesk(t, stdin, append(args, "--store", "sqlite:"+folder)...)
	if status != want {
		t.Errorf("%v: status %d, want %d: %s%s", args, status, want, out, log)
	}
	return out + log
}

// TestServeAsksForTokens: what serve does without being told is SMART.
func TestServeAsksForTokens(t *testing.T) {
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+guarded(t))
	for _, path := range []string{"/Patient/ann", "/Patient", "/_history", "/Patient/ann/$everything"} {
		if status, body, _ := get(t, r.base+path); status != 401 || !strings.Contains(body, `"login"`) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	var told struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		JWKS   string `json:"jwks_uri"`
	}
	_, body, _ := get(t, r.base+"/.well-known/smart-configuration")
	if err := json.Unmarshal([]byte(body), &told); err != nil || told.Issuer != r.root()+"/auth" || told.Token != told.Issuer+"/token" {
		t.Errorf("discovery: %v in %s", err, body)
	}
	if status, body, _ := get(t, told.JWKS); status != 200 || !strings.Contains(body, `"kid"`) {
		t.Errorf("keys: %d %s", status, body)
	}
	_, body, _ = get(t, r.base+"/metadata")
	contains(t, "/metadata", body, `"SMART-on-FHIR"`, told.Token)
	if status, _, _ := get(t, r.root()+"/readyz"); status != 200 {
		t.Errorf("ready: %d", status)
	}
}

// TestTheDemoHonoursATokenThatIsSent: without one everything is open, with a bad one nothing is.
func TestTheDemoHonoursATokenThatIsSent(t *testing.T) {
	r := start(t, "demo", "--listen", "127.0.0.1:0", "--patients", "2")
	contains(t, "what it prints", r.printed(), r.root()+"/auth/authorize", "demo-app", demoPassword)
	if status, _, _ := get(t, r.base+"/Patient"); status != 200 {
		t.Errorf("without a token: %d", status)
	}
	req, err := http.NewRequest("GET", r.base+"/Patient", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer nonsense")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("with a bad token: %s", resp.Status)
	}
}

// TestAccountsWhileServing: accounts are made, listed, suspended and removed beside a server that has the store.
func TestAccountsWhileServing(t *testing.T) {
	folder := guarded(t)
	start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	do := func(want int, stdin string, args ...string) string {
		return on(t, folder, want, stdin, append([]string{"account"}, args...)...)
	}
	contains(t, "add", do(0, "correct horse\n", "add", "Ann@example.org", "--patient", "Patient/ann"), "ann@example.org can sign in as Patient/ann")
	do(0, "correct horse", "add", "dr", "--practitioner", "dr")
	do(0, "correct horse", "add", "bob", "--patient", "bob", "--related", "son", "--nhs-number", "999 000 0018")
	do(0, "", "add", "son", "--related", "RelatedPerson/son", "--no-password")
	for _, c := range []struct {
		stdin, says string
		args        []string
	}{
		{"correct horse", "there is no Patient/eve", []string{"add", "eve", "--patient", "eve"}},
		{"correct horse", "there is no Doctor/x", []string{"add", "eve", "--patient", "Doctor/x"}},
		{"correct horse", "say who it is", []string{"add", "eve"}},
		{"correct horse", "no NHS number", []string{"add", "eve", "--patient", "ann", "--nhs-number", "9990000019"}},
		{"", "no password on standard input", []string{"add", "eve", "--patient", "ann"}},
		{"short", "at least 8", []string{"add", "eve", "--patient", "ann"}},
		{"correct horse", "account of that name", []string{"add", "dr", "--patient", "ann"}},
		{"correct horse", "there is no account nobody", []string{"password", "nobody"}},
		{"", "there is no account nobody", []string{"suspend", "nobody"}},
	} {
		contains(t, strings.Join(c.args, " "), do(1, c.stdin, c.args...), c.says)
	}
	do(0, "another horse", "password", "dr")
	do(0, "", "suspend", "bob")
	list := do(0, "", "list")
	contains(t, "list", list, "ann@example.org  Patient/ann", "dr               Practitioner/dr", "Patient/bob RelatedPerson/son  suspended", "son")
	if strings.Contains(list, "argon2") {
		t.Error("the list shows hashes")
	}
	do(0, "", "resume", "bob")
	do(0, "", "remove", "son")
	if list := do(0, "", "list"); strings.Contains(list, "suspended") || strings.Contains(list, "\nson ") {
		t.Errorf("after that:\n%s", list)
	}
}

// TestClientsWhileServing: what can't be registered says why.
func TestClientsWhileServing(t *testing.T) {
	folder := guarded(t)
	start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	add := func(want int, args ...string) string {
		return on(t, folder, want, "", append([]string{"client", "add"}, args...)...)
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	const public = `{"keys":[{"kty":"EC","kid":"1","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`
	if err := os.WriteFile(keys, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	add(0, "--id=app", "--name=My health", "--redirect=https://app.example/cb?x=1,2", "--redirect=org.example.app:/cb", "--launch=https://app.example/launch", "--public", "--scope=openid patient/*.rs offline_access")
	out := add(0, "--id=portal", "--redirect=https://portal.example/cb", "--secret", "--scope=patient/*.rs")
	if m := regexp.MustCompile(`shown again: (\S{40,})`).FindStringSubmatch(out); m == nil {
		t.Errorf("no secret in %s", out)
	}
	add(0, "--id=ehr", "--jwks="+keys, "--scope=system/*.cruds")
	add(0, "--id=lab", "--jwks-url=https://lab.example/jwks", "--scope=system/Observation.cu?category=laboratory")
	for says, args := range map[string][]string{
		"patient/Observation.sr": {"--id=x", "--public", "--redirect=https://x.example/", "--scope=openid patient/Observation.sr"},
		"redirect URI":           {"--id=x", "--public", "--redirect=http://x.example/", "--scope=openid"},
		"fragment":               {"--id=x", "--public", "--redirect=https://x.example/#a", "--scope=openid"},
		"needs a redirect":       {"--id=x", "--public", "--scope=openid"},
		"launch URL":             {"--id=x", "--public", "--redirect=https://x.example/", "--launch=ftp://x.example", "--scope=openid"},
		"is an app with":         {"--id=app", "--public", "--redirect=https://x.example/", "--scope=openid"},
	} {
		contains(t, strings.Join(args, " "), add(1, args...), says)
	}
	add(2, "--id=x", "--redirect=https://x.example/", "--scope=openid")
	add(2, "--id=x", "--public", "--secret", "--redirect=https://x.example/", "--scope=openid")
	list := on(t, folder, 0, "", "client", "list")
	contains(t, "list", list, "CLIENT_ID", "portal     portal     confidential-symmetric", "ehr", "lab", "https://app.example/cb?x=1,2 org.example.app:/cb", "https://app.example/launch")
	// C3: what is registered changes; what people have allowed stays (package state holds that).
	update := func(want int, args ...string) string {
		return on(t, folder, want, "", append([]string{"client", "update"}, args...)...)
	}
	contains(t, "update", update(0, "app", "--add-redirect=https://app.example/new", "--remove-redirect=org.example.app:/cb", "--add-launch=https://app.example/forms"), "app is changed")
	if out := update(0, "portal", "--new-secret", "--overlap=1h"); !regexp.MustCompile(`shown again: \S{40,}\nThe old one is good for 1h`).MatchString(out) {
		t.Errorf("no new secret in %s", out)
	}
	update(0, "ehr", "--jwks="+keys, "--resource-server")
	contains(t, "after updates", on(t, folder, 0, "", "client", "list"), "https://app.example/cb?x=1,2 https://app.example/new", "https://app.example/launch https://app.example/forms")
	for says, args := range map[string][]string{
		"isn't registered": {"app", "--remove-redirect=https://x.example/"}, "no app": {"nobody", "--name=x"}, "has no secret": {"app", "--new-secret"},
		"has no keys": {"app", "--jwks=" + keys}, "needs a redirect": {"portal", "--remove-redirect=https://portal.example/cb"}, "patient/*.sr": {"app", "--scope=patient/*.sr"},
	} {
		contains(t, strings.Join(args, " "), update(1, args...), says)
	}
	on(t, folder, 0, "", "client", "remove", "portal")
	contains(t, "removed twice", on(t, folder, 1, "", "client", "remove", "portal"), "no app")
	if list := on(t, folder, 0, "", "client", "list"); strings.Contains(list, "portal") {
		t.Errorf("after that:\n%s", list)
	}
}

// TestKeysAreRotatedWhileServing: the server signs by the new key at once, and goes on serving the old one.
func TestKeysAreRotatedWhileServing(t *testing.T) {
	folder := guarded(t)
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	out := on(t, folder, 0, "", "keys", "rotate")
	list := on(t, folder, 0, "", "keys", "list")
	if lines := strings.Split(strings.TrimSpace(list), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "signs") || !strings.Contains(lines[1], "retired") || !strings.Contains(out, strings.Fields(lines[0])[0]) {
		t.Errorf("%s%s", out, list)
	}
	_, body, _ := get(t, r.root()+"/auth/jwks")
	if n := strings.Count(body, `"kid"`); n != 2 {
		t.Errorf("%d keys are served: %s", n, body)
	}
}

// TestP12_TheAuditTrailOfAServer: what is asked of it and what the operator does is in one chain, which is verified
// while it serves.
func TestP12_TheAuditTrailOfAServer(t *testing.T) {
	folder := guarded(t)
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	for range 3 {
		get(t, r.base+"/Patient/ann")
	}
	on(t, folder, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, folder, 0, "", "account", "suspend", "ann")
	r.stop()
	if status := r.end(); status != 0 {
		t.Errorf("status %d: %s", status, r.logged())
	}
	out := on(t, folder, 0, "", "audit", "verify")
	contains(t, "verify", out, "5 AuditEvents in")
	end := regexp.MustCompile(`--expect \S+`).FindString(out)
	on(t, folder, 0, "", append([]string{"audit", "verify"}, strings.Fields(end)...)...)
	contains(t, "another end", on(t, folder, 1, "", "audit", "verify", "--expect", "1:00"), "made anew")
	contains(t, "no end", on(t, folder, 2, "", "audit", "verify", "--expect", "00"), "end of a chain")

	// Another start files what waits; then it can be exported.
	again := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	await(t, "the events to be filed", func() bool { return strings.Contains(on(t, folder, 0, "", "audit", "verify"), "0 wait") })
	again.stop()
	again.end()
	to := t.TempDir()
	on(t, folder, 0, "", "export", "--type", "AuditEvent", to)
	text, err := os.ReadFile(filepath.Join(to, "AuditEvent.ndjson"))
	if err != nil || bytes.Count(text, []byte{'\n'}) != 5 {
		t.Errorf("%v: %s", err, text)
	}
	contains(t, "the trail", string(text), `"Patient/ann"`, "account ann is suspended", "was made for Patient/ann", `"127.0.0.1"`)
}

// TestTLS: https is served with the certificate that is given, and nothing else on that port.
func TestTLS(t *testing.T) {
	folder := t.TempDir()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+t.TempDir(), "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(r.base, "https://") {
		t.Fatalf("base URL %s", r.base)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), InsecureSkipVerify: true}}}
	defer c.CloseIdleConnections()
	resp, err := c.Get(r.base + "/metadata")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers aren't told to stay with https")
	}
	if resp.StatusCode != 200 || resp.TLS == nil || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s %+v", resp.Status, resp.TLS)
	}
	if status, _, _ := get(t, strings.Replace(r.root(), "https:", "http:", 1)+"/healthz"); status != 400 {
		t.Errorf("plain http: %d", status)
	}
}

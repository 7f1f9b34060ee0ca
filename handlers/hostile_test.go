package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers"
)

// manyParams is a query of a thousand different parameters.
func manyParams() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "family=a%d&", i)
	}
	return b.String()
}

// million is an object of a million keys.
func million() string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient"`)
	for i := range 1_000_000 {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return b.String() + "}"
}

func TestHostileBodies(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) { o.Limits.Body = 20 << 20 })
	valid := patient("any", "Adams")
	for name, body := range map[string]string{
		"empty":               " ",
		"cut off":             valid[:len(valid)/2],
		"ten million [":       strings.Repeat("[", 10<<20),
		"ten million {":       strings.Repeat(`{"a":`, 2<<20),
		"a million keys":      million(),
		"invalid UTF-8":       strings.Replace(valid, "Adams", "A\xff\xfe", 2),
		"NUL":                 strings.Replace(valid, "Adams", "A\x00", 2),
		"escaped NUL":         strings.Replace(valid, "Adams", `A\u0000`, 2),
		"a lone surrogate":    strings.Replace(valid, "Adams", `A\ud800`, 2),
		"a huge number":       `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e999999999}}`,
		"a very long number":  `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":` + strings.Repeat("9", 1<<20) + `}`,
		"duplicate keys":      `{"resourceType":"Patient","active":true,"active":false}`,
		"wrong type":          `{"resourceType":"Patient","active":"true"}`,
		"unknown element":     `{"resourceType":"Patient","nme":[]}`,
		"unknown type":        `{"resourceType":"Person2"}`,
		"no type":             `{"active":true}`,
		"an array":            `[]`,
		"null":                `null`,
		"trailing garbage":    valid + "x",
		"two resources":       valid + valid,
		"a byte order mark":   "\ufeff" + valid,
		"UTF-16":              "\xff\xfe{\x00}\x00",
		"XML":                 `<Patient xmlns="http://hl7.org/fhir"/>`,
		"a date that isn't":   `{"resourceType":"Patient","birthDate":"2026-02-30"}`,
		"script in narrative": `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>1</script></div>"}}`,
	} {
		if a := c.do("POST", "/Patient", body); a.status < 400 || a.status > 499 {
			t.Errorf("%s: answered with %d %.300s", name, a.status, a.body)
		}
	}
	c.do("POST", "/Patient", strings.Repeat(" ", 20<<20)+valid).is(http.StatusRequestEntityTooLarge)
	c.do("POST", "/Patient", valid).is(http.StatusCreated)
}

func TestHostileQueries(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	for _, query := range []string{
		"family=%zz", "family=%", "family=%ff%fe", "family=a%00b", "=x", "%00=x", "family:foo=x", "family::=x", ":exact=x",
		"birthdate=2026-13", "birthdate=ge", "birthdate=xx2026", "birthdate=ge2026-13-45", "_lastUpdated=yesterday",
		"_count=-1", "_count=x", "_count=99999999999999999999", "_sort=nonsense", "_sort=,", "_include=x", "_include=Patient:family",
		"_revinclude=Observation", "_total=maybe", "_summary=maybe", "_elements=", "identifier=a|b|c|d", "_id=" + strings.Repeat("a", 5000),
		"_has:Observation:patient=x", "general-practitioner:Patient.name=x", "link.link.link.link.nonsense=x",
		"family=" + strings.Repeat("a,", 5000), manyParams(), strings.Repeat("x", 20_000),
		"family=" + url.QueryEscape("';DROP TABLE resource;--") + "&nonsense=1",
	} {
		if a := c.raw("GET", "/fhir/Patient?"+query, ""); a.status < 400 || a.status > 499 {
			t.Errorf("%.60s: answered with %d %.200s", query, a.status, a.body)
		}
	}
	c.do("GET", "/Patient?family="+url.QueryEscape("';DROP TABLE resource;--"), "").is(http.StatusOK)
	c.do("GET", "/Patient?family=adams", "").is(http.StatusOK).says("Adams")
}

func TestTooLongURL(t *testing.T) {
	c := newClient(t)
	c.do("GET", "/Patient?family="+strings.Repeat("a", 20_000), "").is(http.StatusRequestURITooLong).says("_search")
}

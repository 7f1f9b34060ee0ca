package transfer_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/store"
)

// TestD20_ABundleThatIsAResourceStaysOne: only what asks for its entries to be stored is taken apart, so that an export
// can be imported.
func TestD20_ABundleThatIsAResourceStaysOne(t *testing.T) {
	one := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
	named := func(id, typ string, entries ...string) string {
		return strings.Replace(one(bundle(typ, entries...)), `"type"`, fmt.Sprintf(`"id":%q,"type"`, id), 1)
	}
	ash := collected("", patient("ash", "Ash"))
	lines := []string{named("c", "collection", ash), named("s", "searchset", ash), named("h", "history",
		`{"fullUrl":"urn:uuid:00000000-0000-0000-0000-00000000000a","request":{"method":"DELETE","url":"Patient/x"},"response":{"status":"204"}}`),
		// Kept by a server, which gave it a version: what it asks for was asked of another.
		strings.Replace(named("t", "transaction", request("", patient("ash", "Ash"), "PUT", "Patient/ash")), `"id"`, `"meta":{"versionId":"3"},"id"`, 1)}
	from, to := newKit(t, store.Options{}), newKit(t, store.Options{})
	from.load(file(t, t.TempDir(), "Bundle.ndjson", lines...))
	from.reported()
	if from.ids("Bundle") != "c h s t" || from.ids("Patient") != "" {
		t.Errorf("Bundles %q, Patients %q", from.ids("Bundle"), from.ids("Patient"))
	}
	folder := t.TempDir()
	from.export(folder)
	to.load(folder)
	to.reported()
	if want, got := from.bodies(), to.bodies(); !maps.Equal(want, got) {
		t.Errorf("%v became %v", want, got)
	}
	for _, c := range []struct{ name, patients, bundles string }{{"x.json", "", "c"}, {"x.ndjson", "", "c"}} {
		k := newKit(t, store.Options{})
		k.load(file(t, t.TempDir(), c.name, lines[0]))
		if k.ids("Patient") != c.patients || k.ids("Bundle") != c.bundles {
			t.Errorf("%s: Bundles %q, Patients %q", c.name, k.ids("Bundle"), k.ids("Patient"))
		}
	}
	apart := newKit(t, store.Options{})
	apart.Apart = true
	apart.load(file(t, t.TempDir(), "x.ndjson", lines[0]))
	if apart.ids("Patient") != "ash" || apart.ids("Bundle") != "" {
		t.Errorf("with Apart: Bundles %q, Patients %q", apart.ids("Bundle"), apart.ids("Patient"))
	}
}

// TestXML: a document in XML is taken for what it means; faults have its lines.
func TestXML(t *testing.T) {
	const begin = `<?xml version="1.0" encoding="UTF-8"?>
<!-- from elsewhere -->
<Bundle xmlns="http://hl7.org/fhir">
  <type value="transaction"/>
  <entry>
    <fullUrl value="urn:uuid:00000000-0000-0000-0000-00000000000a"/>
    <resource><Patient><id value="ash"/><identifier><system value="urn:x"/><value value="1"/></identifier></Patient></resource>
    <request><method value="PUT"/><url value="Patient/ash"/></request>
  </entry>
  <entry>
    <resource><Observation>%s<code><text value="x"/></code>
      <subject><reference value="urn:uuid:00000000-0000-0000-0000-00000000000a"/></subject></Observation></resource>
    <request><method value="POST"/><url value="Observation"/></request>
  </entry>
</Bundle>
`
	whole := strings.Replace(begin, "%s", `<status value="final"/>`, 1)
	dir := t.TempDir()
	file(t, dir, "a.xml", whole)
	file(t, dir, "b.xml", strings.Replace(begin, "%s", "", 1))
	file(t, dir, "c.xml", "\uFEFF<Patient xmlns=\"http://hl7.org/fhir\">\n  <gendr value=\"male\"/>\n</Patient>")
	file(t, dir, "d.json", `<Patient xmlns="http://hl7.org/fhir"><id value="elm"/></Patient>`)
	k := newKit(t, store.Options{})
	sum := k.load(dir)
	k.reported("b.xml:10", "c.xml:1")
	if k.ids("Patient") != "ash elm" || k.subjects() != "Patient/ash" || sum.Resources != 3 {
		t.Errorf("%+v, Patients %q, results about %q", sum, k.ids("Patient"), k.subjects())
	}
	if all := strings.Join(k.texts, "\n"); !strings.Contains(all, "line 2, column 3") || !strings.Contains(all, "resource.status: Observation must have status") {
		t.Errorf("the faults are %s", all)
	}
}

// TestC14_PackedFilesAreRead, by their name in a folder, and by how they begin.
func TestC14_PackedFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "a.ndjson.gz", gzipped(t, patient("ash", "Ash")+"\n"+patient("elm", "Elm")+"\n{}"))
	file(t, dir, "b.JSON.GZ", gzipped(t, "{\n\"resourceType\":\"Patient\",\"id\":\"fir\"}"))
	file(t, dir, "c.xml.gz", gzipped(t, `<Patient xmlns="http://hl7.org/fhir"><id value="oak"/></Patient>`))
	file(t, dir, "d.gz", gzipped(t, "not ours"))
	k := newKit(t, store.Options{})
	k.load(dir)
	k.reported("a.ndjson.gz:3")
	if got := k.ids("Patient"); got != "ash elm fir oak" {
		t.Errorf("Patients %q", got)
	}
	k = newKit(t, store.Options{})
	k.loadFrom(gzipped(t, patient("ash", "Ash")), "-", file(t, t.TempDir(), "Patient", gzipped(t, patient("elm", "Elm"))))
	k.reported()
	if got := k.ids("Patient"); got != "ash elm" {
		t.Errorf("Patients %q", got)
	}
	broken := file(t, dir, filepath.Base("e.ndjson.gz"), gzipped(t, strings.Repeat(patient("ash", "Ash")+"\n", 1000))[:60])
	if err := k.fails(broken); err == nil || !strings.Contains(err.Error(), broken) {
		t.Errorf("a file that is cut off: %v", err)
	}
}

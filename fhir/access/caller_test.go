package access

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
)

// world is two practices, of which north has the patients ann and bob, and south has cyd. dee is registered nowhere.
type world map[string]*search.Doc

func (w world) Doc(typ, id string) *search.Doc { return w[typ+"/"+id] }

func (w world) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		for key, d := range w {
			if strings.HasPrefix(key, typ+"/") && !yield(d) {
				return
			}
		}
	}
}

func practices(t *testing.T) world {
	t.Helper()
	r, w := registry(t), world{}
	for _, json := range []string{
		`{"resourceType":"Organization","id":"north","name":"N"}`, `{"resourceType":"Organization","id":"south","name":"S"}`,
		`{"resourceType":"Organization","id":"hospital","name":"H"}`,
		`{"resourceType":"Practitioner","id":"nora"}`, `{"resourceType":"Practitioner","id":"sam"}`, `{"resourceType":"Practitioner","id":"locum"}`,
		`{"resourceType":"PractitionerRole","id":"rn","practitioner":{"reference":"Practitioner/nora"},"organization":{"reference":"Organization/north"}}`,
		`{"resourceType":"PractitionerRole","id":"rs","practitioner":{"reference":"Practitioner/sam"},"organization":{"reference":"Organization/south"}}`,
		`{"resourceType":"Patient","id":"ann","managingOrganization":{"reference":"Organization/north"}}`,
		`{"resourceType":"Patient","id":"bob","generalPractitioner":[{"reference":"PractitionerRole/rn"}],"link":[{"other":{"reference":"Patient/ann"},"type":"seealso"}]}`,
		`{"resourceType":"Patient","id":"cyd","managingOrganization":{"reference":"Organization/south"}}`,
		`{"resourceType":"Patient","id":"dee"}`,
		result("lab-ann", "ann", "laboratory", ""), result("vital-ann", "ann", "vital-signs", ""), result("lab-cyd", "cyd", "laboratory", ""),
		result("of-bob-by-ann", "bob", "vital-signs", "Patient/ann"), result("of-cyd-by-ann", "cyd", "vital-signs", "Patient/ann"),
		`{"resourceType":"Location","id":"ln","managingOrganization":{"reference":"Organization/north"}}`,
		`{"resourceType":"Schedule","id":"sn","actor":[{"reference":"Location/ln"}]}`, `{"resourceType":"Schedule","id":"ss","actor":[{"reference":"Practitioner/sam"}]}`,
		`{"resourceType":"Schedule","id":"of-cyd","actor":[{"reference":"Patient/cyd"}]}`,
		slot("n1", "sn"), slot("s1", "ss"),
		`{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}}]}`,
		`{"resourceType":"Flag","id":"f","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Task","id":"t","status":"requested","intent":"order","for":{"reference":"Patient/ann"}}`,
		`{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"url":"Binary/scan"}}]}`,
		`{"resourceType":"Binary","id":"scan","contentType":"text/plain","securityContext":{"reference":"DocumentReference/letter"}}`,
		`{"resourceType":"Binary","id":"loose","contentType":"text/plain"}`,
		`{"resourceType":"Device","id":"pump","patient":{"reference":"Patient/ann"}}`, `{"resourceType":"Device","id":"spare"}`,
		`{"resourceType":"AuditEvent","id":"seen","type":{"code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true}],"source":{"observer":{"display":"x"}},"entity":[{"what":{"reference":"Patient/ann"}}]}`,
		`{"resourceType":"Person","id":"p","link":[{"target":{"reference":"Patient/ann"}}]}`,
	} {
		res, err := codec.Decode([]byte(json), codec.Limits{})
		if err != nil {
			t.Fatal(json, err)
		}
		typ, _ := r.Type(res.Type)
		d := &search.Doc{Key: fhir.Key{Type: res.Type, ID: res.ID, Version: 1}, Entries: search.Index(typ, res.Message, "http://base.example")}
		d.Compartments = search.Compartments(typ, res.ID, d.Entries)
		w[d.Key.Current().String()] = d
	}
	return w
}

func result(id, subject, category, performer string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"x"},"category":[{"coding":[{"code":"` + category +
		`"}]}],"subject":{"reference":"Patient/` + subject + `"}` + map[bool]string{true: `,"performer":[{"reference":"` + performer + `"}]`}[performer != ""] + `}`
}

func slot(id, schedule string) string {
	return `{"resourceType":"Slot","id":"` + id + `","schedule":{"reference":"Schedule/` + schedule +
		`"},"status":"free","start":"2026-01-01T09:00:00Z","end":"2026-01-01T09:10:00Z"}`
}

// sees is what a caller reaches, sorted.
func sees(t *testing.T, w world, c Caller, i Interaction) string {
	t.Helper()
	c.Registry = registry(t)
	g := c.Grant()
	var out []string
	for key, d := range w {
		typ, _ := c.Registry.Type(d.Key.Type)
		if search.Match(g.Predicate(i, typ), d, c.Now, w) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func (c Caller) with(t *testing.T, text string) Caller {
	c.Scopes = scopes(t, text)
	return c
}

var (
	ann   = Caller{Identity: Identity{Person: "Patient/ann", Patient: "ann"}, Patients: []string{"ann"}}
	nora  = Caller{Identity: Identity{Person: "Practitioner/nora"}, Organizations: []string{"north"}}
	batch = Caller{Identity: Identity{Client: "batch"}}
)

const directory = "Location/ln Organization/hospital Organization/north Organization/south Practitioner/locum Practitioner/nora Practitioner/sam PractitionerRole/rn PractitionerRole/rs Schedule/sn Schedule/ss Slot/n1 Slot/s1"

func sorted(parts ...string) string {
	return strings.Join(slices.Sorted(strings.FieldsSeq(strings.Join(parts, " "))), " ")
}

// S5: no scope reaches beyond the person's own rights. S7: patient/ scopes are about one patient.
func TestS5_WhoSeesWhat(t *testing.T) {
	w := practices(t)
	const own = " AuditEvent/seen Binary/scan Device/pump DocumentReference/letter Observation/lab-ann Observation/vital-ann Patient/ann Task/t "
	const north = " AuditEvent/seen Binary/scan Device/pump DocumentReference/letter Flag/f Observation/lab-ann Observation/of-bob-by-ann Observation/vital-ann Patient/ann Patient/bob Task/t " +
		"Location/ln Organization/hospital Organization/north Practitioner/locum Practitioner/nora PractitionerRole/rn Schedule/sn Slot/n1 "
	launched := nora
	launched.Patient = "ann"
	elsewhere := nora
	elsewhere.Patient = "cyd"
	for name, c := range map[string]struct {
		Caller
		want string
	}{
		"a patient, everything":                   {ann.with(t, "patient/*.cruds"), sorted(own, directory)},
		"a patient as user":                       {ann.with(t, "user/*.cruds"), sorted(own, directory)},
		"a patient's system scope":                {ann.with(t, "system/*.cruds"), ""},
		"one type":                                {ann.with(t, "patient/Observation.rs"), "Observation/lab-ann Observation/vital-ann"},
		"granular":                                {ann.with(t, "patient/Observation.rs?category=laboratory"), "Observation/lab-ann"},
		"two scopes add up":                       {ann.with(t, "patient/Observation.rs?category=laboratory patient/Patient.rs"), "Observation/lab-ann Patient/ann"},
		"a Binary is seen with its document only": {ann.with(t, "patient/Binary.rs"), ""},
		"staff":                                 {nora.with(t, "user/*.rs"), sorted(north)},
		"staff of nowhere":                      {Caller{Identity: Identity{Person: "Practitioner/x"}}.with(t, "user/*.cruds"), ""},
		"staff without a patient":               {nora.with(t, "patient/*.rs"), ""},
		"staff with a patient, the patient's":   {launched.with(t, "patient/Observation.rs patient/Patient.rs"), "Observation/lab-ann Observation/vital-ann Patient/ann"},
		"staff with another practice's patient": {elsewhere.with(t, "patient/*.rs"), sorted("Location/ln Organization/hospital Organization/north Practitioner/locum Practitioner/nora PractitionerRole/rn Schedule/sn Slot/n1")},
		"a backend service, one type":           {batch.with(t, "system/Flag.rs"), "Flag/f"},
		"a backend service with user/":          {batch.with(t, "user/*.rs patient/*.rs"), ""},
		"no scope":                              {ann.with(t, "openid profile"), ""},
	} {
		if got := sees(t, w, c.Caller, R); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if got := len(strings.Fields(sees(t, w, batch.with(t, "system/*.cruds"), R))); got != len(w) {
		t.Errorf("a backend service sees %d of %d", got, len(w))
	}
}

// S2: each letter allows its own interactions and no other.
func TestS2_Letters(t *testing.T) {
	w := practices(t)
	for letter, i := range map[string]Interaction{"c": C, "r": R, "u": U, "d": D, "s": S} {
		for _, other := range []Interaction{C, R, U, D, S} {
			if got := sees(t, w, nora.with(t, "user/Observation."+letter), other); (got != "") != (other == i) {
				t.Errorf("%s allows %s: %q", letter, other, got)
			}
		}
	}
}

// What one writes must concern nobody else: neither as a patient nor as staff.
func TestWrites(t *testing.T) {
	w := practices(t)
	for _, c := range []struct {
		Caller
		want string
	}{
		{ann.with(t, "patient/*.u"), ""}, // online.tsv: Task/t orders no repeat
		{ann.with(t, "patient/*.d"), ""},
		{nora.with(t, "user/*.u"), sorted("Device/pump DocumentReference/letter Flag/f Observation/lab-ann Observation/of-bob-by-ann Observation/vital-ann Patient/ann Patient/bob Task/t",
			"Location/ln Organization/north Practitioner/nora PractitionerRole/rn Schedule/sn Slot/n1")},
		{nora.with(t, "user/Observation.u?category=laboratory"), "Observation/lab-ann"},
	} {
		if got := sees(t, w, c.Caller, U); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.Scopes, got, c.want)
		}
	}
}

// The zero Grant and the zero Caller deny.
func TestZero(t *testing.T) {
	w := practices(t)
	if got := sees(t, w, Caller{}, R); got != "" {
		t.Errorf("the zero Caller sees %s", got)
	}
	if got := sees(t, w, Caller{}.with(t, "patient/*.cruds user/*.cruds"), R); got != "" {
		t.Errorf("nobody with scopes of people sees %s", got)
	}
}

// What the practice and the patient decided narrows every scope of a patient, and none of staff.
func TestViews(t *testing.T) {
	w := practices(t)
	w["Observation/lab-ann"].Facts.Hidden = true
	open := View{Levels: map[string]Level{"results": CanView, "measurements": Manage}, Audit: true}
	closed := View{Levels: map[string]Level{"measurements": CanView}}
	for name, c := range map[string]struct {
		views map[string]View
		i     Interaction
		want  string
	}{
		"hidden":             {map[string]View{"ann": open}, R, "Observation/vital-ann"},
		"manage":             {map[string]View{"ann": open}, C, "Observation/vital-ann"},
		"only to be seen":    {map[string]View{"ann": closed}, C, ""},
		"suspended":          {map[string]View{"ann": {Levels: open.Levels, Suspended: true}}, R, ""},
		"from a later day":   {map[string]View{"ann": {Levels: open.Levels, From: time.Now()}}, R, ""},
		"another's only":     {map[string]View{"bob": open}, R, ""},
		"no section is open": {map[string]View{"ann": {}}, R, ""},
		"no rules are made":  {nil, R, "Observation/lab-ann Observation/vital-ann"},
	} {
		one := ann.with(t, "patient/Observation.cruds")
		one.Views, one.Now = c.views, time.Now()
		if got := sees(t, w, one, c.i); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	staff := nora.with(t, "user/Observation.rs")
	staff.Views = map[string]View{}
	if got := sees(t, w, staff, R); !strings.Contains(got, "lab-ann") {
		t.Errorf("staff don't see what is hidden online: %s", got)
	}
	booking := ann.with(t, "patient/Slot.rs patient/AuditEvent.rs patient/Patient.rs")
	booking.Views = map[string]View{"ann": {Levels: map[string]Level{"appointments": CanView}, Opens: time.Hour + time.Second, Closes: 365 * 24 * time.Hour}}
	booking.Now = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	if got := sees(t, w, booking, S); got != "Patient/ann" {
		t.Errorf("outside the booking window: %s", got)
	}
	booking.Views["ann"] = View{Levels: map[string]Level{"appointments": CanView}, Opens: time.Hour, Closes: 365 * 24 * time.Hour, Practice: "north", Audit: true}
	if got := sees(t, w, booking, S); got != "AuditEvent/seen Patient/ann Slot/n1" {
		t.Errorf("inside the booking window of the own practice: %s", got)
	}
	shut := booking.Views["ann"]
	shut.Closed = []string{"2026-01-01"}
	booking.Views["ann"] = shut
	if got := sees(t, w, booking, S); got != "AuditEvent/seen Patient/ann" {
		t.Errorf("on a day on which the practice is closed: %s", got)
	}
}

// A11: an app that may know who signed in may read the one resource that says so, and nothing else.
func TestA11_WhoSignedInMayBeRead(t *testing.T) {
	w := practices(t)
	for person, c := range map[string]Caller{"Patient/ann": ann, "Practitioner/nora": nora} {
		if got := sees(t, w, c.with(t, "openid fhirUser"), R); got != person {
			t.Errorf("%s reads %s", person, got)
		}
		for _, i := range []Interaction{S, C, U, D} {
			if got := sees(t, w, c.with(t, "openid fhirUser"), i); got != "" {
				t.Errorf("%s: %s of %s", person, i, got)
			}
		}
		for _, less := range []string{"openid", "fhirUser", "profile launch/patient"} {
			if got := sees(t, w, c.with(t, less), R); got != "" {
				t.Errorf("%s reads %s by %s", person, got, less)
			}
		}
	}
	if got := sees(t, w, batch.with(t, "openid fhirUser"), R); got != "" {
		t.Errorf("a backend service reads %s", got)
	}
}

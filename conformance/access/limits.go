package access

// limits are writes at the edge of what each holder may write. A transaction with the same write is to be answered
// likewise.
var limits = []struct {
	holder, method, path, body string
	allowed                    bool
}{
	{"patient", "POST", "/Observation", observation("", "Patient/ash", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/ash", "Patient/ash", ""), true},
	{"patient", "POST", "/Observation", reading("Patient/birch", "Patient/birch", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/cedar", "Patient/cedar", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/birch", "Patient/ash", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/ash", "Patient/birch", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/ash", "Practitioner/dr-a", ""), false},
	{"patient", "POST", "/Observation", reading("Patient/ash", "Patient/ash", `,"issued":"2026-01-01T00:00:00Z"`), false},
	{"patient", "PUT", "/Observation/o2", observation("o2", "Patient/ash", ""), false},
	{"patient", "PUT", "/Observation/o2", observation("o2", "Patient/birch", ""), false},
	{"patient", "PATCH", "/Observation/o2", `[{"op":"replace","path":"/subject/reference","value":"Patient/birch"}]`, false},
	{"patient", "PUT", "/Appointment/ap2", appointment, false}, // it is another's too
	{"patient", "POST", "/Practitioner", `{"resourceType":"Practitioner"}`, false},
	{"patient", "POST", "/PractitionerRole", `{"resourceType":"PractitionerRole","organization":{"reference":"Organization/org-a"}}`, false},
	{"patient", "POST", "/Patient", `{"resourceType":"Patient"}`, false},
	{"patient", "POST", "/AuditEvent", audit, false},
	{"patient", "POST", "/Person", `{"resourceType":"Person"}`, false},
	{"patient", "PUT", "/Medication/med", `{"resourceType":"Medication","id":"med"}`, false},
	{"patient", "PATCH", "/Binary/bin2", `[{"op":"replace","path":"/securityContext/reference","value":"Patient/birch"}]`, false},
	{"patient reads", "POST", "/Observation", observation("", "Patient/ash", ""), false},
	{"patient reads", "DELETE", "/Observation/o1", "", false},
	{"patient's laboratory", "POST", "/Observation", observation("", "Patient/ash", laboratory), false},
	{"patient's laboratory", "POST", "/Observation", reading("Patient/ash", "Patient/ash", ""), false},
	{"patient's laboratory", "PUT", "/Observation/o1", observation("o1", "Patient/ash", ""), false},
	{"patient's laboratory", "PUT", "/Observation/o2", observation("o2", "Patient/ash", laboratory), false},
	{"patient's laboratory", "POST", "/Condition", condition("Patient/ash", ""), false},
	{"proxy for a child", "POST", "/Condition", condition("Patient/cedar", ""), false},
	{"proxy for a child", "POST", "/Observation", reading("Patient/cedar", "Patient/cedar", ""), true},
	{"proxy for a child", "POST", "/Observation", reading("Patient/ash", "Patient/ash", ""), false},
	{"proxy for a child", "PATCH", "/RelatedPerson/ash-for-cedar", `[{"op":"replace","path":"/patient/reference","value":"Patient/birch"}]`, false},
	{"proxy as a user", "POST", "/Observation", reading("Patient/cedar", "Patient/cedar", ""), false},
	{"patient as a user", "POST", "/Observation", reading("Patient/cedar", "Patient/cedar", ""), true},
	{"patient as a user", "POST", "/Observation", reading("Patient/twin", "Patient/twin", ""), false},
	{"staff of A", "POST", "/Condition", condition("Patient/twin", ""), true},
	{"staff of A", "POST", "/Condition", condition("Patient/birch", ""), false},
	{"staff of A", "POST", "/Condition", condition("Patient/nobody", ""), false},
	{"staff of A", "POST", "/Condition", condition("Patient/twin", `,"asserter":{"reference":"Patient/birch"}`), false},
	{"staff of A", "POST", "/Condition", condition("Patient/twin", `,"asserter":{"reference":"Patient/nobody"}`), false},
	{"staff of A", "POST", "/Condition", condition("Patient/twin", `,"asserter":{"reference":"Patient/cedar"}`), true},
	{"staff of A", "PATCH", "/Patient/twin", `[{"op":"add","path":"/gender","value":"other"}]`, true},
	{"staff of A", "PATCH", "/Patient/twin", `[{"op":"replace","path":"/managingOrganization/reference","value":"Organization/org-b"}]`, false},
	{"staff of A", "POST", "/PractitionerRole", role("Practitioner/dr-a", "Organization/org-b"), false},
	{"staff of A", "POST", "/PractitionerRole", role("Practitioner/dr-b", "Organization/org-a"), false},
	{"staff of A", "POST", "/PractitionerRole", role("Practitioner/nobody", "Organization/org-a"), false},
	{"staff of A", "POST", "/PractitionerRole", role("Practitioner/dr-free", "Organization/org-a"), false}, // a first role is given by systems: anybody could claim who has none
	{"staff of A", "POST", "/PractitionerRole", role("Practitioner/dr-a", "Organization/org-a"), true},
	{"staff of A", "POST", "/Organization", `{"resourceType":"Organization","name":"§"}`, false},
	{"staff of none", "POST", "/Condition", condition("Patient/twin", ""), false},
	{"staff with a patient", "POST", "/Condition", condition("Patient/ash", ""), true},
	{"staff with a patient", "POST", "/Condition", condition("Patient/twin", ""), false},
	{"staff with another's patient", "POST", "/Condition", condition("Patient/birch", ""), false},
	{"service for results", "POST", "/Observation", observation("", "Patient/birch", laboratory), true},
	{"service for results", "POST", "/Observation", observation("", "Patient/birch", ""), false},
	{"service for results", "DELETE", "/Observation/o6", "", true}, // of what isn't seen nothing is deleted: as of what never was
	{"service for results", "DELETE", "/Device/dev-ash", "", false},
	{"nobody", "POST", "/Condition", condition("Patient/ash", ""), false},
	{"nobody", "DELETE", "/Observation/o1", "", false},
}

const (
	laboratory  = `,"category":[{"coding":[{"code":"laboratory"}]}]`
	appointment = `{"resourceType":"Appointment","id":"ap2","status":"cancelled","participant":[{"actor":{"reference":"Patient/ash"},"status":"declined"},{"actor":{"reference":"Patient/birch"},"status":"accepted"}]}`
	audit       = `{"resourceType":"AuditEvent","type":{"code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true}],"source":{"observer":{"display":"here"}},"entity":[{"what":{"reference":"Patient/ash"}}]}`
)

func observation(id, subject, more string) string {
	if id != "" {
		id = `,"id":"` + id + `"`
	}
	return `{"resourceType":"Observation"` + id + `,"status":"final","code":{"text":"§"},"subject":{"reference":"` + subject + `"}` + more + `}`
}

// reading is what a patient measured.
func reading(subject, performer, more string) string {
	return observation("", subject, `,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]`+
		`,"performer":[{"reference":"`+performer+`"}]`+more)
}

func condition(subject, more string) string {
	return `{"resourceType":"Condition","code":{"text":"§"},"subject":{"reference":"` + subject + `"}` + more + `}`
}

func role(practitioner, organization string) string {
	return `{"resourceType":"PractitionerRole","practitioner":{"reference":"` + practitioner + `"},"organization":{"reference":"` + organization + `"}}`
}

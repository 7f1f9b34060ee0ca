package path_test

import (
	"strings"
	"testing"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// amina is what the expressions of this file are asked of.
const amina = `{"resourceType":"Patient","id":"p1","active":true,
 "contained":[{"resourceType":"Organization","id":"org","name":"Wexbridge"}],
 "name":[{"use":"official","family":"Hussain","given":["Amina","Noor"]},{"use":"usual","given":["Mina"]},
  {"use":"maiden","family":"Begum","given":["Amina","Noor"],"period":{"start":"1990","end":"2015-06"}}],
 "gender":"female","birthDate":"1990-02-28","_birthDate":{"extension":[{"url":"http://e.x/time","valueDateTime":"1990-02-28T04:30:00Z"}]},
 "multipleBirthInteger":2,"managingOrganization":{"reference":"#org"},
 "telecom":[{"system":"phone","value":"1"},{"_value":{"extension":[{"url":"http://e.x/masked","valueCode":"masked"}]}}],
 "extension":[{"url":"http://e.x/weight","valueQuantity":{"value":70.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}]}`

// ask evaluates an expression and writes what it gives: "error" for an error.
func ask(t *testing.T, on *path.Element, env path.Env, expression string) string {
	t.Helper()
	x, err := path.Compile(expression, on.Type)
	if err != nil {
		return "error"
	}
	c, err := x.Evaluate(env, on)
	if err != nil {
		return "error"
	}
	var all []string
	for _, v := range c {
		all = append(all, literal(v))
	}
	return strings.Join(all, ", ")
}

func patient(t testing.TB) *path.Element {
	t.Helper()
	e, err := path.NewResource([]byte(amina))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// checkAll asks expressions of the patient. Each line is an expression, " => ", and what it gives.
func checkAll(t *testing.T, table string) {
	t.Helper()
	e := patient(t)
	for line := range strings.Lines(table) {
		expression, want, ok := strings.Cut(strings.TrimSpace(line), " =>")
		if !ok {
			continue
		}
		if got := ask(t, e, path.Env{}, expression); got != strings.TrimSpace(want) {
			t.Errorf("%s gives %q, want %q", expression, got, strings.TrimSpace(want))
		}
	}
}

func TestOperators(t *testing.T) {
	checkAll(t, `
		(-2147483648).convertsToInteger() => true
		2147483647 + 1 =>
		1 + 2 * 3 - 4 div 3 => 6
		7 mod 3 + 0.5 => 1.5
		2.2 div 1.8 => 1
		2.2 mod 1.8 => 0.4
		-3.5.abs() => -3.5
		1 | 2 is Integer => 1, true
		(1 | 2) in 1 => error
		'a' in ('a' | 'b') => true
		{} in (1 | 2) =>
		1 in {} => false
		(1 | 2 | 3) contains 4 => false
		'1' & {} => 1
		'a' + {} =>
		'a' - 'b' => error
		1 / 0 =>
		true and {} =>
		{} implies true => true
		false implies {} => true
		true xor {} =>
		(1 | 2).not() => error
		1 = '1' => false
		(1 | 1) = (1 | 2 | {}) => false
		{} !~ {} => false
		1 ~ {} => false
		'A  b' ~ 'a B' => true
		1.10 ~ 1.1 => true
		0.667 ~ 0.67 => true
		name.given = name.given => true
		name.first() ~ name.first() => true
		name.first() = name.last() => false
		name.first().given ~ name.last().given => true
	`)
}

func TestDatesAndTimes(t *testing.T) {
	checkAll(t, `
		@2026-02-28 + 1 day => @2026-03-01
		@2024-02-29 + 1 year => @2025-02-28
		@2026-01-31 + 1 month => @2026-02-28
		@2026 + 24 months => @2028
		@2026-11 - 12 months => @2025-11
		@2026-03-01 - 1 day => @2026-02-28
		@2026-05-06T10:00:00Z + 90 minutes => @2026-05-06T11:30:00Z
		@2026-05-06T10:00:00.000+01:00 + 0.1 's' => @2026-05-06T10:00:00.100+01:00
		@2026-05-06T23:30:00Z + 1 hour => @2026-05-07T00:30:00Z
		@T23:00:00 + 2 hours => @T01:00:00
		@T23:00:00 + 50 hours => @T01:00:00
		@2026-05-06 + 7 => error
		@2026-05-06 + 1 'mo' => error
		@2026-05-06 + 1 'month' => error
		@2026-05-06 + 1 'd' => @2026-05-07
		@9999-12-31 + 1 day => error
		@2026-02-30 => error
		@2026-05-06 = @2026-05-06T10:00:00 =>
		@2026-05 < @2026-06-01 => true
		@2026-05 < @2026-05-06 =>
		@2026-05-06T10:00:00Z = @2026-05-06T11:00:00+01:00 => true
		@2026-05-06T10:00:00+14:00 < @2026-05-05T23:00:00Z => true
		@2026-05-06T15:00:00Z = @2026-05-06T10:00:00 => false
		@T10:30 = @T10:30:00 =>
		@2026-05-06 = @T10:30 => false
		@2026-05-06 < @T10:30 => error
		birthDate < today() => true
		now() > today() =>
		today().toString().length() => 10
		now() = now() => true
		birthDate.extension('http://e.x/time').value.toDate() => @1990-02-28
		name.last().period.start < name.last().period.end => true
		name.period.start.lowBoundary() < name.period.end.highBoundary() => true
		@2026-05-06T08.lowBoundary(8) => @2026-05-06
		@2026-02.highBoundary() => @2026-02-28
		@2026-05-06T10:30:00.000.precision() => 17
		@T10:30:00.000.precision() => 9
		@2026-05-06.toDateTime() => @2026-05-06
		'2026-05-06T10:00'.toDateTime() => @2026-05-06T10:00
		'25:00'.convertsToTime() => false
	`)
}

func TestQuantities(t *testing.T) {
	checkAll(t, `
		4.0000 'g' = 4000.0 'mg' => true
		2.0 'cm' * 2.0 'm' = 0.040 'm2' => true
		4.0 'g' / 2.0 'm' = 2 'g/m' => true
		1 'kg' + 500 'g' => 1.5 'kg'
		1 'kg' + 1 's' =>
		1 'm' = 1 's' =>
		1 'cm'.comparable(1 's') => false
		5 'mmol/L' > 4999 'umol/L' => true
		120 'mm[Hg]' < 20 'kPa' => true
		37 'Cel' = 37 'Cel' => true
		1 year = 1 'a' =>
		1 year ~ 1 'a' => true
		2 years = 2 year => true
		1 week = 7 days => true
		1 hour = 60 'min' => true
		1 month = 30 days =>
		extension('http://e.x/weight').value > 70 'kg' => true
		extension('http://e.x/weight').value = 70500 'g' => true
		extension('http://e.x/weight').value.value.toString() => 70.50
		'4 days'.toQuantity() => 4 days
		'4 wk'.toQuantity() =>
		1000 'mg'.toQuantity('g') => 1 'g'
		(-5.5 'mg').abs() => 5.5 'mg'
		3 'mg' < 4 =>
	`)
}

func TestFunctions(t *testing.T) {
	checkAll(t, `
		name.count() => 3
		name.where(use = 'usual').given => Mina
		name.where($index = 1).given => Mina
		name.select(given.first() & '-' & use) => Amina-official, Mina-usual, Amina-maiden
		name.all(given.exists()) => true
		name.select(period.exists()).anyTrue() => true
		name.select(period.exists()).allFalse() => false
		('a' | true).allTrue() => error
		name.given.distinct() => Amina, Noor, Mina
		name.given.isDistinct() => false
		name[1].given => Mina
		name[7].given =>
		name.skip(3) =>
		name.take(0) =>
		name.given.tail() => Noor, Mina, Amina, Noor
		name.first().subsetOf(%context.name) => true
		name.supersetOf(name.first()) => true
		name.given.intersect('Noor' | 'x') => Noor
		name.given.exclude('Amina') => Noor, Mina, Noor
		1.combine(1).union(2) => 1, 2
		name.single() => error
		iif(name.empty(), 'a', 'b') => b
		iif(1 | 2, true, false) => error
		iif({}, true) =>
		(1 | 2 | 3).aggregate($this + $total, 10) => 16
		(3 | 1 | 2).sort(-$this) => 3, 2, 1
		name.sort(family).given.first() => Mina
		('a' | 'b').sort(1.combine(2)) => error
		'abc'.replace('', 'x') => xaxbxcx
		'abc'.substring(1, 9) => bc
		'abc'.substring(3) =>
		'béb'.indexOf('b') => 0
		'béb'.lastIndexOf('b') => 2
		'abc'.toChars() => a, b, c
		'a,,c'.split(',').count() => 3
		name.given.join('|') => Amina|Noor|Mina|Amina|Noor
		{}.join(',') =>
		'ab12'.replaceMatches('([a-z]+)([0-9]+)', '$2$1') => 12ab
		'abc'.matches('(') => error
		'<a> & "b"'.escape('html').unescape('html') => <a> & "b"
		3.14159.round(3) => 3.142
		(-1.5).floor() => -2
		(-1.5).ceiling() => -1
		2.5.power(2) => 6.25
		2.power({}) =>
		(1 | 2 | 6).sum() => 9
		(1 | 2 | 6).avg() => 3
		('b' | 'a').min() => a
		'0x'.toInteger() =>
		'1.'.toDecimal() =>
		'Y'.toBoolean() => true
		2.toBoolean() =>
		active.toString() => true
		1.0.toString() => 1.0
		type().name => Patient
		active.type().namespace => FHIR
		gender is string => true
		gender.ofType(code) => female
		gender is System.String => false
		is(DomainResource) => true
		name.first() is FHIR.HumanName => true
		multipleBirth is integer => true
		multipleBirth + 1 => 3
		multipleBirthInteger => error
		name.ofType(Nonsense) => error
		(multipleBirth as dateTime).extension =>
		descendants().where($this is HumanName).count() => 3
		children().count() => 13
		contained.id => org
		contained.name => Wexbridge
		managingOrganization.resolve().name => Wexbridge
		managingOrganization.resolve() is Organization => true
		telecom.value.count() => 2
		telecom.value.hasValue() => false
		telecom.value.select(hasValue()) => true, false
		telecom.value.getValue() =>
		telecom[1].value.extension.value => masked
		birthDate.hasValue() => true
		%resource.id => p1
		contained.select(%rootResource.id) => p1
		nonsense => error
		Observation.status => error
		name.nonsense() => error
		active.startsWith('x') => error
	`)
}

func TestVariables(t *testing.T) {
	checkAll(t, `
		%ucum => http://unitsofmeasure.org
		%nothing => error
		defineVariable('a', name.first().given).select(%a) => Amina, Noor
		defineVariable('a', 1).select(%a) | name.skip(1).first().defineVariable('a', 2).select(%a) => 1, 2
		defineVariable('a', 1).active | select(%a) => error
		defineVariable('a', 1).defineVariable('a', 2) => error
		defineVariable('context', 1) => error
		defineVariable('r', 'x-').select(defineVariable('v', 'v1').select(%r & %v)) => x-v1
		name.select(defineVariable('g', given.first()).use & %g) => error
		name.select(defineVariable('g', given.first()).select(use & %g)) => officialAmina, usualMina, maidenAmina
	`)
	e := patient(t)
	if got := ask(t, e, path.Env{Variables: map[string]path.Collection{"given": {{Element: e.Named("name")[1]}}}}, "%given.given"); got != "Mina" {
		t.Errorf("a variable that was given is %q", got)
	}
}

func TestHooks(t *testing.T) {
	e := patient(t)
	practice, err := path.NewResource([]byte(`{"resourceType":"Organization","id":"o2","name":"Elsewhere"}`))
	if err != nil {
		t.Fatal(err)
	}
	var traced []string
	env := path.Env{
		Resolve:    func(to string) *path.Element { return map[string]*path.Element{"Organization/o2": practice}[to] },
		MemberOf:   func(v path.Value, set string) (bool, bool) { return v.Text() == "female", set == "urn:known" },
		ConformsTo: func(e *path.Element, profile string) (bool, bool) { return true, profile == "urn:profile" },
		Trace:      func(name string, c path.Collection) { traced = append(traced, name+"="+show(c)) },
	}
	for expression, want := range map[string]string{
		"'Organization/o2'.resolve().name":                                     "Elsewhere",
		"'Organization/o3'.resolve()":                                          "",
		"gender.memberOf('urn:known')":                                         "true",
		"gender.memberOf('urn:other')":                                         "",
		"conformsTo('urn:profile')":                                            "true",
		"conformsTo('urn:other')":                                              "error",
		"name.first().use.trace('use', length()) ":                             "official",
		"conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource')": "true",
	} {
		if got := ask(t, e, env, expression); got != want {
			t.Errorf("%s gives %q, want %q", expression, got, want)
		}
	}
	if len(traced) != 1 || traced[0] != "use=Integer 8" {
		t.Errorf("traced %q", traced)
	}
}

// TestPlaces holds that each value knows where in the JSON it stands, as FHIRPath Patch needs it.
func TestPlaces(t *testing.T) {
	e := patient(t)
	for expression, want := range map[string][3]string{
		"name[1].given":             {"Patient.name[1].given[0]", "/name/1/given/0", `"Mina"`},
		"multipleBirth":             {"Patient.multipleBirth", "/multipleBirthInteger", "2"},
		"contained.name":            {"Patient.contained[0].name", "/contained/0/name", `"Wexbridge"`},
		"telecom[1].value":          {"Patient.telecom[1].value", "/telecom/1/_value", `{"extension":[{"url":"http://e.x/masked","valueCode":"masked"}]}`},
		"birthDate.extension.value": {"Patient.birthDate.extension[0].value", "/_birthDate/extension/0/valueDateTime", `"1990-02-28T04:30:00Z"`},
		"managingOrganization":      {"Patient.managingOrganization", "/managingOrganization", `{"reference":"#org"}`},
	} {
		x, err := path.Compile(expression, e.Type)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x.Evaluate(path.Env{}, e)
		if err != nil || len(c) != 1 {
			t.Errorf("%s gives %s, %v", expression, show(c), err)
			continue
		}
		at := c[0].Element
		start, end := at.Place()
		if got := [3]string{at.Path(), at.Pointer(), amina[start:end]}; got != want {
			t.Errorf("%s stands at %q, want %q", expression, got, want)
		}
	}
}

func TestCheckedForAnOrder(t *testing.T) {
	patient := model.R4().Type("Patient")
	if _, err := path.Compile("Patient.children().skip(1)", patient, path.Ordered); err == nil {
		t.Error("the second of children() is no error")
	}
	if _, err := path.Compile("Patient.name.skip(1)", patient, path.Ordered); err != nil {
		t.Errorf("the second name is an error: %v", err)
	}
}

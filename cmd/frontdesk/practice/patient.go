package practice

import "fmt"

// register writes who the patient is, and who may act for them.
func (c *chart) register() {
	line := fmt.Sprintf("%d %s", 1+c.chance.IntN(180), pick(c, c.people.Streets))
	postcode := pick(c, c.people.Postcodes)
	language := pickWeighted(c, c.people.Languages)
	closed := c.id == FormerPatient
	fields := object{
		{"identifier", list{append(object{{"use", "official"}}, identifier(nhsNumber, c.numbers[c.number])...)}},
		{"active", !closed},
		{"name", list{humanName("official", "", c.person.given, c.person.family)}},
		{"telecom", list{
			contact("phone", fmt.Sprintf("07700 900%03d", c.number%1000), "mobile"),
			contact("email", c.id+"@patients.example", "home"),
		}},
		{"gender", c.person.sex}, {"birthDate", date(c.person.born)},
	}
	if closed {
		fields = append(fields, member{"deceasedDateTime", instant(c.daysAgo(20))})
	}
	fields = append(fields,
		member{"address", list{address(line, c.people.Town, c.people.District, postcode)}},
		member{"communication", list{object{
			{"language", concept("urn:ietf:bcp:47", language.Code, language.Display)}, {"preferred", true},
		}}},
		member{"generalPractitioner", refs(c.doctor.reference())},
		member{"managingOrganization", ref(c.practiceRef())},
	)
	c.addAs("Patient", c.id, fields)
	c.nameProxies()
}

// kin is a relationship in v3-RoleCode.
type kin struct{ code, display, gender, given string }

// nameProxies names the people who act for the patient: parents for a child, a partner or a child of age for others.
func (c *chart) nameProxies() {
	mother := kin{"MTH", "mother", "female", pick(c, c.people.Female)}
	father := kin{"FTH", "father", "male", pick(c, c.people.Male)}
	daughter := kin{"DAUC", "daughter", "female", mother.given}
	husband := kin{"HUSB", "husband", "male", father.given}
	partner := kin{"DOMPART", "domestic partner", "male", father.given}
	age := c.age(c.today)
	switch {
	case c.id == ReadyPatient:
		c.nameProxy(husband)
		c.nameProxy(daughter)
	case c.id == AtRiskPatient:
		c.nameProxy(partner)
	case c.id == ChildPatient:
		c.nameProxy(mother)
		c.nameProxy(father)
	case age < 16:
		c.nameProxy(mother)
	case age > 78 && c.happens(0.5):
		c.nameProxy(daughter)
	}
}

func (c *chart) nameProxy(k kin) {
	c.proxies = append(c.proxies, c.add("RelatedPerson", object{
		{"active", true}, {"patient", ref(c.subject())},
		{"relationship", list{concept(hl7+"v3-RoleCode", k.code, k.display)}},
		{"name", list{humanName("official", "", k.given, c.person.family)}},
		{"telecom", list{contact("phone", fmt.Sprintf("01632 960%03d", (c.number*7+len(c.proxies))%1000), "home")}},
		{"gender", k.gender}, {"period", object{{"start", date(c.today.AddDate(-1, -c.chance.IntN(12), 0))}}},
	}))
}

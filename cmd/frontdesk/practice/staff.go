package practice

// References to what there is one of.
func (g *generator) practiceRef() string   { return "Organization/" + g.staff.Practice.ID }
func (g *generator) laboratoryRef() string { return "Organization/" + g.staff.Laboratory.ID }
func (g *generator) pharmacyRef() string   { return "Organization/" + g.staff.Pharmacy.ID }

func (c clinician) reference() string { return "Practitioner/" + c.ID }
func (c clinician) name() string      { return c.Prefix + " " + c.Given + " " + c.Family }

// prescribers are the members of staff at the head of the table who are doctors.
func (g *generator) prescribers() []clinician {
	n := 0
	for n < len(g.staff.People) && g.staff.People[n].GMC != "" {
		n++
	}
	return g.staff.People[:n]
}

// organisation is the first Bundle: everything that is there before the first patient registers.
func (g *generator) organisation() []resource {
	out := []resource{
		g.place(g.staff.Practice, "prov", "Healthcare Provider"),
		g.place(g.staff.Laboratory, "dept", "Hospital Department"),
		g.place(g.staff.Pharmacy, "prov", "Healthcare Provider"),
	}
	for _, l := range g.staff.Locations {
		out = append(out, resource{"Location", l.ID, object{
			{"status", "active"}, {"name", l.Name}, {"mode", "instance"},
			{"telecom", list{contact("phone", g.staff.Practice.Phone, "work")}},
			{"address", g.postal(l.Line)}, {"managingOrganization", ref(g.practiceRef())},
		}})
	}
	for _, s := range g.staff.Services {
		out = append(out, resource{"HealthcareService", s.ID, object{
			{"active", true}, {"providedBy", ref(g.practiceRef())}, {"type", list{concept(snomed, s.Code, s.Display)}},
			{"location", refs("Location/" + g.staff.Locations[0].ID)}, {"name", s.Name}, {"appointmentRequired", true},
		}})
	}
	for _, c := range g.staff.People {
		out = append(out, g.practitioner(c), g.role(c), g.schedule(c, g.today.AddDate(0, 0, bookedAhead)))
	}
	return out
}

func (g *generator) postal(line string) object {
	home := address(line, g.people.Town, g.people.District, g.people.Postcodes[0])
	home[0].value = "work"
	return home
}

func (g *generator) place(p place, kind, display string) resource {
	return resource{"Organization", p.ID, object{
		{"identifier", list{identifier(odsCode, p.ODS)}}, {"active", true},
		{"type", list{concept(hl7+"organization-type", kind, display)}}, {"name", p.Name},
		{"telecom", list{contact("phone", p.Phone, "work"), contact("email", p.Email, "work")}},
		{"address", list{g.postal(p.Line)}},
	}}
}

func (g *generator) practitioner(c clinician) resource {
	var registered list
	for _, body := range []struct{ system, number string }{
		{"https://fhir.hl7.org.uk/Id/gmc-number", c.GMC},
		{"https://fhir.hl7.org.uk/Id/nmc-number", c.NMC},
		{"https://fhir.hl7.org.uk/Id/gphc-number", c.GPhC},
	} {
		if body.number != "" {
			registered = append(registered, identifier(body.system, body.number))
		}
	}
	return resource{"Practitioner", c.ID, object{
		{"identifier", registered}, {"active", true},
		{"name", list{humanName("official", c.Prefix, c.Given, c.Family)}}, {"gender", c.Gender},
	}}
}

func (g *generator) role(c clinician) resource {
	return resource{"PractitionerRole", c.ID + "-role", object{
		{"active", true}, {"practitioner", ref(c.reference())}, {"organization", ref(g.practiceRef())},
		{"code", list{snomedConcept(coded{c.Role, c.RoleDisplay, c.Job})}},
		{"location", refs("Location/" + c.Location)}, {"healthcareService", refs("HealthcareService/" + c.Service)},
		{"telecom", list{contact("phone", g.staff.Practice.Phone, "work")}},
	}}
}

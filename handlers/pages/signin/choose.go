package signin

import (
	"net/http"

	"frontdesk/handlers/pages"
)

// choice is one answer to "whose record?".
type choice struct {
	As    string
	Title string
	Hint  string
	On    bool
}

// showRoles asks whose record the app is for. There is no harm in the first being chosen already: consent names the
// person again.
func (p *Pages) showRoles(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) {
	all, err := p.People.Roles(r.Context(), v.Account)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	var choices []choice
	for _, role := range fitting(all, asked, v.Account, "") {
		choices = append(choices, choiceOf(role))
	}
	if len(choices) < 2 {
		p.to(w, r, "/consent", keep(r, "request"))
		return
	}
	choices[0].On = true
	p.show(w, r, http.StatusOK, "choose", v.form("Whose record is this for?", asked, struct {
		App     string
		Choices []choice
	}{asked.App, choices}))
}

func choiceOf(role Role) choice {
	switch {
	case role.Staff:
		return choice{As: role.As, Title: "A patient of the practice", Hint: "For your work. You choose the patient next."}
	case role.Own:
		return choice{As: role.As, Title: role.Patient.Name, Hint: "Your own record"}
	}
	return choice{As: role.As, Title: role.Patient.Name, Hint: "You can act for this person. " + role.Patient.born()}
}

// born is a sentence on when somebody was born, "" if that isn't known.
func (p Person) born() string {
	if p.Born == "" {
		return ""
	}
	return "Born " + pages.Date(p.Born) + "."
}

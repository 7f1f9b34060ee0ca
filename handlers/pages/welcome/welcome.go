package welcome

import (
	"context"
	"embed"
	"net/http"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
)

//go:embed templates
var files embed.FS

// Options are what the start page tells of the server.
type Options struct {
	Path    string // of the start page; "" is that of the root
	Base    string // the FHIR base URL
	Version string
	Ready   func(context.Context) error // why requests can't be answered; nil if they can
	// Auth is the authorization server's URL; "" if nobody can sign in.
	Auth string
	// People are those whom anybody may be at a click: of a practice in which everyone is made up. SignIn signs one in.
	People []Person
	SignIn func(w http.ResponseWriter, r *http.Request, name string) error
	// Names says what they are called; nil: by the account's name.
	Names pages.Names
	// SignOut ends a session.
	SignOut func(w http.ResponseWriter, r *http.Request, v pages.Visitor) error
	// Leave is the site to which the button leads that leaves in a hurry; default DefaultLeave.
	Leave string
}

// Person is somebody made up.
type Person struct {
	Name   string // of the account
	Person string // "Patient/1", "RelatedPerson/3", "Practitioner/2"
	Shows  string // what can be seen, in a line
	Called string // what the person is called; set here
}

// DefaultLeave is a page that anybody could have open.
const DefaultLeave = "https://www.bbc.co.uk/weather"

// Part is the pages of this package.
func Part(o Options) pages.Part {
	if o.Leave == "" {
		o.Leave = DefaultLeave
	}
	if o.Path == "" {
		o.Path = "/{$}"
	}
	s := starter{o}
	routes := []pages.Route{{Path: o.Path, Get: s.start}}
	if o.Auth != "" {
		routes = append(routes,
			pages.Route{Path: "/home", For: pages.SignedIn, Get: func(v *pages.Visit) (*pages.Answer, error) {
				return v.Goto(v.Role.Home()), nil
			}},
			pages.Route{Path: "/who", For: pages.SignedIn, Get: who, Post: act},
			pages.Route{Path: "/leave", Post: s.leave})
	}
	if o.People != nil {
		routes = append(routes, pages.Route{Path: "/demo/sign-in", Post: s.be})
	}
	return pages.Part{Set: pages.MustParse(files), Routes: routes}
}

// starter answers with what the Options say.
type starter struct{ Options }

// begin is what the start page shows.
type begin struct {
	Options
	Patients, Staff []Person
	NotReady        string // why, "" if it is ready
	Links           []pages.Row
}

// start is the start page.
func (s starter) start(v *pages.Visit) (*pages.Answer, error) {
	data := begin{Options: s.Options}
	for _, p := range s.People {
		p.Called = p.Name
		if s.Names != nil {
			name, err := s.Names.Name(v.Context(), state.Account{Name: p.Name, Person: p.Person})
			if err != nil {
				return nil, err
			}
			if p.Called = name; name != p.Name {
				p.Called += " (" + p.Name + ")"
			}
		}
		if strings.HasPrefix(p.Person, "Practitioner/") {
			data.Staff = append(data.Staff, p)
		} else {
			data.Patients = append(data.Patients, p)
		}
	}
	if err := s.Ready(v.Context()); err != nil {
		data.NotReady = v.T("welcome.notready")
	}
	return v.Show("welcome", v.T("welcome.title"), data), nil
}

// be signs the browser in as somebody made up.
func (s starter) be(v *pages.Visit) (*pages.Answer, error) {
	for _, p := range s.People {
		if p.Name == v.Value("name") {
			return v.Goto("/home"), s.SignIn(v.Writer(), v.Request, p.Name)
		}
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("welcome.nobody"))
}

// leave ends the session, if there is one still, and leads away.
func (s starter) leave(v *pages.Visit) (*pages.Answer, error) {
	if v.Visitor != nil {
		if err := s.SignOut(v.Writer(), v.Request, *v.Visitor); err != nil {
			return nil, err
		}
	}
	return v.Leave(s.Leave), nil
}

// who asks for whom a person acts.
func who(v *pages.Visit) (*pages.Answer, error) {
	field := pages.Field{ID: "role", Label: v.T("who.title"), Heading: true}
	for _, role := range v.Roles {
		option := pages.Option{Value: role.Key(), Label: role.Name, Hint: v.T("who.other"),
			On: role.Key() == v.Role.Key()}
		switch {
		case role.Own:
			option.Hint = v.T("who.own")
		case role.Patient == "":
			option.Label, option.Hint = v.T("who.staff"), v.T("who.work")
		}
		field.Options = append(field.Options, option)
	}
	return v.Show("who", v.T("who.title"), field), nil
}

// act has a person act for the one who was chosen.
func act(v *pages.Visit) (*pages.Answer, error) {
	role, err := v.Act(v.Value("role"))
	return v.Goto(role.Home()), err
}

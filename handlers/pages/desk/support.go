package desk

import (
	"context"
	"strconv"
	"time"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/wire"
)

// Happened is one thing that was done under a support reference. It tells nothing of anybody's record (P13).
type Happened struct {
	When          time.Time
	What, App, As string // App and As are "" if that isn't known
	Status        int    // as HTTP has it
	Cause         string // why it was refused; "" if it wasn't
}

// Look finds what was done under a support reference, the oldest first.
type Look func(ctx context.Context, reference string) ([]Happened, error)

// supportPage is what the page shows that looks a reference up.
type supportPage struct {
	Reference pages.Field
	Asked     bool
	Found     []incident
}

// incident is one thing that happened, and what to tell the caller.
type incident struct {
	When string
	Rows []pages.Row
}

// support looks a reference up that somebody was told.
func (s staff) support(v *pages.Visit) (*pages.Answer, error) {
	data := supportPage{Reference: pages.Field{ID: "reference", Label: v.T("desk.support.reference"),
		Hint: v.T("desk.support.reference.hint"), Value: wire.Reference(v.Value("reference")), Size: "middling"}}
	if data.Asked = data.Reference.Value != ""; !data.Asked {
		return v.Show("support", v.T("desk.support"), data), nil
	}
	found, err := s.Look(v.Context(), data.Reference.Value)
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		app, cause := h.App, h.Cause
		if app == "" {
			app = v.T("desk.support.noapp")
		}
		if cause == "" {
			cause = v.T("desk.support.worked")
		}
		data.Found = append(data.Found, incident{v.Shell().Moment(h.When), []pages.Row{
			{Key: v.T("desk.support.cause"), Value: cause}, {Key: v.T("desk.support.app"), Value: app},
			{Key: v.T("desk.support.as"), Value: h.As},
			{Key: v.T("desk.support.what"), Value: h.What + " (" + strconv.Itoa(h.Status) + ")"},
			{Key: v.T("desk.support.tell"), Value: advice(v, h.Status)}}})
	}
	return v.Show("support", v.T("desk.support"), data), nil
}

// advice is what to tell who phones.
func advice(v *pages.Visit, status int) string {
	switch {
	case status >= 500:
		return v.T("desk.support.tell.ours")
	case status == 401:
		return v.T("desk.support.tell.signin")
	case status == 403 || status == 404:
		return v.T("desk.support.tell.access")
	case status == 409 || status == 412:
		return v.T("desk.support.tell.changed")
	case status == 429:
		return v.T("desk.support.tell.wait")
	case status >= 400:
		return v.T("desk.support.tell.app")
	}
	return v.T("desk.support.tell.worked")
}

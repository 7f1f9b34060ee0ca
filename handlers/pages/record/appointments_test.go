package record_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/pages/sitetest"
)

// booking has ann book a time by the pages, and is where that leads.
func booking(p *sitetest.Practice, slot, about string) *pagestest.Answer {
	p.T.Helper()
	page := p.Get("/record/appointments/book?slot=" + slot).Is(http.StatusOK)
	return p.Submit(page, "/record/appointments/book", url.Values{"about": {about}})
}

// made is the id of ann's only appointment that is booked.
func made(p *sitetest.Practice) string {
	p.T.Helper()
	for _, link := range p.Get("/record/appointments").All("a") {
		if _, id, ok := strings.Cut(markup.Attr(link, "href"), "/record/appointments/"); ok && id != "free" {
			return id
		}
	}
	p.T.Fatal("there is no appointment")
	return ""
}

func TestP1_FreeTimesAreFoundByDayAndPerson(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	page := p.Get("/record/appointments/free").Is(http.StatusOK)
	page.Says(on(1, 9, date), "Dr Ada Lee", "9:00am")
	page.Sound(t.Errorf)
	p.Get("/record/appointments/free?with=Practitioner/lee&day="+on(2, 9, time.DateOnly)).Says(
		on(2, 9, date), "11:00am")
	p.Get("/record/appointments/free?day=" + on(20, 9, time.DateOnly)).Says("There are no free times on this day")
	p.Get("/record/appointments/free?day-day=31&day-month=2&day-year=2026").Is(http.StatusUnprocessableEntity).
		Says("Enter a day, like").Sound(t.Errorf)
	p.Get("/record/appointments/free?with=Practitioner/nobody").Says("There are no free times")
}

func TestP2_ADoubleClickBooksOnce(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	page := p.Get("/record/appointments/book?slot=1-9").Says(on(1, 9, whole), "Dr Ada Lee")
	page.Sound(t.Errorf)
	values := markup.Fields(page.Form("/record/appointments/book"))
	values.Set("about", "My knee")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			p.Do(http.MethodPost, "/record/appointments/book", values).Leads("/record/appointments?done=booked")
		})
	}
	all.Wait()
	if n := p.Count("Appointment?patient=ann"); n != 1 {
		t.Errorf("%d appointments", n)
	}
	if got := stored(p, "Slot", "1-9")["status"]; got != "busy" {
		t.Errorf("the slot is %v", got)
	}
	p.Get("/record/appointments?done=booked").Says("Your appointment is booked", on(1, 9, whole)).
		Sound(t.Errorf)
	p.Get("/record/appointments/"+made(p)).Says("My knee", "Willow House", "Booked").Sound(t.Errorf)
	p.Get("/record").Says(on(1, 9, whole)).Sound(t.Errorf)
}

func TestP2_ATakenTimeSaysSoAndOffersOthers(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	page := p.Get("/record/appointments/book?slot=1-9")
	mary := p.Another()
	mary.SignIn("mary")
	booking(mary, "1-9", "").Leads("/record/appointments?done=booked")
	answer := p.Submit(page, "/record/appointments/book", nil).Is(http.StatusConflict).Says("That time has gone",
		on(1, 10, whole)+", Dr Ada Lee")
	answer.Sound(t.Errorf)
	if n := p.Count("Appointment?patient=ann"); n != 0 {
		t.Errorf("%d appointments", n)
	}
	absent := p.Get("/record/appointments/book?slot=never").Is(http.StatusConflict)
	if a, b := answer.Text(), absent.Text(); a != b {
		t.Errorf("%q and %q", a, b)
	}
}

func TestP2_AsManyAsThePracticeAllows(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	for _, slot := range []string{"1-9", "1-10", "1-11"} {
		booking(p, slot, "").Leads("/record/appointments?done=booked")
	}
	booking(p, "2-9", "again").Is(http.StatusUnprocessableEntity).Says("as many appointments to come as can be booked",
		"again").Sound(t.Errorf)
}

func TestP3_AChangeIsOneCommit(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	booking(p, "1-9", "My knee")
	id := made(p)
	p.Get("/record/appointments/free?instead=" + id).Says(
		"You keep your appointment on " + on(1, 9, whole)).Sound(t.Errorf)
	page := p.Get("/record/appointments/book?slot=2-9&instead="+id).Says("Instead of", "My knee")
	page.Sound(t.Errorf)
	mary := p.Another()
	mary.SignIn("mary")
	booking(mary, "2-9", "")
	p.Submit(page, "/record/appointments/book", nil).Is(http.StatusConflict).Says("That time has gone")
	if got := stored(p, "Appointment", id)["status"]; got != "booked" {
		t.Errorf("the old one is %v after a change that wasn't made", got)
	}
	page = p.Get("/record/appointments/book?slot=2-10&instead=" + id)
	p.Submit(page, "/record/appointments/book", nil).Leads("/record/appointments?done=moved")
	if got := stored(p, "Appointment", id)["status"]; got != "cancelled" {
		t.Errorf("the old one is %v", got)
	}
	if got := stored(p, "Slot", "1-9")["status"]; got != "free" {
		t.Errorf("its slot is %v", got)
	}
}

func TestP3_CancellingNeedsAReasonAndTheVersionThatWasShown(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	booking(p, "1-9", "")
	at := "/record/appointments/" + made(p) + "/cancel"
	page := p.Get(at).Says("Why are you cancelling?")
	page.Sound(t.Errorf)
	p.Submit(page, at, nil).Is(http.StatusUnprocessableEntity).Says("Say why you are cancelling").Sound(t.Errorf)
	stale := markup.Fields(page.Form(at))
	stale.Set("version", "9")
	stale.Set("reason", "Better")
	p.Do(http.MethodPost, at, stale).Is(http.StatusConflict).Says("This has changed meanwhile")
	p.Submit(page, at, url.Values{"reason": {"I am better"}}).Leads("/record/appointments?done=cancelled")
	if got := stored(p, "Slot", "1-9")["status"]; got != "free" {
		t.Errorf("the slot is %v", got)
	}
	p.Get(at).Says("can’t be cancelled here any more", "I am better").Sound(t.Errorf)
}

func TestAnAppointmentGoesIntoACalendar(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	booking(p, "1-9", "Something private")
	resp, err := p.Client.Get(p.Base.String() + "/record/appointments/" + made(p) + "/calendar")
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	for _, line := range []string{on(1, 9, "DTSTART:20060102T150405Z\r\n"), "T091000Z\r\n",
		"LOCATION:Willow House\r\n"} {
		if !strings.Contains(string(body), line) {
			t.Errorf("no %q in %s", line, body)
		}
	}
	if strings.Contains(string(body), "private") {
		t.Error("a calendar tells what it is for")
	}
}

// I2: what isn't open isn't mentioned, and its pages are as if there were none.
func TestP6_ASectionThatIsNotOpenIsNotMentioned(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	booking(p, "1-9", "")
	id := made(p)
	levels(p, "ann", map[string]access.Level{"problems": access.CanView})
	p.Get("/record").Hides("ppointment")
	nowhere := p.Get("/record/never").Is(http.StatusNotFound)
	for _, path := range []string{"", "/free", "/book?slot=1-9", "/" + id, "/" + id + "/cancel"} {
		p.Get("/record/appointments" + path).Is(http.StatusNotFound).Says("There is nothing at this address").
			Hides("ppointment")
	}
	nowhere.Says("There is nothing at this address")
	levels(p, "ann", map[string]access.Level{"appointments": access.CanView})
	p.Get("/record/appointments/"+id).Is(http.StatusOK).Hides("Cancel this", "Change the time")
	p.Get("/record/appointments/free").Is(http.StatusNotFound)
}

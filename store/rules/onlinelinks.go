package rules

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// OnlineLinks holds what patients and proxies send to what it belongs to (P15): a document to a message of their own,
// answers to a Questionnaire that the practice offers.
type OnlineLinks struct{ Options }

// Apply judges what is made. What is amended keeps what it belongs to (online.tsv).
func (o OnlineLinks) Apply(ctx context.Context, c *store.Commit) error {
	if !c.Grant.Identity().Online() || o.imports(c) {
		return nil
	}
	for i := range c.Pending {
		p := &c.Pending[i]
		if p.Sent == nil || p.Seen != nil && !p.Seen.Deleted() {
			continue
		}
		var err error
		switch p.Sent.Type {
		case "DocumentReference":
			err = o.ownMessage(ctx, c, i)
		case "QuestionnaireResponse":
			err = o.offered(ctx, c, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ownMessage refuses a document that belongs to anything but a message that its sender sent and can see.
func (o OnlineLinks) ownMessage(ctx context.Context, c *store.Commit, i int) error {
	p := &c.Pending[i]
	var d struct {
		Subject referenceJSON
		Context struct{ Related []referenceJSON }
	}
	if err := read(p.Sent.JSON, &d); err != nil {
		return err
	}
	patient, _ := search.Local(d.Subject.Reference, o.Base)
	for _, r := range d.Context.Related {
		key, local := search.Local(r.Reference, o.Base)
		mine := local && key.Type == "Communication"
		if mine {
			var err error
			if mine, err = o.there(ctx, c, patient.ID, key); err != nil {
				return err
			}
		}
		if mine {
			body, _, err := c.Get(ctx, key)
			if err != nil {
				return err
			}
			var sent struct{ Sender, Subject referenceJSON }
			if err := read(body, &sent); err != nil {
				return err
			}
			by, _ := search.Local(sent.Sender.Reference, o.Base)
			of, _ := search.Local(sent.Subject.Reference, o.Base)
			mine = by.String() == c.Grant.Identity().Person && of == patient
		}
		if !mine {
			e := refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", p.Where("DocumentReference.context.related"),
				"There is no message of yours %s. Send the message first, or in the same transaction.",
				fhir.Clip(r.Reference))
			e.Issues[0].Code = "not-found"
			return e
		}
	}
	return nil
}

// offered refuses answers to anything but a Questionnaire that is here, active and for patients. Whoever runs the
// practice's records puts it here and makes it active, and takes it back by making it retired (R4 questionnaire,
// PublicationStatus).
func (o OnlineLinks) offered(ctx context.Context, c *store.Commit, p *store.Pending) error {
	var answers struct{ Questionnaire string }
	if err := read(p.Sent.JSON, &answers); err != nil {
		return err
	}
	at, version, _ := strings.Cut(answers.Questionnaire, "|")
	found := false
	err := o.each(ctx, c, c.System, "Questionnaire", "status=active&url="+escaped(at), func(st *fhir.Stored) error {
		var q struct {
			Version     string
			SubjectType []string
		}
		err := read(st.JSON, &q)
		found = found || (version == "" || q.Version == version) &&
			(len(q.SubjectType) == 0 || slices.Contains(q.SubjectType, "Patient"))
		return err
	})
	if err != nil || found {
		return err
	}
	e := refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", p.Where("QuestionnaireResponse.questionnaire"),
		"The practice offers no Questionnaire %s for patients to answer. "+
			"Search Questionnaire?status=active for those it does.",
		fhir.Clip(answers.Questionnaire))
	e.Issues[0].Code = "not-found"
	return e
}

// escaped is a value as it stands in a search (R4 search 3.1.1.3.1).
func escaped(value string) string {
	return url.QueryEscape(strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(value))
}

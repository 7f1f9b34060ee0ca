package record

import (
	"encoding/base64"
	"mime"
	"net/url"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// document is what pages show of a DocumentReference.
type document struct {
	Description, Date string
	Type              datatypes.Concept
	Content           []struct{ Attachment attachment }
}

// attachment is R4's.
type attachment struct {
	ContentType, Data, URL, Title string
}

// name is what a document is called.
func (d *document) name(v *pages.Visit) string {
	if d.Description != "" {
		return d.Description
	}
	if words := d.Type.Words(); words != "" {
		return words
	}
	return v.T("record.letter")
}

// bytes are what is attached: inline, or a Binary here that the person may see.
func (a *attachment) bytes(v *pages.Visit) (content []byte, media string, err error) {
	if a.Data != "" {
		content, err = base64.StdEncoding.DecodeString(a.Data)
		if err != nil {
			err = fhir.Fault("reading an attachment", err)
		}
		return content, a.ContentType, err
	}
	at := strings.LastIndex(a.URL, "Binary/")
	if at < 0 {
		return nil, "", fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.letter.elsewhere"))
	}
	id, _, _ := strings.Cut(a.URL[at+len("Binary/"):], "/")
	st, err := v.Session.Read(v.Context(), fhir.Key{Type: "Binary", ID: id})
	if err != nil {
		return nil, "", err
	}
	var b struct{ ContentType, Data string }
	if err := datatypes.Read(st, &b); err != nil {
		return nil, "", err
	}
	content, err = base64.StdEncoding.DecodeString(b.Data)
	return content, b.ContentType, err
}

// file is an attachment to keep. It is never shown here as it was sent: a page or a picture can have a script in it.
func (a *attachment) file(v *pages.Visit, name string) (*pages.Answer, error) {
	content, media, err := a.bytes(v)
	if err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(media); err != nil || kind == "" {
		media = "application/octet-stream"
	}
	if kinds, err := mime.ExtensionsByType(media); err == nil && len(kinds) > 0 && !strings.Contains(name, ".") {
		name += kinds[0]
	}
	return v.File(media, name, content), nil
}

// letterPage is what a letter's page shows.
type letterPage struct {
	Title, Kind, On string
	Text            []string // of a letter that is a plain text, by paragraph
	File            string   // where the file is that it is
}

// readLetter is the one that the path names.
func readLetter(v *pages.Visit) (*document, error) {
	found, err := v.Search("DocumentReference", url.Values{"_id": {v.Path("id")}, "patient": {patient(v)}})
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.letter.missing"))
	}
	var d document
	return &d, datatypes.Read(found.Items[0].Stored, &d)
}

// oneLetter shows a letter that is text, and leads to the file of any.
func oneLetter(v *pages.Visit) (*pages.Answer, error) {
	d, err := readLetter(v)
	if err != nil {
		return nil, err
	}
	data := letterPage{Title: d.name(v), Kind: d.Type.Words(), On: v.Shell().On(d.Date)}
	if len(d.Content) > 0 {
		a := d.Content[0].Attachment
		data.File = v.To("/record/letters/" + v.Path("id") + "/file")
		if strings.HasPrefix(a.ContentType, "text/plain") {
			content, _, err := a.bytes(v)
			if err != nil {
				return nil, err
			}
			data.Text = strings.Split(strings.ToValidUTF8(string(content), "?"), "\n")
		}
	}
	return v.Show("letter", data.Title, data), nil
}

// letterFile is a letter to keep.
func letterFile(v *pages.Visit) (*pages.Answer, error) {
	d, err := readLetter(v)
	if err != nil {
		return nil, err
	}
	if len(d.Content) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.letter.missing"))
	}
	return d.Content[0].Attachment.file(v, "letter")
}

package datatypes

import (
	"encoding/json"

	"frontdesk/store"
)

// Names are what people, places and organizations are called, by reference as "Practitioner/2".
type Names map[string]string

// NamesOf are the names of all that was found or brought along.
func NamesOf(found *store.Page) (Names, error) {
	names := Names{}
	for _, item := range found.Items {
		var named struct{ Name json.RawMessage }
		if err := Read(item.Stored, &named); err != nil {
			return nil, err
		}
		var text string
		var people []HumanName
		key := item.Key.Current().String()
		switch {
		case json.Unmarshal(named.Name, &text) == nil && text != "":
			names[key] = text
		case json.Unmarshal(named.Name, &people) == nil && len(people) > 0:
			names[key] = people[0].Words()
		}
	}
	return names, nil
}

// Of is what a reference is called: by its own display, else by the name of what it refers to; "" if that isn't known.
func (n Names) Of(r Reference) string {
	if r.Display != "" {
		return r.Display
	}
	return n[r.Reference]
}

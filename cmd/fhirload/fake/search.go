package fake

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// search answers with the matching resources, and refuses what it does not know.
func (s *Server) search(w http.ResponseWriter, kind string, query url.Values) {
	var found []*row
	for _, r := range s.rows {
		if r.kind != kind {
			continue
		}
		ok, err := matches(r, query)
		if err != nil {
			answer(w, http.StatusBadRequest, outcome(err.Error()))
			return
		}
		if ok {
			found = append(found, r)
		}
	}
	if query.Get("_sort") == "-date" {
		slices.SortStableFunc(found, func(a, b *row) int {
			return cmp.Compare(text(b.body, "effectiveDateTime"), text(a.body, "effectiveDateTime"))
		})
	}
	s.page(w, kind, query, found)
}

// page answers with one page, and a link to the next when there is more.
func (s *Server) page(w http.ResponseWriter, kind string, query url.Values, found []*row) {
	from, _ := strconv.Atoi(query.Get("_offset"))
	count, err := strconv.Atoi(query.Get("_count"))
	if err != nil {
		count = len(found)
	}
	from = min(from, len(found))
	to := min(from+count, len(found))
	var links, entries []any
	if to < len(found) {
		query.Set("_offset", strconv.Itoa(to))
		links = append(links, map[string]any{"relation": "next", "url": s.Base + "/" + kind + "?" + query.Encode()})
	}
	for _, r := range found[from:to] {
		entries = append(entries, map[string]any{"fullUrl": s.Base + "/" + kind + "/" + r.id, "resource": r.body})
	}
	answer(w, http.StatusOK, map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links, "entry": entries})
}

func matches(r *row, query url.Values) (bool, error) {
	for name, values := range query {
		for _, value := range values {
			ok, err := matchesOne(r, name, value)
			if err != nil || !ok {
				return false, err
			}
		}
	}
	return true, nil
}

func matchesOne(r *row, name, value string) (bool, error) {
	switch name {
	case "_count", "_sort", "_offset", "_summary":
		return true, nil
	case "status":
		return r.body["status"] == value, nil
	case "schedule":
		return text(r.body["schedule"], "reference") == value, nil
	case "identifier":
		return token(r.body["identifier"].([]any)[0], "value") == value, nil
	case "code":
		return token(r.body["code"].(map[string]any)["coding"].([]any)[0], "code") == value, nil
	case "patient":
		return r.body["subject"].(map[string]any)["reference"] == "Patient/"+value, nil
	case "name":
		family := text(r.body["name"].([]any)[0], "family")
		return strings.HasPrefix(strings.ToLower(family), strings.ToLower(value)), nil
	case "date":
		date := text(r.body, "effectiveDateTime")
		switch value[:2] {
		case "ge":
			return date >= value[2:], nil
		case "lt":
			return date < value[2:], nil
		}
	}
	return false, fmt.Errorf("search by %s=%s is not known", name, value)
}

func token(v any, member string) string { return text(v, "system") + "|" + text(v, member) }

func text(v any, member string) string {
	s, _ := v.(map[string]any)[member].(string)
	return s
}

package workload

import (
	"errors"
	"net/url"
	"time"
)

// Pool is what search and read ask for: resources known to be on the server.
type Pool struct {
	patients []patient
	readings []reading
	// paths are all resources known by id: "Patient/1".
	paths []string
}

// patient is a Patient to search for. token is the escaped system|value of an
// identifier; family its first family name. Either may be empty.
type patient struct {
	id     string
	token  string
	family string
}

// reading is an Observation to search for. token is its escaped system|code.
type reading struct {
	patient string
	token   string
	day     time.Time
}

func token(system, value string) string { return url.QueryEscape(system + "|" + value) }

// searchable returns the pool with only what the search workload can ask for.
func (p Pool) searchable() (Pool, error) {
	kept := Pool{readings: p.readings, paths: p.paths}
	for _, one := range p.patients {
		if one.token != "" && len([]rune(one.family)) >= prefixLength {
			kept.patients = append(kept.patients, one)
		}
	}
	if len(kept.patients) == 0 || len(kept.readings) == 0 {
		return kept, errors.New("the server holds no Patient with an identifier and a family name, " +
			"or no Observation of such a patient with a code and a date: add --seed-data 10000 to write some first")
	}
	return kept, nil
}

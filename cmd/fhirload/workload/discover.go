package workload

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"frontdesk/cmd/fhirload/load"
)

// pageSize is how many resources a page of the preparation asks for.
const pageSize = 100

// Discover fills a pool with up to sample patients of the server and the
// newest Observations of each.
func Discover(ctx context.Context, client *load.Client, sample int) (Pool, error) {
	var pool Pool
	request := load.Request{Method: http.MethodGet, Path: "Patient", Query: "_count=" + strconv.Itoa(pageSize)}
	for len(pool.patients) < sample {
		page, err := fetchBundle(ctx, client, request)
		if err != nil {
			return pool, fmt.Errorf("looking for patients: %w", err)
		}
		for _, e := range page.Entry {
			if e.Resource.ResourceType == "Patient" && len(pool.patients) < sample {
				pool.patients = append(pool.patients, asPatient(e.Resource))
				pool.paths = append(pool.paths, "Patient/"+e.Resource.ID)
			}
		}
		var ok bool
		if request.Path, request.Query, ok = client.Relative(page.next()); page.next() == "" || !ok {
			break
		}
	}
	return pool, pool.addReadings(ctx, client)
}

// addReadings asks for the Observations patient by patient: the first pages of
// all Observations may well be of one patient, which no cache would miss.
func (p *Pool) addReadings(ctx context.Context, client *load.Client) error {
	for _, one := range p.patients {
		query := "patient=" + url.QueryEscape(one.id) + "&_sort=-date&_count=" + strconv.Itoa(pageSize)
		page, err := fetchBundle(ctx, client, load.Request{Method: http.MethodGet, Path: "Observation", Query: query})
		if err != nil {
			return fmt.Errorf("looking for observations: %w", err)
		}
		for _, e := range page.Entry {
			if e.Resource.ResourceType != "Observation" {
				continue
			}
			p.paths = append(p.paths, "Observation/"+e.Resource.ID)
			if r, ok := asReading(one.id, e.Resource); ok {
				p.readings = append(p.readings, r)
			}
		}
	}
	return nil
}

func asPatient(r resource) patient {
	found := patient{id: r.ID}
	if len(r.Identifier) > 0 && r.Identifier[0].Value != "" {
		found.token = token(r.Identifier[0].System, r.Identifier[0].Value)
	}
	if len(r.Name) > 0 {
		found.family = r.Name[0].Family
	}
	return found
}

func asReading(patientID string, r resource) (reading, bool) {
	if len(r.Code.Coding) == 0 || r.Code.Coding[0].Code == "" || len(r.Effective) < len(time.DateOnly) {
		return reading{}, false
	}
	day, err := time.Parse(time.DateOnly, r.Effective[:len(time.DateOnly)])
	return reading{patient: patientID, token: token(r.Code.Coding[0].System, r.Code.Coding[0].Code), day: day}, err == nil
}

func fetchBundle(ctx context.Context, client *load.Client, request load.Request) (bundle, error) {
	body, err := client.Fetch(ctx, request)
	if err != nil {
		return bundle{}, err
	}
	return decodeBundle(body)
}

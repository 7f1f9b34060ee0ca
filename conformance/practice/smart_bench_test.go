package practice_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
)

// BenchmarkSMART compares GET by id over a loopback connection as a patient and as staff, with token, access check and
// audit trail, with the same request to a server whose --auth is off.
func BenchmarkSMART(b *testing.B) {
	p := newPractice(b, backends["sqlite"])
	note := strings.Repeat("Taken at rest, sitting, on the left arm. ", 40)
	p.load(`{"resourceType":"Observation","id":"pressure","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
		"code":"vital-signs"}]}],"code":{"text":"Blood pressure"},"subject":{"reference":"Patient/ann"},"note":[{"text":"` + note + `"}]}`)
	open, err := handlers.New(handlers.Options{Store: p.store, Base: base, Log: quiet,
		Grant: func(*http.Request) (access.Grant, error) { return access.Everything("bench"), nil }})
	p.must(err)
	for _, of := range []struct {
		name string
		http.Handler
		token string
	}{{"off", open, ""}, {"patient", p, p.patient("ann").token}, {"staff", p, p.staff().token}} {
		b.Run(of.name, func(b *testing.B) {
			live := httptest.NewServer(of)
			defer live.Close()
			before := processorTime(b)
			b.RunParallel(func(pb *testing.PB) {
				client := http.Client{Transport: &http.Transport{DisableCompression: true}}
				defer client.CloseIdleConnections()
				for pb.Next() {
					if err := get(&client, live.URL+"/fhir/Observation/pressure", of.token); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// get reads a resource and throws it away.
func get(c *http.Client, url, token string) error {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	return nil
}

// processorTime is what this process has used: other than the time on the clock it doesn't depend on what else runs.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestBackupOfAServerAtWork: eight clients write while the store is saved, again and again. Each backup opens, and has
// whatever was acknowledged before it began, whole.
func TestBackupOfAServerAtWork(t *testing.T) {
	folder, saved := t.TempDir(), t.TempDir()
	r := start(t, serveArgs(folder)...)
	var written [8]atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range written {
		clients.Go(func() {
			for n := int64(1); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				body := fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[
					{"resource":{"resourceType":"Patient","id":"p%d-%d"},"request":{"method":"PUT","url":"Patient/p%d-%d"}},
					{"resource":{"resourceType":"Observation","id":"o%d-%d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p%d-%d"}},
						"request":{"method":"PUT","url":"Observation/o%d-%d"}}]}`, i, n, i, n, i, n, i, n, i, n)
				resp, err := http.Post(r.base, "application/fhir+json", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("write %d of client %d: %s", n, i, resp.Status)
					return
				}
				written[i].Store(n)
			}
		})
	}
	var least [3]int64 // how many bundles each backup must have
	for n := range least {
		await(t, "more to be written", func() bool {
			total := int64(0)
			for i := range written {
				total += written[i].Load()
			}
			least[n] = total
			return total > 40*int64(n+1)
		})
		status, out, log := frontdesk(t, "", "backup", "--store", "sqlite:"+folder, filepath.Join(saved, fmt.Sprint(n, ".db")))
		if status != 0 || !strings.Contains(out, "checked") {
			t.Fatalf("backup %d: %s%s", n, out, log)
		}
	}
	close(stop)
	clients.Wait()
	for n, want := range least {
		restored := t.TempDir()
		if err := os.Rename(filepath.Join(saved, fmt.Sprint(n, ".db")), filepath.Join(restored, "frontdesk.db")); err != nil {
			t.Fatal(err)
		}
		b := start(t, serveArgs(restored)...)
		_, _, patients := get(t, b.base+"/Patient?_summary=count")
		_, _, results := get(t, b.base+"/Observation?_summary=count")
		_, _, paired := get(t, b.base+"/Patient?_has:Observation:subject:status=final&_summary=count")
		if int64(patients.Total) < want || results.Total != patients.Total || paired.Total != patients.Total {
			t.Errorf("backup %d has %d patients, %d results, %d pairs; %d bundles were acknowledged before", n, patients.Total, results.Total, paired.Total, want)
		}
		if status, body, _ := get(t, b.base+"/Observation/o0-1/_history/1"); status != 200 {
			t.Errorf("backup %d: %d %s", n, status, body)
		}
	}
}

func TestBackupRefuses(t *testing.T) {
	folder := t.TempDir()
	there := filepath.Join(folder, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := practiceStore(t, 2)
	for what, c := range map[string]struct{ store, file, want string }{
		"a file that is there": {store, there, "there already"},
		"no store":             {"sqlite:" + folder, filepath.Join(folder, "x"), "no store"},
		"no such folder":       {store, filepath.Join(folder, "none", "x"), "can't be written"},
		"a MongoDB":            {"mongodb://db.invalid/frontdesk", filepath.Join(folder, "x"), "mongodump --oplog"},
	} {
		if status, _, log := frontdesk(t, "", "backup", "--store", c.store, c.file); status != 1 || !strings.Contains(log, c.want) {
			t.Errorf("%s: status %d, %s; want %q", what, status, log, c.want)
		}
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "mine" {
		t.Errorf("the file that was there is %q, %v", text, err)
	}
}

package rest_test

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
)

// BenchmarkTransactions is how many resources a second go in by HTTP as transaction Bundles, from four clients at once.
func BenchmarkTransactions(b *testing.B) {
	base := serve(b)
	var files [][]byte
	var sizes []int
	for _, file := range corpus(b, "synthea") {
		var in transaction
		if err := json.Unmarshal(file, &in); err != nil {
			b.Fatal(err)
		}
		files, sizes = append(files, file), append(sizes, len(in.Entry))
	}
	var next, resources atomic.Int64
	b.SetParallelism(2) // of two cores: four clients
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			i := int(next.Add(1)) % len(files)
			if status, body := send(b, "POST", base, files[i]); status != http.StatusOK {
				b.Errorf("%d %.300s", status, body)
			}
			resources.Add(int64(sizes[i]))
		}
	})
	b.ReportMetric(float64(resources.Load())/b.Elapsed().Seconds(), "resources/s")
}

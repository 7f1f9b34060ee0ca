package workload

import (
	"context"
	"net/http"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

// importNames is the one operation of both kinds of import.
var importNames = []string{"bundle"}

// Generated imports generated transaction Bundles, without end.
type Generated struct{ seed uint64 }

// NewGenerated returns the import workload of generated Bundles.
func NewGenerated(seed uint64) Generated { return Generated{seed: seed} }

// Operations names the one operation.
func (Generated) Operations() []string { return importNames }

// Worker returns worker i.
func (g Generated) Worker(i int) load.Worker {
	return generatedWorker{source: data.New(g.seed, uint64(i))}
}

type generatedWorker struct{ source *data.Source }

// Next makes a Bundle.
func (w generatedWorker) Next(context.Context) (load.Request, bool, error) {
	body, _ := w.source.Transaction()
	return bundleRequest(body), true, nil
}

// Done counts the entries, if none of them failed.
func (generatedWorker) Done(_ load.Request, reply load.Reply) load.Verdict {
	return judgeBundle(reply, data.BundleSize)
}

func bundleRequest(body []byte) load.Request {
	return load.Request{Method: http.MethodPost, Body: body, KeepBody: true}
}

// judgeBundle looks into the response: a batch whose entries failed is
// answered with 200 all the same (R4 http 3.1.0.11.3).
func judgeBundle(reply load.Reply, entries int) load.Verdict {
	if reply.OK() && failedEntry.Match(reply.Body) {
		return load.Verdict{Fault: "bundle-entry"}
	}
	return load.Verdict{Resources: entries}
}

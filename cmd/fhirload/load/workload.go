package load

import "context"

// Request is one request to send, relative to the server's base URL.
type Request struct {
	// Op is the index of the operation in Workload.Operations.
	Op     int
	Method string
	// Path is relative to the base: "Observation/1", or empty for the base.
	Path string
	// Query is already escaped, without the question mark.
	Query string
	// Body must not be changed once handed over: the transport may still read
	// it when the response has come.
	Body []byte
	// KeepBody asks for the response body; otherwise it is read and thrown away.
	KeepBody bool
}

// Reply is what came back. Body is only valid until the worker's next request.
type Reply struct {
	Status   int
	Location string
	Body     []byte
}

// OK says whether the server did what was asked: any 2xx status.
func (r Reply) OK() bool { return r.Status >= 200 && r.Status <= 299 }

// Verdict is what a Worker makes of a Reply.
type Verdict struct {
	// Resources is how many resources the request carried or brought back.
	Resources int
	// Fault names an error that the status does not show, empty for none.
	Fault string
	// Instead is the operation as which this is reported in place of the
	// request's: the workload reckons with the status, so it is no error. 0 is none.
	Instead int
}

// Workload is a kind of load.
type Workload interface {
	// Operations names the operations, in the order of the report.
	Operations() []string
	// Worker returns worker i, from 0. Each is used by one goroutine only.
	Worker(i int) Worker
}

// Worker decides what is sent next, from what came back so far.
type Worker interface {
	// Next returns the next request, or false when there is nothing left. It is
	// not timed. An error ends the run.
	Next(ctx context.Context) (Request, bool, error)
	// Done is told how every request ended; Reply.Status is 0 when there was no
	// whole response.
	Done(Request, Reply) Verdict
}

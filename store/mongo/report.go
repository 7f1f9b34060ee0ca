package mongo

import "log/slog"

// reporter logs how far the index of a type is, at each tenth.
type reporter struct {
	log   *slog.Logger
	typ   string
	tenth int64
	begun bool
}

func (r *reporter) at(s state) {
	tenth := 10 * s.Done / max(s.Total, 1)
	if !r.begun || tenth > r.tenth {
		r.begun, r.tenth = true, tenth
		r.log.Info("building the index", "type", r.typ, "done", s.Done, "of", s.Total)
	}
}

func (r *reporter) done() {
	if r.begun {
		r.log.Info("the index is complete", "type", r.typ)
	}
}

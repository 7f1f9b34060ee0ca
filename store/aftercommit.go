package store

import (
	"context"
	"time"
)

// settleTime is how long what follows a commit may take.
const settleTime = 20 * time.Second

// afterCommit is a context for what follows a commit, with a deadline of its own: what was done must be told and its
// consequences drawn, though whoever asked for it has gone or the time for the request has run out.
func afterCommit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleTime)
}

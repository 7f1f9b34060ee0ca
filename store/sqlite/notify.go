package sqlite

import (
	"os"

	"frontdesk/store"
)

// notifyFile grows by a byte with every commit of a process beside ours: so we know without a look into the database
// that something changed.
const notifyFile = "frontdesk.beside"

// openNotifyFile opens the bell. Whoever has the store starts it over.
func openNotifyFile(path string, beside bool) (*os.File, error) {
	flags := os.O_RDWR | os.O_CREATE | os.O_APPEND
	if !beside {
		flags |= os.O_TRUNC
	}
	notify, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fault("open "+notifyFile, err)
	}
	return notify, nil
}

// notifyProcesses tells the process that serves the store of a commit. A bell that can't be rung is no failure of the
// commit: what is remembered of the store is remembered for seconds only (store.Watch's users see to that).
func (b *Backend) notifyProcesses() {
	if _, err := b.notify.Write([]byte{1}); err != nil {
		b.options.Logger.Warn("the process that serves the store couldn't be told of a change; it will see it in some seconds", "error", err)
	}
}

// Watch counts what this process writes, and the commits of others.
func (b *Backend) Watch(names ...string) store.Watch {
	ours := b.tally.Watch(names...)
	return func() (uint64, bool) {
		n, _ := ours()
		info, err := b.notify.Stat()
		if err != nil {
			return 0, false
		}
		return n + uint64(info.Size()), true
	}
}

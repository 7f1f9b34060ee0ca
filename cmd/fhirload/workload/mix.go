package workload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Mix is the operations of a workload with their shares.
type Mix struct {
	names  []string
	shares []int
	total  int
}

// newMix returns a mix of names with shares; override, when not empty, replaces
// all shares: an operation it does not name is not sent.
func newMix(names []string, shares []int, override map[string]int) (Mix, error) {
	if len(override) > 0 {
		shares = make([]int, len(names))
	}
	for name, share := range override {
		i := slices.Index(names, name)
		if i < 0 || share < 0 {
			return Mix{}, fmt.Errorf("mix %s=%d: give a share of 0 or more to any of %s", name, share, strings.Join(names, ", "))
		}
		shares[i] = share
	}
	mix := Mix{names: names, shares: shares}
	for _, share := range shares {
		mix.total += share
	}
	if mix.total == 0 {
		return Mix{}, fmt.Errorf("mix: at least one of %s needs a share above 0", strings.Join(names, ", "))
	}
	return mix, nil
}

// Operations names the operations in their fixed order.
func (m Mix) Operations() []string { return m.names }

// pick returns the index of an operation, each as often as its share.
func (m Mix) pick(from *rand.Rand) int {
	n := from.IntN(m.total)
	for i, share := range m.shares {
		if n -= share; n < 0 {
			return i
		}
	}
	return len(m.shares) - 1
}

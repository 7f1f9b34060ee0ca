package pages

import (
	"math"
	"testing"
	"time"
)

func TestAChartHasAllPointsWithinAndTheRangeAsABand(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	c := MakeChart("HbA1c", "", []Series{{Points: []Point{{day(1), 48, 20, 42, "48"}, {day(11), 40, 20, 42, "40"}}}},
		func(t time.Time) string { return t.Format(time.DateOnly) })
	if got, want := c.Lines[0].Points, "48.0,24.3 390.0,73.3"; got != want {
		t.Errorf("line %s, not %s", got, want)
	}
	if got, want := c.Band, "48.0,61.1 390.0,61.1 390.0,196.0 48.0,196.0"; got != want {
		t.Errorf("band %s, not %s", got, want)
	}
	if c.From != "2026-01-01" || c.To != "2026-01-11" || len(c.Levels) < 3 {
		t.Errorf("%+v", c)
	}
	for _, points := range [][]Point{nil, {{day(1), 0, math.NaN(), math.NaN(), ""}}, {{day(1), 5, 5, 5, ""}}} {
		if c := MakeChart("", "", []Series{{Points: points}}, func(time.Time) string { return "" }); len(c.Levels) < 2 ||
			c.Band != "" {
			t.Errorf("%v: %+v", points, c)
		}
	}
}

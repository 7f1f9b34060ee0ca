package pages

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chart is numbers over time ("chart"). It is drawn by MakeChart; the page has the same in a table, as its equal.
type Chart struct {
	Title, About string   // what a screen reader says of it
	Band         string   // the points of the reference range's outline, "" if there is none
	Lines        []Curve  // one for each series
	Levels       []Level  // lines across with a number each
	From, To     string   // the first and the last day
	Legend       []string // the names of the series, if there are several
}

// Curve is one series, drawn: the points of its line, and each as a dot.
type Curve struct {
	Points string
	Dots   []Dot
}

// Dot is one measurement, drawn, with what it says.
type Dot struct{ X, Y, Text string }

// Level is a line across the chart, and the number that it is at.
type Level struct{ Y, Text string }

// Series are the measurements of one kind by time. Low and High are the reference range of each, NaN for none.
type Series struct {
	Name   string
	Points []Point
}

// Point is one measurement.
type Point struct {
	At               time.Time
	Value, Low, High float64
	Text             string
}

// The chart's own measures, in units of its viewBox: 400 wide and 230 high.
const (
	chartLeft, chartRight = 48, 390
	chartTop, chartBottom = 12, 196
)

// MakeChart draws series. The words of a point are its Text; day writes a day.
func MakeChart(title, about string, all []Series, day func(time.Time) string) Chart {
	c := Chart{Title: title, About: about}
	first, last, low, high := bounds(all)
	x := func(p Point) float64 {
		if !last.After(first) {
			return (chartLeft + chartRight) / 2
		}
		return chartLeft + (chartRight-chartLeft)*p.At.Sub(first).Hours()/last.Sub(first).Hours()
	}
	step := stepOf(high - low)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	if high <= low {
		high = low + step
	}
	y := func(value float64) float64 { return chartBottom - (chartBottom-chartTop)*(value-low)/(high-low) }
	for n := range int(math.Round((high-low)/step)) + 1 {
		value := low + float64(n)*step
		c.Levels = append(c.Levels, Level{drawn(y(value)), strconv.FormatFloat(math.Round(value*1e6)/1e6, 'f', -1, 64)})
	}
	for _, series := range all {
		var curve Curve
		var line []string
		for _, p := range series.Points {
			line = append(line, drawn(x(p))+","+drawn(y(p.Value)))
			curve.Dots = append(curve.Dots, Dot{drawn(x(p)), drawn(y(p.Value)), p.Text})
		}
		curve.Points = strings.Join(line, " ")
		c.Lines = append(c.Lines, curve)
		if len(all) > 1 {
			c.Legend = append(c.Legend, series.Name)
		}
	}
	c.Band = band(all, x, y)
	c.From, c.To = day(first), day(last)
	return c
}

// bounds are the first and last time, and the least and greatest number, the reference ranges included.
func bounds(all []Series) (first, last time.Time, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, series := range all {
		for _, p := range series.Points {
			if first.IsZero() || p.At.Before(first) {
				first = p.At
			}
			if p.At.After(last) {
				last = p.At
			}
			for _, value := range []float64{p.Value, p.Low, p.High} {
				if !math.IsNaN(value) {
					low, high = min(low, value), max(high, value)
				}
			}
		}
	}
	if math.IsInf(low, 1) {
		low, high = 0, 1
	}
	return first, last, low, high
}

// stepOf is a round number of which a span has three to eight.
func stepOf(span float64) float64 {
	if span <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span)))
	for _, of := range []float64{.2, .25, .5, 1} {
		if span/(power*of) <= 8 {
			return power * of
		}
	}
	return power * 2
}

// band is the outline of the reference range, where the only series has one: along its upper ends and back.
func band(all []Series, x func(Point) float64, y func(float64) float64) string {
	if len(all) != 1 {
		return ""
	}
	var there, back []string
	for _, p := range all[0].Points {
		if math.IsNaN(p.Low) || math.IsNaN(p.High) {
			continue
		}
		there = append(there, drawn(x(p))+","+drawn(y(p.High)))
		back = append(back, drawn(x(p))+","+drawn(y(p.Low)))
	}
	if len(there) < 2 {
		return ""
	}
	slices.Reverse(back)
	return strings.Join(append(there, back...), " ")
}

func drawn(at float64) string { return fmt.Sprintf("%.1f", at) }

package main

import (
	"fmt"
	"net/url"
	"os"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/brand"
)

// Branded are the settings of what a practice says of itself on its pages.
type Branded struct {
	Service string `default:"Your GP online" help:"The practice's name, as the heading of every page." group:"Pages"`
	Phone   string `help:"Its phone number, as people write it." group:"Pages"`
	Hours   string `help:"When it is open: Monday to Friday, 8am to 6.30pm." group:"Pages"`
	Logo    string `type:"path" placeholder:"FILE" help:"Its logo, PNG or SVG, served made anew." group:"Pages"`
	Accent  string `placeholder:"COLOUR" help:"Its colour, as #0b5c63, dark enough to be read." group:"Pages"`
	Privacy string `placeholder:"URL" help:"Where it says what it does with personal data." group:"Pages"`
	// Leave has the default of package welcome.
	Leave string `placeholder:"URL" help:"Where Leave this page quickly leads; by default to the weather." group:"Pages"`
}

// validate adds to the faults of Settings.
func (b *Branded) validate(fault func(flag, format string, args ...any)) {
	if _, err := b.brand(); err != nil {
		fault(err.flag, "%v", err.why)
	}
	for _, link := range []struct{ flag, value string }{{"privacy", b.Privacy}, {"leave", b.Leave}} {
		u, err := url.Parse(link.value)
		if link.value != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			fault(link.flag, "%q is no web address, as https://practice.example/privacy", link.value)
		}
	}
}

// misbranded is a setting that can't be used.
type misbranded struct {
	flag string
	why  error
}

// brand is what the settings say, made safe.
func (b *Branded) brand() (pages.Brand, *misbranded) {
	out := pages.Brand{Name: b.Service, Phone: b.Phone, Hours: b.Hours, Privacy: b.Privacy}
	if b.Logo != "" {
		file, err := os.ReadFile(b.Logo)
		if err == nil {
			out.Logo, out.LogoType, err = brand.Logo(file)
		}
		if err != nil {
			return out, &misbranded{"logo", fmt.Errorf("%s can't be used: %w. Give a PNG or SVG of at most %d KB",
				b.Logo, err, brand.MaxLogo>>10)}
		}
	}
	if b.Accent != "" {
		var err error
		if out.Accent, err = brand.Accent(b.Accent); err != nil {
			return out, &misbranded{"accent", err}
		}
	}
	return out, nil
}

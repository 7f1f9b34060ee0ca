package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheBrandIsLookedAtBeforeTheServerStarts: what can't be used is told with what to do.
func TestTheBrandIsLookedAtBeforeTheServerStarts(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"bad.svg": "<svg><path>",
		"good.svg": `<svg><script>x</script><path d="M0 0"/></svg>`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, _, log := frontdesk(t, "", "serve", "--store", "sqlite:"+folder, "--accent", "#ffcc00", "--logo",
		filepath.Join(folder, "bad.svg"))
	if status == 0 {
		t.Error("it starts")
	}
	contains(t, "the logo", log, "--logo", "can't be used", "PNG or SVG")
	status, _, log = frontdesk(t, "", "serve", "--store", "sqlite:"+folder, "--accent", "#ffcc00", "--privacy",
		"javascript:alert(1)", "--leave", "weather")
	if status == 0 {
		t.Error("it starts")
	}
	contains(t, "the rest", log, "--accent", "Take a darker one", "--privacy", "--leave", "is no web address")
	good := Branded{Logo: filepath.Join(folder, "good.svg"), Accent: "#7a1fa2", Service: "Mill Lane"}
	brand, err := good.brand()
	if err != nil || string(brand.Logo) != `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"></path></svg>` ||
		brand.Accent == nil {
		t.Errorf("%s, %v", brand.Logo, err)
	}
}

package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"frontdesk/fhir"
)

//go:embed templates assets
var files embed.FS

// assets are what pages refer to, by a name that changes with the content, so that browsers may keep them; assetNames
// are those names.
var assets, assetNames = loadAssets()

// loadAssets gives the assets by served name, and the served name of each.
func loadAssets() (map[string][]byte, map[string]string) {
	served, names := map[string][]byte{}, map[string]string{}
	entries, err := files.ReadDir("assets")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		content, err := files.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		name := hashed(entry.Name(), content)
		served[name], names[entry.Name()] = content, name
	}
	return served, names
}

// hashed is the name of a file with some of the hash of its content.
func hashed(name string, content []byte) string {
	sum, extension := sha256.Sum256(content), path.Ext(name)
	return strings.TrimSuffix(name, extension) + "-" + hex.EncodeToString(sum[:6]) + extension
}

// assetTypes are the media types of assets.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png",
}

// asset serves one of the assets. Their names change with their content, so they may be kept for a year.
func (s *Shell) asset(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.Fail(w, r, fhir.Errorf(fhir.NotAllowed, "", "%s is a file, which can only be read. Use GET.", r.URL.Path))
		return
	}
	name := path.Base(r.URL.Path)
	Harden(w.Header(), "")
	w.Header().Set("Content-Type", assetTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Del("Pragma")
	_, _ = w.Write(s.assets[name]) // the browser may be gone
}

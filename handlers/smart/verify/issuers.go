package verify

import (
	"errors"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
)

// LoadIssuers reads a file of External issuers: YAML, a list under "issuers". All that is wrong with it is told at
// once.
func LoadIssuers(path, base string) ([]External, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("can't read the file of issuers: %w", err)
	}
	var file struct {
		Issuers []External `yaml:"issuers"`
	}
	// Strict: a setting that is misspelt must not be taken for one that isn't there.
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(file.Issuers) == 0 {
		return nil, fmt.Errorf("%s names no issuers; write them as a list under issuers:, each with issuer: https://…", path)
	}
	var faults []error
	seen := map[string]bool{}
	for i, e := range file.Issuers {
		checked, err := e.withDefaults(base)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: issuers[%d]: %w", path, i, err))
		}
		if seen[e.Issuer] {
			faults = append(faults, fmt.Errorf("%s: issuers[%d]: issuer %q is there twice", path, i, e.Issuer))
		}
		seen[e.Issuer] = true
		file.Issuers[i] = checked
	}
	return file.Issuers, errors.Join(faults...)
}

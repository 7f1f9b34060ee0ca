// Command distil makes the tables of fhir/spec/data, and those of fhir/model, from HL7's own definitions of R4: the npm
// package hl7.fhir.r4.examples 4.0.1 (CC0), unpacked into a folder. What it leaves out, and why, is said where it does
// so.
//
//	npm pack hl7.fhir.r4.examples@4.0.1 --registry https://packages.fhir.org && tar xf hl7.fhir.r4.examples-4.0.1.tgz
//	go generate ./fhir/spec
//
// practice.tsv, own.tsv and unsupported.tsv are Frontdesk's and written by hand.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	from := flag.String("from", "package", "folder with the unpacked npm package hl7.fhir.r4.examples 4.0.1")
	to := flag.String("to", "data", "folder to write the tables to")
	flag.Parse()
	for name, table := range map[string]func(folder string) ([]string, error){
		"types.tsv": types, "params.tsv": params, "compartments.tsv": compartments, "summary.tsv": summary,
		"../../model/constraints.tsv": constraints, "../../model/bindings.tsv": bindings, "../../model/codes.tsv": codes,
	} {
		rows, err := table(*from)
		if err == nil {
			err = os.WriteFile(filepath.Join(*to, name), []byte(strings.Join(rows, "\n")+"\n"), 0o644)
		}
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		fmt.Printf("%s: %d lines\n", name, len(rows))
	}
}

// read decodes every resource of one type in the folder, in the order of their file names.
func read[T any](folder, resource string) ([]T, error) {
	files, err := filepath.Glob(filepath.Join(folder, resource+"-*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no %s-*.json in %s", resource, folder)
	}
	slices.Sort(files)
	all := make([]T, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &all[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

// row joins the columns of a line.
func row(columns ...string) string { return strings.Join(columns, "\t") }

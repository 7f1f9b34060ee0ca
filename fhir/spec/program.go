package spec

type program struct{}

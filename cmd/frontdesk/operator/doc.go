// Package operator holds the commands by which whoever runs the server keeps accounts, apps and keys: what their flags
// are, and what they do. They work on the store itself, also while a server has it, and note what they do in the audit
// trail.
package operator

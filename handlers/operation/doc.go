// Package operation reads what an operation (R4 operations, 3.2.0) is asked with: the parameters in the URL, or a
// Parameters resource, brought to one form and held to the operation's definition. What an operation does stands in
// package handlers.
package operation

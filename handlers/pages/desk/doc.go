// Package desk is what staff see: their own pages, below /desk. What patients see doesn't belong here.
package desk

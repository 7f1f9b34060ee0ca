// Package record is what patients and their proxies see: their own pages, below /record. What staff see doesn't belong
// here.
package record

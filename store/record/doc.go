// Package record answers what is asked of a patient's whole record: everything in it, and the last results of each
// kind. It works through a store.Session alone, so that it shows what the caller's grant shows and nothing else (I1).
package record

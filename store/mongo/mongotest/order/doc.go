// Package order has the order of BSON values as bytes: the encodings of two values compare (bytes.Compare) as MongoDB
// compares the values, and no encoding is the beginning of another, so that encodings can be joined. Equality, sorting,
// index keys and index bounds all are comparisons of such bytes, and so there is one definition of the order.
//
// Here are also the patterns of keys that indexes and sorts share. Filters are in package query.
package order

// Package traced wraps a store.Backend so that every question to the database is a span of the request that asks it.
package traced

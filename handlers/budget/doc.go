// Package budget bounds what requests in flight cost together: the memory of their bodies and answers, and how much an
// app does for a person. So nobody's requests, however large, slow or many, take the server from others (I11).
package budget

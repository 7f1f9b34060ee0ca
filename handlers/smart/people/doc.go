// Package people tells the pages, from the record, who may act for whom, which patients staff may choose, and what an
// app has seen. Patients are read as the person who is signed in: package standing says what bounds that person,
// package access what that means. No HTML and no OAuth in here.
package people

// Package welcome is where people begin: the start page, the choice for whom one acts, and the way out in a hurry.
// What is shown of anybody's record doesn't belong here.
package welcome

// Package transfer exports in bulk what a caller sees (Bulk Data Access IG 2.0): the state at a moment of the feed,
// exactly, while others write.
//
// An Export is made in the background and kept in the store's records: what was ordered, how far it is, and of each
// file the versions that it holds. A file's lines are read when it is fetched, by the Session of who fetches it: what
// is kept of an export is no copy of anybody's record, and what was hidden or closed meanwhile isn't served.
//
// One process at a time works on an Export (package lease), by the Session of the caller's last request for it. When
// that process is killed, the next request for the Export's status has it taken up where it was, in whichever process.
//
// Not here: what the requests and answers look like, which package handlers says; and what a caller may see, which the
// Session says.
package transfer

// Package workload says what the load generator sends: the operations, their
// proportions, and the data they work on.
//
//	crud    25% create, 40% read, 15% update, 15% search by identifier, 5% delete,
//	        over the worker's own Patients and Observations
//	create  Observations of patients made beforehand
//	import  transaction Bundles from a folder, or generated ones of 100 entries
//	search  40% patient + code newest first, 20% code + date range,
//	        15% code newest first, 15% identifier, 10% name prefix
//	read    GET by id
//	book    plain Appointments, then bookings of as many slots: one or more for each,
//	        of which one must get it
//
// What may not live here: timing, counting and HTTP (package load).
package workload

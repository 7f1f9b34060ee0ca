// Package audit keeps the audit trail (P12): an AuditEvent for every access and every refusal, after IHE's Basic Audit
// Log Patterns (BALP), in a hash chain in which a removed, altered or added one is found. A request only puts its Event
// into a queue; what is queued is committed in batches as links of a chain of events, and filed as AuditEvents, which
// are made of those, when there's time for it. No HTTP in here, and no decision about access.
package audit

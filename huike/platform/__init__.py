"""What every capability stands on: settings, database, outbox, jobs, locks, idempotency, audit, progress.

Owns: the configuration, the embedded PostgreSQL, the tables that carry events, jobs, idempotency keys, the audit log.
Promises: nothing happens before commit; a write repeated under one key happens once; an error reaches the
caller typed.
Refuses: to know any capability; those register with it.
"""

"""SQL of an analyst's own over the lake.

Owns: the tables an analyst may ask, the questions that were asked, saved queries. Promises: nothing but reading, of
these tables alone; personal data masked below everything that is written, for whoever may not see it in clear; a
question ends in time, and takes its memory from a process of its own; each is in the audit log. Refuses: staff limited
to some stores, whose limits no free question can keep. The walls, and what each is for:
`docs/adr/0014-an-analysts-sql-runs-in-a-process-of-its-own.md`.
"""

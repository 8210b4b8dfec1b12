"""Reporting keeps a record of every test and ticket, and answers from it. All of it can be rebuilt from the streams.

Hears  test.>  ticket.>  beat.>  ask.record.*
Says   nothing but its beat, and dead.reporting.> for what it could not read
Keeps  the record (SQLite or PostgreSQL); looks at the plan (KV bucket PLAN) and the evidence (object store EVIDENCE)
"""

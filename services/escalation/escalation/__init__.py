"""Escalation keeps a ticket for each failing target until a re-test has passed.

Hears  test.>  ask.ticket.*  ticket.test-requested.* (its own wishes, to carry them on)
Says   ticket.>  order.test.run
Keeps  the event store (SQLite or PostgreSQL)
"""

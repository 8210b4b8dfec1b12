"""Keeps a record of every test and ticket, and answers from it. Everything here can be rebuilt from the streams.

Hears: ``test.>``, ``ticket.>`` (each in order, exactly once), ``beat.>``, ``ask.record.*``; looks at PLAN and EVIDENCE.
Says: ``beat.reporting.*``; ``dead.reporting.*`` for what it could not read.

projection, board, cursor, beats  pure                      tables, store  SQL
targets, evidence  what it looks at on the bus              app, replay    what is started
"""

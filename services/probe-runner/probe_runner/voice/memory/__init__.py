"""Recorded calls: judged again with today's rules, learnt from.

keepsake  a kept call in a folder                     hindsight  what was known at which second
rejudging a recording, tick by tick                   comparison what has changed
lesson    when to press while learning                learning   spans and signalling into proposed recordings
"""

"""Contracts, and the wire they travel on.

vocabulary  the values everybody speaks of          events  facts, past tense
asks        requests and their answers, imperative  subjects, streams, rights  names on the bus, and who may use them
ticket_view  how a ticket's facts add up
bus, inbox  how facts and asks travel               settings, service  what each service starts with
"""

"""The lab: a pretend contact centre with switchable faults; it knows nothing of the product that tests it.

One process holds a carrier with two access codes, an IVR with agents, a web chat with a bot and a scripted
human, and the switches that break them. Its SIP stack (baresip) is another than the one under test, so that
no stack is measured against itself.
"""

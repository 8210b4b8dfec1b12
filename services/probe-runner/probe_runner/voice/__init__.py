"""The voice probe: calls an access code as a customer would and says how far the call came.

call/     the call itself: its process, SIP and RTP, what is said into it, the exchange's events
ear/      what was heard, as it comes in: kinds of sound, tones, registered recordings, repeats
timeline  a call, in seconds: signalled, heard, recognised; what ear and call give, and the judge takes
judge/    how far the call came, what that proves, what is no longer good; pure
memory/   recorded calls: judged again, learnt from
probe     what the service calls; conductor runs one test, journal keeps its steps, own_trouble asks whose fault it is
record    a timeline as JSON; exhibits the evidence of a call
"""

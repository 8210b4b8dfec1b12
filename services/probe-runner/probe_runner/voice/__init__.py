"""The voice probe: calls an access code as a customer would and says how far the call came.

worker    the SIP stack, alone in a process of its own     line      that process, from outside
sound     what a stretch of sound is made of               hearing   what was heard, as it comes in
listener  follows a recording on disk                      timeline  a call, in seconds
verdict   how far the call came, and what that proves      probe     conducts
"""

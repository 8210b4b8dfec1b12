"""One call on pjsua2, in a disposable process of its own; told what to do, tells what happens, judges nothing.

Every pjsua2 call is made on one thread: from any other the library ends the process. The recording is written by
the library's own recorder, never by Python. Python objects outlive the call, and the process ends without the
library's own clean-up: both are known to hang up or end what they should not (pjproject issues 3856 and 4353).

Standard input, JSON lines: ``dial`` (once), ``press``, ``hang_up``; its end hangs up and ends the process.
Standard output, JSON lines, each with ``event`` and ``at`` (monotonic seconds, the machine's clock).
"""

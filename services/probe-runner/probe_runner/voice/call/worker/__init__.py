"""One call on pjsua2, in a disposable process of its own; told what to do, tells what happens, judges nothing.

Every pjsua2 call is made on one thread: from any other the library ends the process. The recording is written by
the library's own recorder, never by Python. Python objects outlive the call, and the process ends without the
library's own clean-up: both are known to hang up or end what they should not (pjproject issues 3856 and 4353).

``__main__`` is the template: it has the library loaded but not started, and is copied for each call. So a call's
process is there at once, shares the library's memory with all others, and takes nobody along when it dies.

A call's socket, JSON lines in: ``dial`` or ``answer`` (once), ``press``, ``say``, ``hang_up``; its end hangs up and
ends the process. JSON lines out, each with ``event`` and ``at`` (monotonic seconds, the machine's clock).
"""

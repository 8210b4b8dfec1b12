"""The template of all call processes: loads the library, and is copied for each call that is asked for.

Standard input is a socket (SOCK_SEQPACKET). Each message carries three descriptors: the call's own socket, a file
for what the library prints, and a socket for the birth: on it goes the new process' id with its pidfd, and when it
is over how it ended, as ``os.waitpid`` says it. When standard input ends, so does the template; the calls, whose own
sockets end at the same time, hang up first.
"""

from __future__ import annotations

import gc
import os
import selectors
import socket
from contextlib import suppress

from probe_runner.voice.call.worker.one_call import make_one_call
from probe_runner.voice.call.worker.wire import Wire

ORDER = b"call"
DESCRIPTORS = 3


class Template:
    """Makes copies of this process, and sees them to their end."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._events = selectors.DefaultSelector()
        self._events.register(orders, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until nobody is left to ask for calls."""
        while True:
            for key, _ in self._events.select():
                if key.fileobj is not self._orders:
                    self._bury(key)
                elif not self._take_order():
                    return

    def _take_order(self) -> bool:
        order, descriptors, _, _ = socket.recv_fds(self._orders, len(ORDER), DESCRIPTORS)
        if order and len(descriptors) == DESCRIPTORS:
            line, noise, birth = descriptors
            self._bear(line, noise, socket.socket(fileno=birth))
        return bool(order)

    def _bear(self, line: int, noise: int, birth: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError:  # no process to be had: the birth's socket ends without a word
            birth.close()
            pid = -1
        if pid == 0:
            self._become_a_call(line, noise)
        os.close(line)
        os.close(noise)
        if pid > 0:
            pidfd = os.pidfd_open(pid)  # it cannot be anybody else's: nobody but us collects it
            with suppress(OSError):
                socket.send_fds(birth, [b"%d" % pid], [pidfd])
            self._events.register(pidfd, selectors.EVENT_READ, (pid, birth))

    def _become_a_call(self, line: int, noise: int) -> None:
        os.setsid()
        os.dup2(line, 0)
        os.dup2(noise, 2)
        os.dup2(2, 1)  # whatever the library prints must not mix with the events
        own = os.dup(0)
        known = [key.fd for key in self._events.get_map().values()]
        os.closerange(own + 1, max(line, noise, *known) + 1)  # nothing of another call stays open in this one
        for descriptor in range(3, own):
            with suppress(OSError):
                os.close(descriptor)
        make_one_call(Wire(0, own))

    def _bury(self, key: selectors.SelectorKey) -> None:
        pid, birth = key.data
        self._events.unregister(key.fileobj)
        _, status = os.waitpid(pid, 0)
        os.close(key.fd)
        with suppress(OSError):
            birth.send(b"%d" % status)
        birth.close()


def main() -> None:
    """Load the library, and wait for orders."""
    gc.collect()
    gc.freeze()  # what is loaded by now stays: a collection in a copy would write to, and so copy, all of it
    orders = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    Template(orders).serve()


if __name__ == "__main__":
    main()

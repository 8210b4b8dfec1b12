"""Which source the received RTP comes from: the one thing that the Python binding does not give.

The library does, through ``pjmedia_stream_get_rtp_session_info`` (pjmedia, stream.h); its log does not, although it
has a line for it: the flag is cleared before it is looked at (pjmedia 2.15.1, ``pjmedia_rtp_session_update2``).
"""

from __future__ import annotations

import ctypes

import pjsua2 as pj


class _Session(ctypes.Structure):
    """``pjmedia_rtp_session`` (pjmedia, rtp.h)."""

    _fields_ = (
        ("out_hdr", ctypes.c_uint8 * 12),
        ("max_seq", ctypes.c_uint16),
        ("seq_ctrl", ctypes.c_uint32 * 4),
        ("out_pt", ctypes.c_uint16),
        ("out_extseq", ctypes.c_uint32),
        ("has_peer_ssrc", ctypes.c_int),
        ("peer_ssrc", ctypes.c_uint32),
        ("received", ctypes.c_uint32),
    )


class _Sessions(ctypes.Structure):
    """``pjmedia_stream_rtp_sess_info`` (pjmedia, stream.h)."""

    _fields_ = (
        ("rx_rtp", ctypes.POINTER(_Session)),
        ("tx_rtp", ctypes.POINTER(_Session)),
        ("rtcp", ctypes.c_void_p),
    )


_LIBRARY = ctypes.CDLL(pj._pjsua2.__file__)  # noqa: SLF001  the loaded library itself
_LIBRARY.pjmedia_stream_get_rtp_session_info.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Sessions))


class RtpSource:
    """Follows the source through all the streams of a call, of which there is one at a time."""

    def __init__(self) -> None:
        self._session: _Session | None = None
        self._stream = 0
        self._known = 0

    def created(self, stream: int) -> None:
        """The library has made a stream; ``stream``: its address."""
        sessions = _Sessions()
        if _LIBRARY.pjmedia_stream_get_rtp_session_info(stream, ctypes.byref(sessions)) == 0:
            self._stream, self._session = stream, sessions.rx_rtp.contents
            self._session.has_peer_ssrc = 0  # else it would keep to the source that was described, whatever comes

    def destroyed(self, stream: int) -> None:
        """The library is about to take the stream down; it must not be looked at again."""
        if stream == self._stream:
            self._session = None

    def changed(self) -> str:
        """Another source than before, in hexadecimal; empty while it is the same (RFC 3550, 8)."""
        now = self._session.peer_ssrc if self._session is not None and self._session.received else 0
        before, self._known = self._known, now or self._known
        return f"{now:08x}" if now and before and now != before else ""

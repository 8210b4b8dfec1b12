"""Asks from outside whether a SIP stack answers behind an address; it knows nothing of what stands there."""

from __future__ import annotations

import asyncio
import secrets

Address = tuple[str, int]


async def is_answering(address: Address, number: str, seconds: float = 1.0) -> bool:
    """Ask with OPTIONS (RFC 3261, 11) whether a SIP stack answers behind an address; any response is an answer."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Address) -> None:  # noqa: ARG002  the protocol's signature
            if data.startswith(b"SIP/2.0 ") and not answer.done():
                answer.set_result(True)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Ear, local_addr=(address[0], 0))
    host, port = transport.get_extra_info("sockname")
    name = secrets.token_hex(8)
    transport.sendto(
        "\r\n".join(
            [
                f"OPTIONS sip:{number}@{address[0]}:{address[1]} SIP/2.0",
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{name};rport",
                "Max-Forwards: 70",
                f"From: <sip:readiness@{host}:{port}>;tag={name}",
                f"To: <sip:{number}@{address[0]}:{address[1]}>",
                f"Call-ID: {name}",
                "CSeq: 1 OPTIONS",
                f"Contact: <sip:readiness@{host}:{port}>",
                "Content-Length: 0\r\n\r\n",
            ]
        ).encode(),
        address,
    )
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError:
        return False
    finally:
        transport.close()

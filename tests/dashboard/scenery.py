"""What a contact centre's board, calls and traces look like: targets, a transcript, a trace, a tone."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from shared.vocabulary import Channel, TargetCard

TARGETS = (
    TargetCard(
        id="ivr-pusat",
        name="IVR 1500600 Pusat",
        service_line="Layanan Pelanggan",
        channel=Channel.VOICE,
        address="sip:1500600@10.20.1.5",
        interval_s=1_800,
    ),
    TargetCard(
        id="ivr-gangguan",
        name="IVR 1500700 Gangguan",
        service_line="Pengaduan Gangguan",
        channel=Channel.VOICE,
        address="sip:1500700@10.20.1.5",
        interval_s=1_800,
    ),
    TargetCard(
        id="webchat",
        name="Web Chat pelanggan.id",
        service_line="Digital",
        channel=Channel.WEBCHAT,
        address="wss://pelanggan.id/chat",
        interval_s=1_800,
    ),
    TargetCard(
        id="whatsapp",
        name="WhatsApp Bot",
        service_line="Digital",
        channel=Channel.WHATSAPP,
        address="+62 811 1500 600",
        interval_s=3_600,
    ),
    TargetCard(
        id="telegram",
        name="Telegram @LayananBot",
        service_line="Digital",
        channel=Channel.TELEGRAM,
        address="@LayananBot",
        interval_s=3_600,
    ),
    TargetCard(
        id="email",
        name="E-mail bantuan@pelanggan.id",
        service_line="Back office",
        channel=Channel.EMAIL,
        address="bantuan@pelanggan.id",
        interval_s=3_600,
    ),
)

TRANSCRIPT = """\
00:00.4  IVR    Selamat datang di layanan pelanggan. Tekan satu untuk informasi, tekan sembilan untuk Agent.
00:07.1  UJI    [menekan 9]
00:07.4  IVR    Mohon tunggu, Anda akan terhubung ke Agent kami.
00:10.2  IVR    [musik tunggu]
00:13.9  AGENT  Selamat siang, dengan Rina, ada yang dapat dibantu?
00:15.1  UJI    Ini panggilan uji sistem. Terima kasih.
"""

TRACE = """\
10:31:02.113 > INVITE sip:1500600@10.20.1.5 SIP/2.0
10:31:02.118 < SIP/2.0 100 Trying
10:31:02.420 < SIP/2.0 180 Ringing
10:31:02.731 < SIP/2.0 200 OK
10:31:02.732 > ACK sip:1500600@10.20.1.5 SIP/2.0
10:31:18.902 > BYE sip:1500600@10.20.1.5 SIP/2.0
10:31:18.911 < SIP/2.0 200 OK
"""


def tone() -> bytes:
    """Three seconds of a telephone tone, as Ogg/Opus."""
    time = np.arange(48_000 * 3) / 48_000
    into = io.BytesIO()
    soundfile.write(into, 0.2 * np.sin(2 * np.pi * 425 * time), 48_000, format="OGG", subtype="OPUS")
    return into.getvalue()

"""Writes docs/accuracy.md: what the corpus is, what it cannot show, how to run it, and the figures just measured."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"

_ABOUT = """# How often the voice probe is right

`make accuracy` wrote this page; every figure below comes from that run, on the half of the corpus on which no rule was
tuned and no sound was learned. [voice.md](voice.md) says how a verdict is made.

## What the corpus is

- **Segments**: silence, comfort noise, ringback, busy and congestion of five countries, other tones, hold music, music
  with vocals, announcements over music, prompts that are known, speech, one word, two speakers, babble, noise.
- **Whole calls**: a far end in accelerated time that rings, answers, greets, hears the key (or does not), transfers,
  plays music and announcements, and in the end connects an agent, or nobody. The very code that judges a real call
  hears it in pieces of 0.2 s and presses the key; only SIP and RTP are not real.
- **Material**: recordings of five speakers and three pieces of hold music that people made (Asterisk's sounds, from
  Debian), and the synthesisers espeak-ng (Indonesian) and flite (English). Each call has its own contact centre, line
  (G.711 A or µ, GSM telephones, loss alone and in bursts, slips of the jitter buffer, noise, level, clipping, DC) and
  set of registered recordings.
- **Halves**: a speaker or a piece of music belongs to one half for ever. Rules are tuned on `train`; `unseen` reports.
- The same seed makes the same call. No sound is kept in the repository.

## How it is counted

- **false pass**: the agent leg passed, and nobody was there (of all calls that are answered and in which no agent
  comes). **too early**: passed before the agent was connected.
- **false fail**: the agent leg failed though an agent answers. **unsure**: inconclusive, which opens no ticket; it is
  neither, and counted on its own.
- Each call is judged twice: by a plan that wants proof, and by one with `is_probable_enough = true`.
- A cause is right when it is the one the scene names. Where a customer could not tell two apart (music and nobody:
  is nobody logged in, or are all busy?) either will do. Unsure is not right.
- Intervals are Wilson's, 95 %.

## What it cannot show

- Agents' voices are studio recordings or synthesised, made worse by script; nobody's real call is in it.
- The line is simulated; no real trunk, echo canceller or transcoder was in the way.
- Music with vocals is made: a voice whose syllables are held on notes, over music.
- Which scenes there are, and how often, was chosen by us: the rates are those of the corpus, not of a contact centre.
- Asterisk's recordings in French, Italian, Russian and Spanish say what a PBX says, not what agents say.

## Run it

    make accuracy                                             # both halves
    make accuracy ACCURACY="--half train --calls 60"          # a part, for tuning
    make accuracy ACCURACY="--only queue-voicemail --show"    # the story of each such call

It needs Debian's `asterisk-core-sounds-{en,es,fr,it,ru}-wav`, `asterisk-prompt-fr-armelle`,
`asterisk-prompt-it-menardi`, `asterisk-prompt-es-co`, `asterisk-moh-opsound-wav`, `espeak-ng` and `flite`; what is not
installed is named, left out, and the page is not written.
"""


def write_page(report: str) -> Path:
    """Write the page; gives its place."""
    PAGE.write_text(f"{_ABOUT}\n{report}")
    return PAGE

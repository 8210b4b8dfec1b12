"""The ear: what was heard, in the sound's own seconds. Knows no call, no clock and no rule.

sound       frames and features                     listener   follows a recording on disk
hearing     takes the sound in, says what was in it  strip      one label for every 20 ms
sorter      speech, music, other (weights: kinds)    tones      tones by frequency and cadence (tone_plan)
likeness    how alike two stretches are              places     where in a recording it could be
following   a recording, once found, to its end      repeats    what was heard before in this call
"""

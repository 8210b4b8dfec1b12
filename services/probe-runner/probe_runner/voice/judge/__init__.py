"""The judge: a call's timeline in, a judgement out. Pure rules; nothing passes without proof.

verdict   the four stages, in order                   judgement  what a stage says
network   was the call brought through                access     did the IVR greet, and hear the key
agent     did somebody come                           certainty  what each piece of evidence weighs
reading   a timeline, as the rules look at it         reasons    the findings, each with its second
measures  the figures                                 concerns   what is no longer good
"""

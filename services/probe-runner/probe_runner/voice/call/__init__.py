"""The call: a disposable process per call, forked from a template, and what is said and heard beside its sound.

switchboard  starts and ends the processes            line          one of them, from outside
worker/      the SIP stack, alone in there            dialling      a target's way there, for the worker
announcement what is said to an agent                 ami           Asterisk's events (agent_event: which are ours)
selfcall     a call to ourselves, to prove our line   starvation    whether our own machine was too busy to hear
"""

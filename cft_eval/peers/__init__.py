"""Other people's graders, each in a process that can be killed.

    response, reference ── a process with that grader ──> right, wrong or not decided

A grader may live in an environment of its own, where its pins clash with others'. What it runs is
others' code on hostile text, so no server ever asks one. Knows nothing of our own checker.
"""

from cft_eval.peers.process import PEERS, MissingPeer, PeerGrader, PeerVerdict, UnknownPeer

__all__ = ["PEERS", "MissingPeer", "PeerGrader", "PeerVerdict", "UnknownPeer"]

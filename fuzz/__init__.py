"""Attacks on dftrace: files and command lines made at random, each held to what dftrace promises.

    python -m fuzz --seconds 60 --seed 0
    python -m fuzz --seed 0 --only networks --round 17       the same cases again

One direction, from a number to a finding:

    seed, round ──rounds──▶ Case ──attacks──▶ files, command lines ──command──▶ Answer ──answers, oracles──▶ Finding

`campaign` deals rounds out to workers, processes that live on, so that a case takes milliseconds; `bounds` holds every
case to its time and memory; `failures` keeps what went wrong with the smallest files that showed it.
"""

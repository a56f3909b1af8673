"""`python -m fuzz`: attack for a while, say how it went, leave with 1 if anything gave way."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from fuzz.attacks import ATTACKS
from fuzz.campaign import Campaign
from fuzz.report import final, progress

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long; default 60")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random; default 0")
    parser.add_argument("--only", action="append", choices=list(ATTACKS), help="an attack; may stand several times")
    parser.add_argument("--round", type=int, help="this round alone of every attack chosen")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes; default one a core")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="the folder for what failed")
    return parser.parse_args()


def main() -> int:
    """Run the campaign."""
    given = arguments()
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    campaign = Campaign(tuple(given.only or ATTACKS), given.seed, given.keep.resolve(), given.jobs)
    for tally in campaign.rounds(given.seconds, only=given.round):
        progress(tally)
    return final(campaign.tally, given.keep)


if __name__ == "__main__":
    sys.exit(main())

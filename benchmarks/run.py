"""Measures what the documents claim about speed and memory, beside other programs, in one run.

    python benchmarks/run.py                   everything; writes docs/benchmarks.md, and the tables of ratios in
                                               docs/benchmarks-sequences.md (a quarter of an hour)
    python benchmarks/run.py --quick           small networks, few rounds
    python benchmarks/run.py --only forward    one kind of measurement; of `sequences` the tables go into their page

Needs the extra `bench` (make bench installs it). It imports nothing large itself: what is measured runs in processes.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import clicking
import compared
import convolution
import digits
import foreign
import forward
import judged
import memory
import profiled
import start_up
import threads
import traced
from machine import description
from options import Options
from pages import put
from processes import CLOCK, HERE, ROOT, Failed, python, run
from report import page, tables, terminal

if TYPE_CHECKING:
    from record import Record

MEASUREMENTS = {
    "start-up": start_up.measure,
    "forward": forward.measure,
    "sequences": forward.measure_sequences,
    "threads": threads.measure,
    "traced": traced.measure,
    "compared": compared.measure,
    "judged": judged.measure,
    "digits": digits.measure,
    "convolution": convolution.measure,
    "memory": memory.measure,
    "foreign": foreign.measure,
    "page": clicking.measure,
    "profile": profiled.measure,
}
ALONE = "no passes on several threads, and the processor's time for the clock's: for a machine that others use"
DOCUMENT = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure, show, and write the page if everything was measured."""
    arguments = _arguments()
    if arguments.one_thread:
        os.environ[CLOCK] = "process_time"
    options = Options(arguments.quick, arguments.digits, arguments.one_thread)
    networks = options.sequences + (() if arguments.only == ["sequences"] else options.networks)
    print("preparing parameters, models and inputs in build/benchmarks ...", file=sys.stderr)
    try:
        run(python(str(HERE / "prepare.py"), *(network.name for network in networks)))
    except Failed as failure:
        sys.exit(f"{failure}\nhint: `make bench` installs what is needed")
    records: list[Record] = []
    failures = []
    for name in arguments.only or MEASUREMENTS:
        print(f"measuring {name} ...", file=sys.stderr)
        try:
            for record in MEASUREMENTS[name](options):
                records.append(record)
                print(terminal([record]).splitlines()[-1], file=sys.stderr)
        except Failed as failure:
            failures.append(f"{name}: {failure}")
            print(failures[-1], file=sys.stderr)
    machine = description()
    print("\n".join([*machine, terminal(records)]))
    document = arguments.output or (None if arguments.quick or arguments.only else DOCUMENT)
    if document:
        document.write_text(page(records, machine, failures), encoding="utf-8")
    if sequences := [] if arguments.quick else [record for record in records if "equences" in record.group]:
        put(tables(sequences, machine, "### "), "run.py")
    return bool(failures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small networks, few rounds")
    parser.add_argument("--one-thread", action="store_true", help=ALONE)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="one kind; may be repeated")
    parser.add_argument("--digits", type=Path, metavar="mnist.npz", help="an .npz with x_test, 10,000 x 28 x 28")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page here, whatever was measured")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for all programs alike; torch and ONNX Runtime do not use it
    sys.exit(main())

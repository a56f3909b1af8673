"""Saved profiles as arguments of commands that take other things as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from dataflow_cli.profile.model import Profile


def are_profiles(a: str, b: str) -> bool:
    """Whether two files are saved profiles. Raises InputError if one alone is."""
    found = [_is_profile(side) for side in (a, b)]
    if any(found) and not all(found):
        one, other = (a, b) if found[0] else (b, a)
        message = f"{printable(one)} is a saved profile, {printable(other)} is none"
        raise InputError(message, hint="write one: dftrace profile NET -i DATA --save PROFILE.npz")
    return all(found)


def _is_profile(side: str) -> bool:
    from dataflow_cli.profile.saved import is_saved_profile

    return side != "-" and is_saved_profile(side)


def both_profiles(a: str, b: str) -> tuple[Profile, Profile]:
    """The profiles of two files. Raises InputError for one that is damaged."""
    from dataflow_cli.profile.saved import load_profile

    return load_profile(a), load_profile(b)

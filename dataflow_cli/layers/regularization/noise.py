"""Noise and penalties that training adds, and the identity: afterwards out = in."""

from __future__ import annotations

from typing import ClassVar

from dataflow_cli.layers.fields import Number, option
from dataflow_cli.layers.regularization.hands_on import HandsOn
from dataflow_cli.records import dataclass


@dataclass(frozen=True, kw_only=True)
class GaussianNoise(HandsOn):
    """Adds normal noise in training; after it, the identity."""

    type: ClassVar[str] = "gaussian_noise"
    only: ClassVar[str] = "noise is added in training only"
    stddev: float = option(Number(0), "the standard deviation of what training adds")


@dataclass(frozen=True, kw_only=True)
class GaussianDropout(HandsOn):
    """Multiplies by normal noise around 1 in training; after it, the identity."""

    type: ClassVar[str] = "gaussian_dropout"
    only: ClassVar[str] = "it is multiplied by noise in training only"
    rate: float = option(Number(0, maximum=1), "as strong as dropping this part: deviation sqrt(rate / (1 - rate))")


@dataclass(frozen=True, kw_only=True)
class ActivityRegularization(HandsOn):
    """Adds the size of what passes to the loss in training; after it, the identity."""

    type: ClassVar[str] = "activity_regularization"
    only: ClassVar[str] = "it counts in the loss of training only"
    l1: float = option(Number(0), "how much absolute values count in the loss", 0)
    l2: float = option(Number(0), "how much squares count in the loss", 0)


@dataclass(frozen=True, kw_only=True)
class Identity(HandsOn):
    """The input as it is."""

    type: ClassVar[str] = "identity"
    note: ClassVar[str] = ""
    only: ClassVar[str] = "the identity"

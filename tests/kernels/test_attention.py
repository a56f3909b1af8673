"""Attention beside its formula: moderate and large scores, keys that are not seen, queries that see none."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.kernels.attention import MODERATE, Visible, attend
from dataflow_cli.kernels.heads import Projection, heads_job
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.running.epilogue import Stage

SAMPLES, QUERIES, KEYS, GROUPS, HEADS, WIDTH = 2, 5, 7, 2, 4, 3


def three(rng, size):
    shapes = (SAMPLES, QUERIES, HEADS, WIDTH), (SAMPLES, KEYS, GROUPS, WIDTH), (SAMPLES, KEYS, GROUPS, WIDTH)
    q, k, v = (rng.standard_normal(shape) for shape in shapes)
    return q * size, k, v


def expected(q, k, v, seen, *, blind_takes):
    """One query and head after the other."""
    found = np.zeros((*q.shape[:3], v.shape[-1]))
    for sample, query, head in np.ndindex(*q.shape[:3]):
        group, there = head * k.shape[2] // q.shape[2], seen[query]
        if there.any():
            scores = k[sample, there, group] @ q[sample, query, head]
            weights = np.exp(scores - scores.max())
            found[sample, query, head] = weights / weights.sum() @ v[sample, there, group]
        elif blind_takes:
            found[sample, query, head] = v[sample, :, group].mean(axis=0)
    return found


@pytest.mark.parametrize("size", [1.0, 1e3])
@pytest.mark.parametrize("blind_takes", [False, True])
@pytest.mark.parametrize(
    "fields", [{}, {"causal": True}, {"causal": True, "offset": 2}, {"before": 1, "behind": 0, "offset": 4}]
)
def test_what_queries_take(size, fields, *, blind_takes):
    """With scores whose largest is taken off before their exponentials, and with those where that changes nothing."""
    q, k, v = three(np.random.default_rng(3), size)
    assert (np.abs(np.einsum("nthk,nshk->nhts", q[:, :, ::2], k)).max() < MODERATE) == (size == 1)
    apart = np.arange(QUERIES)[:, None] + fields.get("offset", 0) - np.arange(KEYS)
    seen = (apart >= 0) | (not fields.get("causal", False))
    seen &= (apart <= fields.get("before", KEYS)) & (-apart <= fields.get("behind", KEYS))
    found = attend((q, k, v), 1.0, Visible(**fields, blind_takes=blind_takes))
    np.testing.assert_allclose(found, expected(q, k, v, seen, blind_takes=blind_takes), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_projections_take_from_one_another_again_and_again(threads):
    """With other numbers in the same arrays; what a job works out on its way is another's memory afterwards."""
    rng = np.random.default_rng(5)
    x, other = rng.standard_normal((SAMPLES, KEYS, 6)), rng.standard_normal((SAMPLES * KEYS, 8))
    kernels, biases = rng.standard_normal((3, 6, HEADS, WIDTH)), rng.standard_normal((3, HEADS, WIDTH))
    last = rng.standard_normal((HEADS * WIDTH, 8))
    parts = {name: Projection(x, kernel, bias) for name, kernel, bias in zip("qkv", kernels, biases, strict=True)}
    with running(threads=threads, keep=True) as engine:
        jobs = [heads_job(parts, 0.5, Visible(), (last, [Stage(other=other)], None), engine=engine) for _ in range(2)]
        for _ in range(2):
            x[...] = rng.standard_normal(x.shape)
            q, k, v = (np.tensordot(x, kernel, 1) + bias for kernel, bias in zip(kernels, biases, strict=True))
            seen = np.ones((KEYS, KEYS), bool)
            known = expected(q * 0.5, k, v, seen, blind_takes=True).reshape(len(other), -1) @ last + other
            for job in jobs:
                np.testing.assert_allclose(job.done(), known, rtol=1e-10, atol=1e-10)

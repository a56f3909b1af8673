"""What Keras' operations and PyTorch's functions compute, where neither has a layer with our fields: by our kind."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
F = torch.nn.functional


def channels_first(function):
    """A function of PyTorch, which has the channels first, for arrays that have them last."""
    return lambda x: torch.movedim(function(torch.movedim(x, -1, 1)), 1, -1)


PICTURE, SIGNAL = (4, 6, 8), (5, 3)

CHOSEN = [2, 0, 2]

SHAPES = {
    "transpose": [
        ({}, [(2, 3, 4)], lambda x: x.permute(0, 3, 2, 1)),
        ({"dims": [2, 1]}, [SIGNAL], lambda x: x.mT),
    ],
    "squeeze": [
        ({"axis": axis}, [(1, 3, 1)], lambda x, axis=axis: torch.squeeze(x, axis)) for axis in (1, 3, -1, (1, 3))
    ],
    "expand_dims": [
        ({"axis": axis}, [SIGNAL], lambda x, axis=axis: torch.unsqueeze(x, axis)) for axis in (1, 2, 3, -1)
    ],
    "slice": [
        ({"starts": [1, -2]}, [SIGNAL], lambda x: x[:, 1:, -2:]),
        ({"starts": [0, None], "ends": [-1, 2], "steps": [3, 1]}, [SIGNAL], lambda x: x[:, 0:-1:3, :2]),
        ({"starts": None, "steps": -1}, [SIGNAL], lambda x: torch.flip(x, [1])),
    ],
    "gather": [
        (
            {"indices": [2, 0, 2], "axis": axis},
            [(3, 4, 5)],
            lambda x, axis=axis: x.index_select(axis, torch.tensor([2, 0, 2])),
        )
        for axis in (1, 2, 3, -1)
    ],
    "tile": [({"repeats": [2, 1, 3]}, [(2, 3, 2)], lambda x: x.repeat(1, 2, 1, 3))],
    "depth_to_space": [
        ({"block_size": 2, "mode": "CRD"}, [PICTURE], channels_first(lambda x: F.pixel_shuffle(x, 2))),
    ],
    "space_to_depth": [
        ({"block_size": 2, "mode": "CRD"}, [PICTURE], channels_first(lambda x: F.pixel_unshuffle(x, 2))),
    ],
    "stack": [({"axis": axis}, [SIGNAL] * 3, lambda *x, axis=axis: torch.stack(x, axis)) for axis in (1, 2, -1)],
    "pad": [
        (
            {"padding": [[2, 1], [0, 3]], "mode": ours} | more,
            [PICTURE],
            channels_first(lambda x, theirs=theirs, more=more: F.pad(x, (0, 3, 2, 1), theirs, *more.values())),
        )
        for ours, theirs, more in (
            ("constant", "constant", {"constant_values": 7}),
            ("reflect", "reflect", {}),
            ("edge", "replicate", {}),
            ("wrap", "circular", {}),
        )
    ],
}

NORMS = {
    "lrn": [
        (
            {"size": size, "alpha": alpha, "beta": 0.6, "k": 2},
            [PICTURE],
            channels_first(lambda x, size=size, alpha=alpha: F.local_response_norm(x, size, alpha, 0.6, 2)),
        )
        for size in (1, 3, 5, 7)
        for alpha in (0.5, 2)
    ],
    "layer_scale": [({"init_values": 0.1}, [PICTURE], lambda x: 0.1 * x)],
}


def pools(rank):
    """Pooling with what Keras' layers do not have."""
    shapes = [(*(7, 6, 8)[3 - rank :], 2)]
    largest, size = getattr(F, f"max_pool{rank}d"), getattr(F, f"lp_pool{rank}d")
    return {
        f"max_pooling{rank}d": [
            (
                {"pool_size": 3, "strides": strides, "dilation_rate": 2, "padding": 1},
                shapes,
                channels_first(lambda x, strides=strides: largest(x, 3, strides, 1, dilation=2)),
            )
            for strides in (1, 2)
        ],
        f"lp_pooling{rank}d": [
            (
                {"pool_size": 3, "strides": strides, "p": p},
                shapes,
                channels_first(lambda x, p=p, strides=strides: size(x, p, 3, strides)),
            )
            for p in (2, 4)
            for strides in (1, 2, None)
        ],
    }


def interpolated(size, **how):
    """PyTorch's resizing of pictures."""
    return channels_first(lambda x: F.interpolate(x, size, **how))


def by_pillow(size, how):
    """Pillow's, channel by channel; it always widens the filter where a picture gets smaller."""

    def resized(x):
        planes = [[Image.fromarray(plane).resize(size[::-1], how) for plane in one.numpy()] for one in x]
        return torch.from_numpy(np.array([[np.array(plane) for plane in one] for one in planes]))

    return channels_first(resized)


TORCH_CUBIC = {"interpolation": "bicubic", "cubic_coeff_a": -0.75, "exclude_outside": False}
ALIGNED = {"coordinate_transformation_mode": "align_corners"}
TORCH_NEAREST = {"interpolation": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
RESIZED = {
    "resizing": [
        ({"height": size[0], "width": size[1]} | fields, [PICTURE], function(size))
        for size in ((3, 5), (9, 14), (1, 1), (5, 6))
        for fields, function in (
            (TORCH_CUBIC, lambda size: interpolated(size, mode="bicubic")),
            (TORCH_CUBIC | ALIGNED, lambda size: interpolated(size, mode="bicubic", align_corners=True)),
            (ALIGNED, lambda size: interpolated(size, mode="bilinear", align_corners=True)),
            (TORCH_NEAREST, lambda size: interpolated(size, mode="nearest")),
            ({"interpolation": "lanczos3", "antialias": True}, lambda size: by_pillow(size, Image.Resampling.LANCZOS)),
        )
    ],
    "up_sampling2d": [
        (
            {"size": 3, "interpolation": ours},
            [PICTURE],
            by_pillow((3 * PICTURE[0], 3 * PICTURE[1]), theirs),
        )
        for ours, theirs in (("bicubic", Image.Resampling.BICUBIC), ("lanczos3", Image.Resampling.LANCZOS))
    ],
}

POOLS = pools(1) | pools(2) | pools(3)

ELEMENTWISE = {
    kind: [({}, [PICTURE], getattr(torch, kind))]
    for kind in (
        "square",
        "exp",
        "abs",
        "negative",
        "reciprocal",
        "sin",
        "cos",
        *("tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh"),
        "floor",
        "ceil",
        "round",
        "sign",
        "erf",
    )
}
ELEMENTWISE |= {
    "sqrt": [({}, [PICTURE], torch.sqrt)],
    "log": [({}, [PICTURE], torch.log)],
    "power": [
        *[({"exponent": n}, [PICTURE], lambda x, n=n: torch.pow(x, n)) for n in (0, 1, 2, 3)],
        ({}, [PICTURE, (1, 1, 8)], torch.pow),
    ],
    "clip": [({"min_value": -1, "max_value": 2}, [PICTURE], lambda x: torch.clamp(x, -1, 2))],
}
TWO = [PICTURE, (1, 6, 1)]
PAIRS = {
    "divide": [({}, TWO, torch.div)],
    "mod": [({}, TWO, torch.remainder)],
    "greater": [({}, TWO, lambda x, y: torch.gt(x, y).float())],
    "greater_equal": [({}, [PICTURE] * 2, lambda x, y: torch.ge(x, y).float())],
    "less": [({}, TWO, lambda x, y: torch.lt(x, y).float())],
    "less_equal": [({}, TWO, lambda x, y: torch.le(x, y).float())],
    "equal": [({}, TWO, lambda x, y: torch.eq(x, y).float())],
    "not_equal": [({}, TWO, lambda x, y: torch.ne(x, y).float())],
    "where": [({}, [PICTURE, *TWO], lambda c, x, y: torch.where(c != 0, x, y))],
    "reduce_product": [({"axis": 2, "keepdims": True}, [PICTURE], lambda x: torch.prod(x, 2, keepdim=True))],
    "argmax": [
        ({"axis": 1}, [PICTURE], lambda x: x.argmax(1).float()),
        ({}, [PICTURE], lambda x: x.flatten(1).argmax(1).float()),
    ],
    "argmin": [({"axis": 3, "keepdims": True}, [PICTURE], lambda x: x.argmin(3, keepdim=True).float())],
    "cast": [
        ({"dtype": dtype}, [PICTURE], lambda x, dtype=dtype: x.to(getattr(torch, dtype)).float())
        for dtype in ("bool", "int8", "int32", "int64", "float16", "bfloat16", "float32")
    ],
}
REDUCTIONS = {
    f"reduce_{kind}": [
        (
            {"axis": axis, "keepdims": keep},
            [PICTURE],
            lambda x, axis=axis, keep=keep, function=function: function(x, dim=axis, keepdim=keep),
        )
        for axis in ((1,), (3,), (1, 2), (1, 2, 3))
        for keep in (True, False)
    ]
    for kind, function in {
        "sum": torch.sum,
        "mean": torch.mean,
        "max": torch.amax,
        "min": torch.amin,
        "norm": torch.linalg.vector_norm,
    }.items()
}

CASES = [
    (kind, *case)
    for family in (SHAPES, RESIZED, POOLS, NORMS, ELEMENTWISE, PAIRS, REDUCTIONS)
    for kind, cases in family.items()
    for case in cases
]


def of(function, inputs):
    """What PyTorch makes of arrays."""
    return function(*(torch.from_numpy(np.array(x)) for x in inputs)).detach().numpy()

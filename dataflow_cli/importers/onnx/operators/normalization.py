"""Normalizations: by moments of training, or along axes of every sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.constants import Constant
    from dataflow_cli.importers.onnx.held import Held

_EPSILON = 1e-5
_PARAMETERS = ("gamma", "beta", "moving_mean", "moving_variance")


def batch(call: Call) -> Held:
    """BatchNormalization, as it works after training, in every version."""
    if call.attribute("training_mode", 0):
        raise FieldError("it is in training mode, and takes its moments from the minibatch at hand", hint=EVALUATED)
    if not call.attribute("spatial", 1):
        raise FieldError("it has moments for every place (spatial: 0), which dftrace does not")
    held = call.tensor(0)
    if held.batch is None and not held.root and held.rank == 2:  # rows of one sample, such as its tokens
        where = {"axis": held.keras_axis(1)}
    else:
        held = call.each(0)
        where = _axis(call, held)
    channels = (held.shape[1],) if held.rank > 1 else (1,)
    parameters = {name: _of(call, place + 1, name, channels) for place, name in enumerate(_PARAMETERS)}
    fields = {**where, "epsilon": call.number("epsilon", _EPSILON)}
    return call.layer("batch_normalization", fields, [held], parameters)


EVALUATED = "export the model in evaluation mode: model.eval()"


def instance(call: Call) -> Held:
    """InstanceNormalization: a group for every channel."""
    held = call.sampled(0)
    channels = (held.shape[1],)
    parameters = {name: _of(call, place + 1, name, channels) for place, name in enumerate(("gamma", "beta"))}
    fields = {"groups": -1, **_axis(call, held), "epsilon": call.number("epsilon", _EPSILON)}
    return call.layer("group_normalization", fields, [held], parameters)


def group(call: Call) -> Held:
    """GroupNormalization; before version 21 of the operations it had a factor for every group."""
    held = call.sampled(0)
    groups, channels = call.attribute("num_groups", 1), held.shape[1]
    parameters = {}
    for place, name in enumerate(("gamma", "beta")):
        constant = call.constant(place + 1, name)
        if constant.count == groups != channels:
            constant = constant.changed(lambda array: array.repeat(channels // groups), (channels,))
        parameters[name] = constant
    fields = {"groups": groups, **_axis(call, held), "epsilon": call.number("epsilon", _EPSILON)}
    return call.layer("group_normalization", fields, [held], parameters)


def layer(call: Call) -> tuple[Held, ...]:
    """LayerNormalization: along the last axes; the moments that it takes only where somebody wants them."""
    held = call.tensor(0)
    axes, sizes = _last(call, held)
    parameters = {"gamma": _of(call, 1, "scale", sizes)}
    if call.has(2):
        parameters["beta"] = _of(call, 2, "bias", sizes)
    epsilon = call.number("epsilon", _EPSILON)
    fields = {**axes, "center": call.has(2), "epsilon": epsilon}
    found = call.layer("layer_normalization", fields, [held], parameters)
    return found, *(_moments(call, held, epsilon) if call.is_wanted(1) or call.is_wanted(2) else ())


def _moments(call: Call, held: Held, epsilon: float) -> tuple[Held, Held]:
    """The mean, and one over the standard deviation."""
    axes = held.keras_axes(range(counted(call.attribute("axis", -1), held.rank), held.rank))
    over = {"axis": axes, "keepdims": True}
    outputs = [*call.node.outputs, "", ""]
    mean = call.layer("reduce_mean", over, [held], behind="_mean", gives=outputs[1])
    found = call.layer("subtract", {}, [held, mean], behind="_centered", gives="")
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("square", {}),
        ("reduce_mean", over),
        ("rescaling", {"scale": [1], "offset": [epsilon]}),
        ("sqrt", {}),
    )
    for kind, fields in steps:
        found = call.layer(kind, fields, [found], behind=f"_{kind}", gives="")
    return mean, call.layer("reciprocal", {}, [found], behind="_reciprocal", gives=outputs[2])


def root_mean_square(call: Call) -> Held:
    """RMSNormalization: along the last axes."""
    held = call.tensor(0)
    axes, sizes = _last(call, held)
    fields = {**axes, "epsilon": call.number("epsilon", _EPSILON)}
    return call.layer("rms_normalization", fields, [held], {"scale": _of(call, 1, "scale", sizes)})


def response(call: Call) -> Held:
    """LRN."""
    held = call.sampled(0)
    fields = {
        "size": call.attribute("size", 5),
        "alpha": call.number("alpha", 1e-4),
        "beta": call.number("beta", 0.75),
        "k": call.number("bias", 1.0),
    }
    return call.layer("lrn", fields, [held])


def length(call: Call) -> Held:
    """LpNormalization: divided by the length along an axis."""
    if call.attribute("p", 2) != 2:
        raise FieldError(f"`p: {call.attribute('p')}` is not there in dftrace, only 2")
    held = call.tensor(0)
    return call.layer("unit_normalization", {"axis": [held.keras_axis(call.axis(-1, held))]}, [held])


def _axis(call: Call, held: Held) -> dict[str, Any]:
    """The axis of the channels, which are the second there, where the kind would look for them elsewhere."""
    expected = 0 if call.channels_first else held.rank - 2
    return {} if expected == 0 or held.rank < 2 else {"axis": 1}


def _last(call: Call, held: Held) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The axes from one to the last as a field, where it is not what stands for it anyway, and their sizes."""
    first = counted(call.attribute("axis", -1), held.rank)
    axes = held.keras_axes(range(first, held.rank))
    sizes = held.shape[first:]
    if not is_known(sizes):
        raise FieldError("the sizes of the axes that it normalizes are not known")
    plain = axes == [len(held.sample)] and (not call.channels_first or len(held.sample) == 1)
    return ({} if plain else {"axis": axes}), sizes


def _of(call: Call, place: int, name: str, shape: tuple[int, ...]) -> Constant:
    """A parameter of this shape; one number stands for all."""
    constant = call.constant(place, name)
    count = 1
    for size in shape:
        count *= size
    if constant.count == count:
        return constant.reshaped(shape)
    if constant.count == 1:
        from dataflow_cli.lazy import np

        return constant.changed(lambda array: np.broadcast_to(array.reshape(()), shape), shape)
    raise FieldError(f"its {name} has shape {list(constant.shape)}, where {list(shape)} is needed")

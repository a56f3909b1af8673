"""What to do about layers of Keras' that can be no layers here: text, and code that nobody but its author can run."""

from __future__ import annotations

BEHIND = (
    "save the part behind it, and give it the numbers that this layer makes: "
    "keras.Model(model.get_layer(NEXT).input, model.outputs).save('part.keras')"
)
_CODE = (
    "it holds code, which dftrace never runs",
    f"write what it computes with layers or keras.ops, which are read; or {BEHIND}",
)
_TEXT = ("it looks words up, and dftrace takes numbers", BEHIND)
_TORCH = (
    "it holds a module of PyTorch's, whose code dftrace never runs",
    "write the module as layers of a network file with `framework: torch`, and save its state_dict() for it",
)
_JAX = (
    "it holds a function of JAX', which dftrace never runs",
    "write what it computes as layers of a network file, and save its arrays for it with numpy.savez",
)
_SAVED = (
    "it stands for a SavedModel in another folder",
    "convert that one, and import it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
)
ADVICE = {
    **dict.fromkeys(("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"), _CODE),
    **dict.fromkeys(("TextVectorization", "StringLookup", "Hashing", "HashedCrossing"), _TEXT),
    "TorchModuleWrapper": _TORCH,
    **dict.fromkeys(("JaxLayer", "FlaxLayer"), _JAX),
    "TFSMLayer": _SAVED,
}
"""By class: why there is none, and what leads on."""

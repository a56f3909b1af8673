"""Outline -> a drawing in any view and format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.outline import Outline
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Scene
    from dataflow_cli.shapes import Array

_HERE = __package__
_WRITERS = {"svg": "svg.svg_text", "png": "png.png_bytes"}
_GRAPHS = {"dot": "dot.dot_text", "mermaid": "mermaid.mermaid_text"}
_SCENES = {"boxes": "boxes.boxes_scene", "volumes": "volumes.volumes_scene"}


def drawn(outline: Outline, form: str, view: str, look: Look, kernels: Mapping[str, Array]) -> str | bytes:
    """The drawing: text, or the bytes of a PNG. `kernels` are the weights of neurons. Raises OutputError."""
    if form in _GRAPHS:
        graph: str = imported(f"{_HERE}.{_GRAPHS[form]}")(outline, look)
        return graph
    written: str | bytes = imported(f"{_HERE}.{_WRITERS[form]}")(_scene(outline, view, look, kernels))
    return written


def _scene(outline: Outline, view: str, look: Look, kernels: Mapping[str, Array]) -> Scene:
    if view == "neurons":
        from dataflow_cli.render.diagram.neurons import neurons_scene

        return neurons_scene(outline, kernels, look)
    scene: Scene = imported(f"{_HERE}.{_SCENES[view]}")(outline, look)
    return scene

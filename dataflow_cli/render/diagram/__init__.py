"""Drawings of networks: what stands in them and what takes from what.

    Outline ──boxes, volumes, neurons──▶ Scene ──svg──▶ text
        │           (layout)                └────png──▶ bytes
        └──line, dot, mermaid──▶ text

An `Outline` (of the ground floor) is plain data; a `Scene` (scene.py) is plain geometry, measured before anything is
written. layout.py places boxes in ranks and leads the lines around them; look.py says what a drawing looks like.
"""

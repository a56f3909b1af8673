"""Pictures of what flows: plan, then lay out, then draw.

    Trace ──plan──▶ Picture ──sheet──▶ Sheet ──png──▶ bytes
                        │                └────svg──▶ text
                        └──terminal──▶ lines

A `Picture` (model.py) is plain data: rows of panels with pixels, bars and curves. What a tensor becomes stands in one
file a kind: photo, mosaic, barcode, bars, plot, kernels. How values become colors stands in scale.py and colormaps.py.
"""

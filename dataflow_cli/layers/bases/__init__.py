"""Rules that several families share: windows, spatial axes, activations, tiles."""

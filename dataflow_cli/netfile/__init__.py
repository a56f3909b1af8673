"""Text becomes a located, checked description: every value knows where it stands."""

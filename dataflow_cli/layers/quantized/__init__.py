"""Layers that compute with whole numbers of few bits, by ONNX's rules: to them, from them, and sums of products."""

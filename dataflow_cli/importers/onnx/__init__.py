"""ONNX models as descriptions of networks: read by our own reader, so that nothing else need be installed."""

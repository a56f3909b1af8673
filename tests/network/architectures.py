"""Well-known networks, written with blocks, and what the papers and libraries say of them."""

from __future__ import annotations

MNIST = """\
dftrace: 1
name: mnist-cnn
input: [28, 28, 1]
layers:
  - {type: conv2d, filters: 32, kernel_size: 3, activation: relu}
  - {type: conv2d, filters: 64, kernel_size: 3, activation: relu}
  - {type: max_pooling2d, pool_size: 2}
  - flatten
  - {type: dense, units: 128, activation: relu}
  - {type: dense, units: 10, activation: softmax}
"""

VGG16 = """\
dftrace: 1
name: vgg16
input: [224, 224, 3]
blocks:
  conv:
    params: {filters: 64}
    layers: [{type: conv2d, filters: $filters, kernel_size: 3, padding: same, activation: relu}]
layers:
  - {type: block, use: conv, repeat: 2}
  - max_pooling2d
  - {type: block, use: conv, repeat: 2, with: {filters: 128}}
  - max_pooling2d
  - {type: block, use: conv, repeat: 3, with: {filters: 256}}
  - max_pooling2d
  - {type: block, use: conv, repeat: 3, with: {filters: 512}}
  - max_pooling2d
  - {type: block, use: conv, repeat: 3, with: {filters: 512}}
  - max_pooling2d
  - flatten
  - {type: dense, units: 4096, activation: relu}
  - {type: dense, units: 4096, activation: relu}
  - {type: dense, units: 1000, activation: softmax}
"""

RESNET50 = """\
dftrace: 1
name: resnet50
input: [224, 224, 3]
blocks:
  main:
    params: {filters: 64, wide: 256, strides: 1}
    layers:
      - {type: conv2d, filters: $filters, kernel_size: 1, strides: $strides}
      - {type: batch_normalization, epsilon: 1.001e-5}
      - relu
      - {type: conv2d, filters: $filters, kernel_size: 3, padding: same}
      - {type: batch_normalization, epsilon: 1.001e-5}
      - relu
      - {type: conv2d, filters: $wide, kernel_size: 1}
      - {type: batch_normalization, epsilon: 1.001e-5}
  identity:
    params: {filters: 64, wide: 256}
    layers:
      - {type: block, use: main, name: main, with: {filters: $filters, wide: $wide}}
      - {type: add, inputs: [input, main], activation: relu}
  stage:
    params: {filters: 64, wide: 256, strides: 2}
    layers:
      - {type: conv2d, filters: $wide, kernel_size: 1, strides: $strides}
      - {type: batch_normalization, name: shortcut, epsilon: 1.001e-5}
      - {type: block, use: main, name: main, inputs: input,
         with: {filters: $filters, wide: $wide, strides: $strides}}
      - {type: add, inputs: [shortcut, main], activation: relu}
layers:
  - {type: zero_padding2d, padding: 3}
  - {type: conv2d, filters: 64, kernel_size: 7, strides: 2}
  - {type: batch_normalization, epsilon: 1.001e-5}
  - relu
  - {type: zero_padding2d, padding: 1}
  - {type: max_pooling2d, pool_size: 3, strides: 2}
  - {type: block, use: stage, with: {strides: 1}}
  - {type: block, use: identity, repeat: 2}
  - {type: block, use: stage, with: {filters: 128, wide: 512}}
  - {type: block, use: identity, repeat: 3, with: {filters: 128, wide: 512}}
  - {type: block, use: stage, with: {filters: 256, wide: 1024}}
  - {type: block, use: identity, repeat: 5, with: {filters: 256, wide: 1024}}
  - {type: block, use: stage, with: {filters: 512, wide: 2048}}
  - {type: block, use: identity, repeat: 2, with: {filters: 512, wide: 2048}}
  - global_average_pooling2d
  - {type: dense, units: 1000, activation: softmax}
"""

MOBILENETV2 = """\
dftrace: 1
name: mobilenetv2
input: [224, 224, 3]
blocks:
  norm:
    layers:
      - {type: batch_normalization, epsilon: 1e-3}
      - {type: relu, max_value: 6}
  depth:
    params: {filters: 24, strides: 1}
    layers:
      - {type: depthwise_conv2d, kernel_size: 3, strides: $strides, padding: same, use_bias: false}
      - {type: block, use: norm}
      - {type: conv2d, filters: $filters, kernel_size: 1, use_bias: false}
      - {type: batch_normalization, epsilon: 1e-3}
  step:
    params: {wide: 96, filters: 24, strides: 1}
    layers:
      - {type: conv2d, filters: $wide, kernel_size: 1, use_bias: false}
      - {type: block, use: norm}
      - {type: block, use: depth, with: {filters: $filters, strides: $strides}}
  residual:
    params: {wide: 96, filters: 24}
    layers:
      - {type: block, use: step, name: step, with: {wide: $wide, filters: $filters}}
      - {type: add, inputs: [input, step]}
layers:
  - {type: conv2d, filters: 32, kernel_size: 3, strides: 2, padding: same, use_bias: false}
  - {type: block, use: norm}
  - {type: block, use: depth, with: {filters: 16}}
  - {type: block, use: step, with: {wide: 96, filters: 24, strides: 2}}
  - {type: block, use: residual, with: {wide: 144, filters: 24}}
  - {type: block, use: step, with: {wide: 144, filters: 32, strides: 2}}
  - {type: block, use: residual, repeat: 2, with: {wide: 192, filters: 32}}
  - {type: block, use: step, with: {wide: 192, filters: 64, strides: 2}}
  - {type: block, use: residual, repeat: 3, with: {wide: 384, filters: 64}}
  - {type: block, use: step, with: {wide: 384, filters: 96}}
  - {type: block, use: residual, repeat: 2, with: {wide: 576, filters: 96}}
  - {type: block, use: step, with: {wide: 576, filters: 160, strides: 2}}
  - {type: block, use: residual, repeat: 2, with: {wide: 960, filters: 160}}
  - {type: block, use: step, with: {wide: 960, filters: 320}}
  - {type: conv2d, filters: 1280, kernel_size: 1, use_bias: false}
  - {type: block, use: norm}
  - global_average_pooling2d
  - {type: dense, units: 1000, activation: softmax}
"""

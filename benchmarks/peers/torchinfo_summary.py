"""What one would write to count a torch network."""

from mnist_cnn import model
from torchinfo import summary

print(summary(model, input_size=(1, 1, 28, 28)))

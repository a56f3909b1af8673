"""What the commands share: options, help, streams, completion, progress."""

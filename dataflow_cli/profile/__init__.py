"""A network over a whole data set: chunk by chunk, merged in order, the same bits for any number of workers."""

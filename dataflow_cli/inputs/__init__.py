"""Where data comes from: pictures, arrays, text, numbers on the command line; and how it becomes what a network takes.

One format is one file. Which one reads is decided by the first bytes, never by the name: `formats` holds the table.
`dataset` makes samples of files, `preprocess` makes minibatches of samples, `checks` warns of what looks wrong.
"""

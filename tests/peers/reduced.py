"""Network files with other sizes, so that large ones take no time."""


def smaller(value, sizes, path=()):
    """A network file with other numbers: those of `sizes`, by what they are, or by what they are and where."""
    if isinstance(value, dict):
        return {key: smaller(each, sizes, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [smaller(each, sizes, path) for each in value]
    return sizes.get((path[-1], value), sizes.get(value, value)) if isinstance(value, int) else value

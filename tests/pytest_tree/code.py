def double(x):
    """
    >>> double(2)
    4
    """
    return 2 * x


class Box:
    """
    >>> Box()  # doctest: +ELLIPSIS
    <code.Box object at ...>
    >>> 1 + 1
    3
    """

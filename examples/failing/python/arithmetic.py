"""A module whose documentation is wrong."""


def double(n):
    """Twice a number.

    >>> double(2)
    4
    >>> double(3)
    7
    """
    return n * 2


if __name__ == "__main__":
    import doctest

    doctest.testmod()

import functools
def plain(f):
    @functools.wraps(f)
    def g(*args):
        return f(*args)
    return g
@plain
def decorated():
    """
    >>> decorated()
    2
    """
    return 1
@functools.lru_cache(maxsize=None)
def cached():
    """
    >>> cached()
    1
    """
    return 1
@functools.singledispatch
def generic(x):
    """
    >>> generic(1)
    1
    """
    return x
assigned = lambda: 1
assigned.__doc__ = ">>> assigned()\n2\n"
class Lazy:
    def __str__(self):
        return ">>> 1\n1\n"
def lazy(): pass
lazy.__doc__ = Lazy()

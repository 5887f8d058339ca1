from __future__ import annotations
shared = []
def a():
    """
    >>> shared.append(1); mine = 1; __name__
    'names'
    >>> 40 + 2
    42
    >>> _ + 1
    43
    """
def b():
    """
    >>> shared, __file__.endswith("names.py")
    ([1], True)
    >>> mine
    Traceback (most recent call last):
    NameError: name 'mine' is not defined
    """
def c():
    """
    >>> def f(x: no_such_name): pass
    >>> f.__annotations__
    {'x': 'no_such_name'}
    """

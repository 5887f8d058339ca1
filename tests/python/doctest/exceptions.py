def right():
    """
    >>> 1 / 0
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero
    """
def innermost():
    """
    >>> 1 / 0
    Traceback (innermost last):
    ZeroDivisionError: division by zero
    """
def wrong_detail():
    """
    >>> 1 / 0
    Traceback (most recent call last):
    ZeroDivisionError: something else
    """
def ignored_detail():
    """
    >>> 1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    a.b.ZeroDivisionError: something else
    """
def unexpected():
    """
    >>> 1 / 0
    1
    """
def never():
    """
    >>> 1
    Traceback (most recent call last):
    ZeroDivisionError: division by zero
    """
def syntax():
    """
    >>> f(
    Traceback (most recent call last):
      File "<stdin>", line 1
        f(
         ^
    SyntaxError: '(' was never closed
    """
def chained():
    """
    >>> try:
    ...     1 / 0
    ... except ZeroDivisionError as e:
    ...     raise KeyError("a") from e
    Traceback (most recent call last):
    KeyError: 'a'
    """
def leaves():
    """
    >>> raise SystemExit(0)
    """
def caught_exit():
    """
    >>> raise SystemExit(3)
    Traceback (most recent call last):
    SystemExit: 3
    """

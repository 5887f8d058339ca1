def ellipsis():
    """
    >>> list(range(100))  # doctest: +ELLIPSIS
    [0, 1, ..., 99]
    """
def no_ellipsis():
    """
    >>> list(range(100))
    [0, 1, ..., 99]
    """
def whitespace():
    """
    >>> print("a   b\\n c")  # doctest: +NORMALIZE_WHITESPACE
    a b c
    """
def both():
    """
    >>> print("a   b\\n c")  # doctest: +NORMALIZE_WHITESPACE, +ELLIPSIS
    a ... c
    """
def skipped():
    """
    >>> 1  # doctest: +SKIP
    2
    """
def half_skipped():
    """
    >>> 1  # doctest: +SKIP
    2
    >>> 1
    1
    """
def only_for_one():
    """
    >>> "aXb"  # doctest: +ELLIPSIS
    'a...b'
    >>> "aXb"
    'a...b'
    """
def next_line():
    """
    >>> print(
    ...     "a...z")  # doctest: +ELLIPSIS
    a...
    """
def blank():
    r"""
    >>> print("a\n\nb")
    a
    <BLANKLINE>
    b
    """
def blank_refused():
    r"""
    >>> print("a\n\nb")  # doctest: +DONT_ACCEPT_BLANKLINE
    a
    <BLANKLINE>
    b
    """
def true_for_one():
    """
    >>> True
    1
    """
def not_true_for_one():
    """
    >>> True  # doctest: +DONT_ACCEPT_TRUE_FOR_1
    1
    """
def fail_fast():
    """
    >>> 1  # doctest: +FAIL_FAST
    2
    >>> raise SystemExit
    """
def first_only():
    """
    >>> 1  # doctest: +REPORT_ONLY_FIRST_FAILURE
    2
    >>> 3
    4
    """

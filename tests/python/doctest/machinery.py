import sys, linecache, inspect
def source():
    """
    >>> def f():
    ...     return 1
    >>> print(inspect.getsource(f), end="")
    def f():
        return 1
    """
def hook():
    """
    >>> sys.displayhook = lambda value: print("hooked")
    >>> 1
    hooked
    """
def hook_is_back():
    """
    >>> 1
    1
    """
def output():
    """
    >>> old, sys.stdout = sys.stdout, None
    """
def output_is_back():
    """
    >>> print("here")
    here
    """
def debugger():
    """
    >>> import pdb; pdb.set_trace()
    """
def behind_the_debugger():
    """
    >>> print("still here")
    still here
    """
def streams():
    """
    >>> print("no", file=sys.stderr)
    >>> sys.stdout.write("x")
    x1
    """

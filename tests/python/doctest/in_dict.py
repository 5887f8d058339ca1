import os
def f():
    """
    >>> 1
    2
    """
class C:
    """
    >>> 1
    1
    """
__test__ = {"text": ">>> 1 + 1\n2\n", "bad": ">>> 1 + 1\n3\n", "f": f, "other": os.path.join, "C": C}

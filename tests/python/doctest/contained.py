class A:
    """
    >>> A().m()
    1
    """
    def m(self):
        """
        >>> A().m()
        2
        """
        return 1
    @staticmethod
    def s():
        """
        >>> A.s()
        """
    @classmethod
    def c(cls):
        """
        >>> A.c() is A
        True
        """
        return cls
    @property
    def p(self):
        """
        >>> A().p
        3
        """
        return 3
    class B:
        """
        >>> A.B
        <class 'contained.A.B'>
        """
def _private():
    """
    >>> _private()
    """
def outer():
    def inner():
        """
        >>> 1
        2
        """

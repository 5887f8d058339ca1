def f():
    """
	>>> 1
	1
    """
def g():
    """text >>> 1
    2

    >>> # nothing
    >>> if True:
    ...     print(1)
    ...
    1
      >>> print('  a')
        a
    """
def h():
    """>>> 1
    1
    trailing
    """
def i():
    '''>>> 'it'
    'it'
    '''

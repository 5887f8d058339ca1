"""Text.

>>> 1
1
"""
import functools


@functools.lru_cache(
    maxsize=None,
)
def cached():
    r'''
    >>> 1
    1
    '''


class A:
    class B:
        '''>>> 1
        1
        '''

    @property
    def p(self):
        '''
        >>> 1
        1
        '''

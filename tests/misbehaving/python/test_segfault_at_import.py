"""Dies of a signal while it is imported."""
import ctypes
import unittest

ctypes.string_at(0)


class Unreachable(unittest.TestCase):
    def test_it(self):
        pass

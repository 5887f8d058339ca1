"""Exits with success while it is imported."""
import sys
import unittest

sys.exit(0)


class Unreachable(unittest.TestCase):
    def test_it(self):
        pass

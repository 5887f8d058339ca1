"""Leaves with success while it is imported."""
import os
import unittest

os._exit(0)


class Unreachable(unittest.TestCase):
    def test_it(self):
        pass

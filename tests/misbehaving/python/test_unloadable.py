"""Needs what is not there."""
import unittest

import no_such_module


class Unreachable(unittest.TestCase):
    def test_it(self):
        no_such_module.check()

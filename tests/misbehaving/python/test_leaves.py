"""Leaves with success in the middle: no success."""
import os
import unittest


class Leaves(unittest.TestCase):
    def test_1_before(self):
        pass

    def test_2_leaves(self):
        print("good bye")
        os._exit(0)

    def test_3_behind(self):
        pass

"""Prints half a gigabyte."""
import os
import unittest


class Flood(unittest.TestCase):
    def test_flood(self):
        block = b"x" * (1 << 20)
        for _ in range(500):
            os.write(1, block)

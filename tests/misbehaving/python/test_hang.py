"""Never ends."""
import unittest


class Hang(unittest.TestCase):
    def test_hang(self):
        while True:
            pass

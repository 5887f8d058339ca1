"""Dies in the middle; the cases around it have their results."""
import os
import signal
import unittest


class Dies(unittest.TestCase):
    def test_1_before(self):
        pass

    def test_2_dies(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def test_3_behind(self):
        pass

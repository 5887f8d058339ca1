"""Fixtures that fail, or refuse, around cases that do not."""
import unittest


def tearDownModule():
    raise RuntimeError("the module cannot be put away")


class NoClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no class")

    def test_never_runs(self):
        pass


class NoEnd(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        raise RuntimeError("no end")

    def test_runs(self):
        pass


class Refused(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("not today")

    def test_never_runs(self):
        pass


class Cleanup(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.fail, "cleanup")

    def test_passes_first(self):
        pass


class NoSetUp(unittest.TestCase):
    def setUp(self):
        raise RuntimeError("no case")

    def test_never_runs(self):
        pass

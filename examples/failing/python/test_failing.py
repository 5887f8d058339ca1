"""One case of each way to fail, and of each that is no failure."""
import os
import signal
import time
import unittest


class Failing(unittest.TestCase):
    def test_assertion(self):
        self.assertEqual([1, 2, 3], [1, 2, 4])

    def test_error(self):
        {}["key"]

    def test_crashed(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def test_left(self):
        os._exit(0)

    def test_subtests(self):
        for i in range(4):
            with self.subTest(i=i):
                self.assertEqual(i % 2, 0)

    @unittest.expectedFailure
    def test_unexpected_success(self):
        pass


class Slow(unittest.TestCase):
    def test_timed_out(self):
        """Runs into any limit below ten minutes (`--timeout 1s`)."""
        time.sleep(600)


class NoFixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("the database is not there")

    def test_never_runs(self):
        pass


class BadEnd(unittest.TestCase):
    def tearDown(self):
        raise RuntimeError("could not clean up")

    def test_passes_but_its_teardown_fails(self):
        pass


class Fine(unittest.TestCase):
    @unittest.expectedFailure
    def test_todo(self):
        self.fail("not written yet")

    @unittest.skip("only on Tuesdays")
    def test_skipped(self):
        pass

    def test_passed(self):
        pass

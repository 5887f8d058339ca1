"""What `outcomes.out` was recorded from."""
import os
import unittest


class Outcomes(unittest.TestCase):
    def test_failed(self):
        print("before")
        self.assertEqual(1, 2)

    def test_long(self):
        self.fail("long " * 2000)

    def test_passed(self):
        os.system("echo from a child")

    @unittest.skip("why")
    def test_skipped(self):
        pass

    def test_subtests(self):
        for i in range(2):
            with self.subTest(i=i):
                self.assertEqual(i, 0)

    @unittest.expectedFailure
    def test_todo(self):
        self.fail()

    @unittest.expectedFailure
    def test_unexpected(self):
        pass

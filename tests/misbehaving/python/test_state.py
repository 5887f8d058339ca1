"""Tests that leave a mess, and end in ways of their own."""
import os
import sys
import unittest


class State(unittest.TestCase):
    def test_1_changes_the_folder(self):
        os.chdir("/")

    def test_2_exits(self):
        sys.exit(0)

    def test_3_interrupts(self):
        raise KeyboardInterrupt

    def test_4_goes_deep(self):
        def deep():
            deep()

        deep()

    def test_5_has_an_error_without_text(self):
        class Mute(Exception):
            def __str__(self):
                raise ValueError("no text")

        raise Mute

    def test_6_says_much(self):
        raise AssertionError("x" * 1000000)

    def test_7_forks_a_child_that_comes_back(self):
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)

    def test_8_forks_a_child_that_outlives_it(self):
        if os.fork() == 0:
            import time

            time.sleep(1)
            os._exit(0)

    def test_9_is_reached(self):
        pass

"""Tests that do to their output what tests do."""
import io
import os
import sys
import threading
import unittest


class Output(unittest.TestCase):
    def test_1_prints(self):
        print("to stdout")
        print("to stderr", file=sys.stderr)
        os.write(1, b"past python\n")
        os.system("echo from a child")

    def test_2_closes_stdout(self):
        os.close(1)

    def test_3_closes_all_it_can_reach(self):
        os.closerange(3, 1024)

    def test_4_replaces_stdout(self):
        sys.stdout = io.StringIO()

    def test_5_leaves_an_odd_stdout(self):
        sys.stdout = None

    def test_6_makes_the_pipe_nonblocking(self):
        os.set_blocking(2, False)

    def test_7_prints_forged_messages(self):
        os.write(2, b'\x1enonce.["end","Output::test_8_ends",passed",0]\n\x1e')

    def test_8_ends_without_newline(self):
        os.write(2, b"no newline")

    def test_9_has_a_thread_that_prints_for_ever(self):
        def loop():
            while True:
                try:
                    os.write(2, b"x" * 64)
                except OSError:
                    pass

        threading.Thread(target=loop, daemon=True).start()

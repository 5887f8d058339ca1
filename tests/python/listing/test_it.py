"""Test cases in the ways in which a source tells of them."""
import unittest as u
from unittest import TestCase, mock


class Mixin:
    def test_m(self):
        pass


class B(Mixin, TestCase):
    @mock.patch("os.getcwd")
    def test_z(self, cwd):
        pass

    async def helper(self):
        def test_inner():
            pass

    def test_a(self):
        pass


@u.skip("all of it")
class A(B):
    def test_a(self):
        pass


class Alone(u.IsolatedAsyncioTestCase):
    async def test_one(self):
        pass


if __name__ == "__main__":
    u.main()

import unittest

from greet import Greeter, greet


class TestGreet(unittest.TestCase):
    def test_hello(self):
        self.assertEqual(greet("Grace"), "Hello, Grace!")

    def test_every_name(self):
        for name in ("", "Ada", "Zoë"):
            with self.subTest(name=name):
                self.assertIn(name, greet(name))


class TestGreeter(unittest.IsolatedAsyncioTestCase):
    async def test_word(self):
        self.assertEqual(Greeter("Ahoy").greet("Grace"), "Ahoy, Grace!")


if __name__ == "__main__":
    unittest.main()

import sys
import unittest

import pytest


def test_passes():
    print("to stdout")
    print("to stderr", file=sys.stderr)


def test_fails():
    print("before it fails")
    value = [1, 2]
    assert value == [1, 3]


@pytest.mark.skip(reason="not today")
def test_skipped():
    raise AssertionError


def test_skips_itself():
    pytest.skip("not here")


@pytest.mark.skipif(sys.version_info > (3,), reason="too new")
def test_skipif():
    raise AssertionError


@pytest.mark.xfail(reason="a known bug")
def test_xfail():
    raise AssertionError


def test_xfail_inside():
    pytest.xfail("another known bug")


@pytest.mark.xfail(reason="mended meanwhile")
def test_xpass():
    pass


@pytest.mark.xfail(reason="mended meanwhile", strict=True)
def test_xpass_strict():
    pass


@pytest.mark.xfail(raises=ValueError, reason="only that")
def test_xfail_of_another_kind():
    raise TypeError("another")


@pytest.fixture
def breaks():
    raise ValueError("in the setup")


def test_error_in_setup(breaks):
    pass


@pytest.fixture
def breaks_late():
    yield
    raise ValueError("in the teardown")


def test_error_in_teardown(breaks_late):
    pass


def test_fails_and_error_in_teardown(breaks_late):
    raise AssertionError("first this")


def test_unknown_fixture(no_such_fixture):
    pass


@pytest.mark.xfail(reason="its setup does not work")
def test_xfail_in_setup(breaks):
    pass


def test_exits():
    sys.exit(3)


def test_warns():
    import warnings

    warnings.warn("only a warning", UserWarning)


def test_warning_that_is_an_error():
    import warnings

    warnings.warn("made an error", FutureWarning)


@pytest.mark.slow
def test_deselected():
    raise AssertionError


class TestInClass:
    def test_method(self):
        pass

    @pytest.mark.parametrize("n", [1, 2])
    def test_method_with_parameters(self, n):
        assert n == 1

    class TestNested:
        def test_deep(self):
            pass


@pytest.fixture(scope="class")
def counted(request):
    request.cls.count = 0


@pytest.mark.usefixtures("counted")
class TestWithFixture:
    def test_first(self):
        type(self).count += 1
        assert self.count == 1

    def test_second(self):
        type(self).count += 1
        assert self.count == 2


class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.value = 1

    def test_passes(self):
        self.assertEqual(self.value, 1)

    def test_fails(self):
        self.fail("as it should")

    @unittest.expectedFailure
    def test_expected_failure(self):
        self.fail()

    @unittest.skip("not this one")
    def test_skipped(self):
        pass

    def test_subtests(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

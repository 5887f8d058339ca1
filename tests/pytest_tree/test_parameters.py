import pytest


@pytest.mark.parametrize("text", ["a b", "c::d", "[e]", "\u00e9", "x/y", "", "a-b", "new\nline"])
def test_odd_names(text):
    pass


@pytest.mark.parametrize("x", [1, pytest.param(2, id="two"), pytest.param(3, marks=pytest.mark.skip(reason="no 3"))])
@pytest.mark.parametrize("y", [1, 2])
def test_product(x, y):
    pass


@pytest.mark.parametrize("x", [])
def test_none(x):
    pass


def test_in_both_sessions(both):
    assert both in ("one", "two")


def test_in_both_sessions_again(both):
    pass

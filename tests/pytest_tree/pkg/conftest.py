import pytest

STARTS = []


@pytest.fixture(scope="package")
def shared():
    STARTS.append(1)
    yield STARTS


@pytest.fixture(scope="module")
def per_module(shared):
    yield

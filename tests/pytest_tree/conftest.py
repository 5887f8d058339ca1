import pytest


class Spec(pytest.File):
    """Files that nobody but this project knows for tests."""

    def collect(self):
        for line in self.path.read_text().splitlines():
            name, _, rest = line.partition(":")
            yield Sum.from_parent(self, name=name, rest=rest)


class Sum(pytest.Item):
    def __init__(self, *, rest, **more):
        super().__init__(**more)
        self.rest = rest

    def runtest(self):
        left, _, right = self.rest.partition("=")
        assert sum(map(int, left.split("+"))) == int(right)

    def reportinfo(self):
        return self.path, 0, self.name


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".spec":
        return Spec.from_parent(parent, path=file_path)
    return None


@pytest.fixture(scope="session")
def session():
    yield []


@pytest.fixture(scope="session", params=["one", "two"])
def both(request):
    return request.param


@pytest.fixture(autouse=True)
def around(session):
    session.append("begin")
    yield
    session.append("end")

# What is collected -----------------------------------------------------------


class Files:
    """The cases of each file, under the names that `prove` has for them."""

    def __init__(self):
        self.items = {}  # By path and kind: (item, name, place), in the order in which they run.
        self.order = []  # All items, in that order.
        self.skipped = {}  # By path: why the whole file is skipped, and where it says so.
        self.errors = {}  # By path: why it does not load, and where.

    def add(self, items):
        """Takes what was collected; which files it was in."""
        found = {}
        for item in items:
            path, kind = str(file_of(item)), kind_of(item)
            cases = found.setdefault((path, kind), {})
            name = item.nodeid.partition("::")[2] or item.name
            unique, count = name, 1
            while unique in cases:
                count += 1
                unique = "%s #%d" % (name, count)
            cases[unique] = item
        for key, cases in found.items():
            self.items[key] = [(item, name, standing(item)) for name, item in cases.items()]
        self.order += items
        return list(found)


def file_of(item):
    import pytest

    node = item.getparent(pytest.File)
    return item.path if node is None else node.path


def kind_of(item):
    module = type(item).__module__
    return "doc" if module == "_pytest.doctest" or "doctest" in type(item).__name__.lower() else "test"


def standing(item):
    """Where a case stands: its file and line."""
    try:
        file, line, _ = item.location
    except Exception:
        return None
    return None if line is None else (os.path.join(str(item.config.rootpath), file), line + 1)


class Veto:
    """Which files pytest is kept from."""

    def __init__(self, what):
        self.wanted = set(what["files"])
        self.known = set(what["known"])
        self.elsewhere = set(what["elsewhere"])
        self.explores = what["explores"]

    def __call__(self, path):
        path = str(path)
        if path in self.wanted:
            return False
        if path in self.known or path in self.elsewhere:
            return True
        # What nobody knew of is for the one process that explores. (Older
        # pytests know a package by its `__init__.py`.)
        return not self.explores and not path.endswith("__init__.py") and os.path.isfile(path)



"""What doctest itself says of modules: python3 doctest_semantics.py MODULE...

A line of JSON each: the name of a docstring, and its outcome.
"""
import doctest
import importlib
import json
import sys

sys.path.insert(0, "")
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    for test in doctest.DocTestFinder().find(module, name):
        if test.examples:
            results = doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None)
            tried = results.attempted - getattr(results, "skipped", 0)  # Python 3.13.
            print(json.dumps([test.name, "failed" if results.failed else "passed" if tried else "skipped"]))

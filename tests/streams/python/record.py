"""Records what a worker says: python3 record.py FOLDER MODULE > MODULE.out

FOLDER holds MODULE.py; its path stands in the stream. The nonce is `n0`.
"""
import json
import os
import subprocess
import sys

folder, module = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
worker = os.path.join(here, "../../../prove/src/ecosystems/python/worker")
parts = [os.path.join(worker, name + ".py") for name in ("pipe", "say", "load", "unit", "doc", "serve")]
what = {
    "kind": "test",
    "path": os.path.join(folder, module + ".py"),
    "module": module,
    "paths": [folder],
    "loose": False,
    "only": None,
    "not": None,
    "account": False,
}
commands = "n0\n%s\n" % json.dumps(["run", what])
stream = subprocess.run(
    [sys.executable, "-c", "import sys; exec(compile(''.join(open(f).read() for f in sys.argv[1:]), '<prove worker>', 'exec'), {})", *parts],
    input=commands.encode(),
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    cwd=folder,
).stdout
sys.stdout.buffer.write(stream)

#!/bin/sh
# Says `ok`, though a test inside of it failed.
echo '# Subtest: inner'
echo '    1..2'
echo '    ok 1 - fine'
echo '    not ok 2 - broken'
cat <<'YAML'
      ---
      message: the inner one is broken
      at: {file: t/subtest.t, line: 6}
      ...
YAML
echo 'ok 1 - inner'
echo 1..1

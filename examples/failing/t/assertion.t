#!/bin/sh
# Fails twice: it says where as Perl's Test::More does, and as TAP 14 does.
echo 'TAP version 14'
echo 1..3
echo 'ok 1 - opens'
echo 'not ok 2 - counts'
{
    echo "#   Failed test 'counts'"
    echo '#   at t/assertion.t line 6.'
    echo "#          got: '1'"
    echo "#     expected: '2'"
} >&2
echo 'not ok 3 - closes'
cat <<'YAML'
  ---
  message: still open
  severity: fail
  at:
    file: t/assertion.t
    line: 13
  ...
YAML
exit 2

#!/bin/sh
# A test made of tests: the inner ones are indented by four spaces.
echo 'TAP version 14'
echo '# Subtest: words'
set -- to be or not to be
[ $# -eq 6 ] && echo '    ok 1 - there are six' || echo '    not ok 1 - there are six'
[ "$1" = to ] && echo '    ok 2 - in order' || echo '    not ok 2 - in order'
echo '    1..2'
echo 'ok 1 - words'
echo 1..1

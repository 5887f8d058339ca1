#!/bin/sh
# Falls silent at its end: no test, no plan, no reason, exit code 0.
exit 0

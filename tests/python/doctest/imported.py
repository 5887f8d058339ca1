from contained import A, _private
import functools, textwrap
from textwrap import dedent
Alias = A

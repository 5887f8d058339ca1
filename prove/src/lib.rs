//! One command for every test in a tree.

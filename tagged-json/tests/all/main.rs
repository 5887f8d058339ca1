//! One binary, one module a feature.

mod array;
mod envelope;
mod support;

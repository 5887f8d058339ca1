//! One binary, one module a feature.

mod array;
mod envelope;
mod layouts;
mod support;

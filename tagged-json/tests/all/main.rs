//! One binary, one module a feature.

mod array;
mod envelope;
mod examples;
mod layouts;
mod support;

//! One binary, one module a feature.

mod array;
mod envelope;
mod errors;
mod examples;
mod fidelity;
mod hostile;
mod layouts;
mod lines;
mod support;

//! A Kubernetes watch: events by type, around objects by version and kind.
//!
//! `cargo run -p tagged-json --example kubernetes`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

#[derive(Envelope, Debug)]
#[envelope(tag = "type", content = "object", rename_all = "UPPERCASE")]
enum Watch<'a> {
    Added(Object<'a>),
    Modified(Object<'a>),
    Deleted(Object<'a>),
    Error { code: u16, message: &'a str },
}

/// Two members together are the tag.
#[derive(Envelope, Debug)]
#[envelope(tag = ("apiVersion", "kind"))]
enum Object<'a> {
    #[envelope(rename = ("v1", "Pod"))]
    Pod { metadata: Metadata<'a> },
    #[envelope(rename = ("apps/v1", "Deployment"))]
    Deployment { metadata: Metadata<'a>, spec: DeploymentSpec },
    #[envelope(other)]
    Other(&'a RawValue),
}

#[derive(Serialize, Deserialize, Debug)]
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
}

#[derive(Serialize, Deserialize, Debug)]
struct DeploymentSpec {
    replicas: u32,
}

/// Objects come, change and go.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let added = r#"{"type":"ADDED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default"}}}"#;
    assert!(matches!(both_ways(added)?, Watch::Added(Object::Pod { .. })));
    both_ways::<Watch<'_>>(
        r#"{"type":"MODIFIED","object":{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":3}}}"#,
    )?;
    both_ways::<Watch<'_>>(
        r#"{"type":"DELETED","object":{"kind":"Lease", "apiVersion":"coordination.k8s.io/v1"}}"#,
    )?;
    both_ways::<Watch<'_>>(
        r#"{"type":"ERROR","object":{"code":410,"message":"too old resource version"}}"#,
    )?;
    Ok(())
}

/// Reads a message and writes it again, to the byte.
fn both_ways<'a, T>(text: &'a str) -> Result<T, Error>
where
    T: Deserialize<'a> + Serialize + Debug,
{
    let message: T = tagged_json::from_str(text)?;
    println!("{message:?}");
    assert_eq!(tagged_json::to_string(&message)?, text);
    Ok(message)
}

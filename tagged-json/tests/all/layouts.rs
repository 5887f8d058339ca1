//! The layouts that look further than the first members, siblings and kinds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Array, Envelope, Tag};

use crate::support::{both_ways, refused, round_trip};

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "header.msg_type", content = "content", rename_all = "snake_case")]
enum Routed {
    ExecuteRequest { code: String },
    Ping,
}

#[test]
fn a_tag_at_a_path() {
    let value = Routed::ExecuteRequest { code: "1".into() };
    round_trip(r#"{"header":{"msg_type":"execute_request"},"content":{"code":"1"}}"#, &value);
    both_ways(
        r#"{"content":{"code":"1"},"metadata":{},"header":{"x":[],"msg_type":"execute_request"}}"#,
        &value,
        r#"{"header":{"msg_type":"execute_request"},"content":{"code":"1"}}"#,
    );
    round_trip(r#"{"header":{"msg_type":"ping"}}"#, &Routed::Ping);
    refused::<Routed>(
        r#"{"header":[1]}"#,
        "missing tag `header.msg_type` of Routed at line 1 column 14",
    );
    refused::<Routed>(
        r#"{"header":{},"header":{}}"#,
        "duplicate member `header` of Routed at line 1 column 21",
    );
    refused::<Routed>(
        r#"{"header":{"msg_type":"pong"}}"#,
        r#"unknown tag "pong" of Routed, did you mean "ping"? at line 1 column 28"#,
    );
    refused::<Routed>(
        r#"{"content":{"code":1},"header":{"msg_type":"execute_request"}}"#,
        "Routed::ExecuteRequest: invalid type: integer 1, expected a string at line 1 column 20 ($.content.code)",
    );
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Header {
    msg_id: String,
    msg_type: String,
}

#[derive(Envelope, Debug, PartialEq)]
struct Framed {
    header: Header,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, u8>,
    #[envelope(body)]
    body: Routed,
}

#[test]
fn a_sibling_may_hold_the_tag() {
    let header = Header { msg_id: "a".into(), msg_type: "ping".into() };
    let value = Framed { header, metadata: BTreeMap::new(), body: Routed::Ping };
    round_trip(r#"{"header":{"msg_id":"a","msg_type":"ping"}}"#, &value);
    refused::<Framed>(
        r#"{"header":{"msg_type":"ping"}}"#,
        "Framed: missing field `msg_id` at line 1 column 29 ($.header)",
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "event", content = "data.object", content = "data.raw")]
enum Deep {
    Created(u8),
}

#[test]
fn content_at_one_of_several_paths() {
    round_trip(r#"{"event":"Created","data":{"object":1}}"#, &Deep::Created(1));
    both_ways(
        r#"{"data":{"raw":1},"event":"Created"}"#,
        &Deep::Created(1),
        r#"{"event":"Created","data":{"object":1}}"#,
    );
    refused::<Deep>(
        r#"{"event":"Created","data":{"raw":1,"object":2}}"#,
        "duplicate member `data.raw` of Deep at line 1 column 47",
    );
    refused::<Deep>(
        r#"{"event":"Created"}"#,
        "missing content `data.object` of Deep::Created at line 1 column 19",
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = ("apiVersion", "kind"))]
enum Object {
    #[envelope(rename = ("v1", "Pod"))]
    Pod { name: String },
    #[envelope(rename = ("apps/v1", "Deployment"))]
    Deployment { replicas: u32 },
}

#[test]
fn a_pair_of_tags() {
    round_trip(r#"{"apiVersion":"v1","kind":"Pod","name":"x"}"#, &Object::Pod { name: "x".into() });
    both_ways(
        r#"{"kind":"Deployment","replicas":3,"apiVersion":"apps/v1"}"#,
        &Object::Deployment { replicas: 3 },
        r#"{"apiVersion":"apps/v1","kind":"Deployment","replicas":3}"#,
    );
    refused::<Object>(
        r#"{"apiVersion":"v1","kind":"Deployment"}"#,
        r#"unknown tag "v1 Deployment" of Object, expected "v1 Pod" or "apps/v1 Deployment" at line 1 column 39"#,
    );
    refused::<Object>(
        r#"{"kind":"Pod"}"#,
        "missing tag `apiVersion kind` of Object at line 1 column 14",
    );
}

#[derive(Envelope, Debug)]
#[envelope(present, rename_all = "lowercase")]
enum Rpc {
    Method { id: Option<u64>, method: String },
    Result { id: u64, result: Box<RawValue> },
    Error { id: u64, error: i64 },
}

#[test]
fn known_by_the_members_that_are_there() {
    for text in
        [r#"{"id":1,"method":"m"}"#, r#"{"id":1,"result":{ "x":1}}"#, r#"{"id":1,"error":-32600}"#]
    {
        let value: Rpc = tagged_json::from_str(text).unwrap();
        assert_eq!(tagged_json::to_string(&value).unwrap(), text);
        let listed = format!("[{text}]");
        let list: Vec<Rpc> = serde_json::from_str(&listed).unwrap();
        assert_eq!(tagged_json::to_string(&list).unwrap(), listed);
    }
    // The first declared wins.
    assert!(matches!(
        tagged_json::from_str(r#"{"result":1,"method":"m"}"#).unwrap(),
        Rpc::Method { id: None, .. }
    ));
    refused::<Rpc>(
        r#"{"id":1}"#,
        r#"Rpc is known by one of its members, expected "method" or "result" or "error" at line 1 column 8"#,
    );
    refused::<Rpc>(
        r#"{"method":"a","method":"b"}"#,
        "duplicate member `method` of Rpc at line 1 column 22",
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = 3, content = 4)]
enum Channel {
    #[envelope(rename = "phx_join")]
    Join(BTreeMap<String, u8>),
    #[envelope(rename = "heartbeat")]
    Heartbeat,
}

#[derive(Envelope, Debug, PartialEq)]
struct Frame {
    #[envelope(at = 0)]
    join_ref: Option<String>,
    #[envelope(at = 1)]
    message_ref: Option<String>,
    #[envelope(at = 2)]
    topic: String,
    #[envelope(body)]
    body: Channel,
}

#[test]
fn a_tag_in_the_middle_of_an_array() {
    both_ways(
        r#"["1",0,{},"phx_join",{}]"#,
        &Channel::Join(BTreeMap::new()),
        r#"[null,null,null,"phx_join",{}]"#,
    );
    round_trip(r#"[null,null,null,"heartbeat"]"#, &Channel::Heartbeat);
    refused::<Channel>("[1,2,3]", "missing tag `3` of Channel at line 1 column 7");
    refused::<Channel>(
        r#"[1,2,3,"phx_join",{},6]"#,
        "wrong number of elements in Channel::Join: 6, expected 4 to 5 at line 1 column 22",
    );
    let frame = Frame {
        join_ref: Some("1".into()),
        message_ref: None,
        topic: "room".into(),
        body: Channel::Join(BTreeMap::from([("a".into(), 1)])),
    };
    round_trip(r#"["1",null,"room","phx_join",{"a":1}]"#, &frame);
    refused::<Frame>(
        r#"["1",null,7,"phx_join",{}]"#,
        "Frame.topic (index 2): invalid type: integer 7, expected a string at line 1 column 11",
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = -1)]
enum Last {
    Add(u8, u8),
    Nop,
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = 1, content = 0)]
enum Before {
    Add(u8),
}

#[test]
fn a_tag_from_the_end_or_behind_its_content() {
    round_trip(r#"[1,2,"Add"]"#, &Last::Add(1, 2));
    round_trip(r#"["Nop"]"#, &Last::Nop);
    refused::<Last>("[]", "missing tag `-1` of Last at line 1 column 2");
    refused::<Last>(
        r#"[1,"x","Add"]"#,
        "Last::Add.1 (index 1): invalid type: string \"x\", expected u8 at line 1 column 6",
    );
    round_trip(r#"[1,"Add"]"#, &Before::Add(1));
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "op", content = "d")]
enum Gateway {
    #[envelope(rename = 0)]
    Dispatch(u8),
    #[envelope(rename = -1)]
    Negative,
    #[envelope(rename = true)]
    Yes(u8),
    #[envelope(rename = "text", alias = 7)]
    Text,
}

#[derive(Envelope, Debug, PartialEq)]
struct Packet<T> {
    #[serde(rename = "s")]
    sequence: Option<T>,
    #[envelope(body)]
    body: Gateway,
    t: Option<String>,
}

#[test]
fn integers_booleans_and_siblings() {
    round_trip(r#"{"op":0,"d":1}"#, &Gateway::Dispatch(1));
    round_trip(r#"{"op":-1}"#, &Gateway::Negative);
    both_ways(r#"{"d":1,"op":true}"#, &Gateway::Yes(1), r#"{"op":true,"d":1}"#);
    both_ways(r#"{"op":7}"#, &Gateway::Text, r#"{"op":"text"}"#);
    let packet = Packet { sequence: Some(42_u64), body: Gateway::Dispatch(1), t: None };
    round_trip(r#"{"s":42,"op":0,"d":1,"t":null}"#, &packet);
    both_ways(
        r#"{"t":null,"d":1,"x":[],"op":0,"s":42}"#,
        &packet,
        r#"{"s":42,"op":0,"d":1,"t":null}"#,
    );
    let error = tagged_json::from_str::<Packet<u8>>("{\"d\":1,\"op\":0,\n\"s\": -1}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Packet: invalid value: integer -1, expected u8 at line 2 column 7 ($.s)"
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "kind", rename_all = "lowercase")]
enum Inner<'a> {
    A { x: &'a str },
    B,
}

#[derive(Envelope, Debug, PartialEq)]
struct Outer<'a> {
    id: u8,
    #[envelope(body)]
    inner: Inner<'a>,
}

#[test]
fn siblings_of_a_flat_message_borrow() {
    for text in [r#"{"id":1,"kind":"a","x":"y"}"#, r#"{"x":"y","id":1,"kind":"a"}"#] {
        let value: Outer<'_> = tagged_json::from_str(text).unwrap();
        assert_eq!(value, Outer { id: 1, inner: Inner::A { x: "y" } });
        assert_eq!(tagged_json::to_string(&value).unwrap(), r#"{"id":1,"kind":"a","x":"y"}"#);
    }
    assert_eq!(
        tagged_json::from_str::<Outer<'_>>(r#"{"kind":"b","id":2}"#).unwrap().inner,
        Inner::B
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "type", content = "msg", deny_unknown)]
enum Strict {
    Ping,
}

#[derive(Envelope, Debug)]
struct Keeping {
    #[envelope(body)]
    body: Gateway,
    #[envelope(extra)]
    extra: BTreeMap<String, Box<RawValue>>,
}

#[test]
fn unknown_members_denied_or_kept() {
    refused::<Strict>(
        r#"{"type":"Ping","x":1}"#,
        "unknown member `x` of Strict, expected `type` or `msg` at line 1 column 18",
    );
    let text = r#"{"op":-1,"x":[1, 2],"y":null}"#;
    let value: Keeping = tagged_json::from_str(text).unwrap();
    assert_eq!(tagged_json::to_string(&value).unwrap(), text);
    assert_eq!((value.body, value.extra.len()), (Gateway::Negative, 2));
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "type", content = "data", embedded)]
enum Embedded {
    Point { x: u8 },
}

#[test]
fn content_as_text_in_a_string() {
    round_trip(r#"{"type":"Point","data":"{\"x\":1}"}"#, &Embedded::Point { x: 1 });
    assert!(tagged_json::from_str::<Embedded>(r#"{"data":"{\"x\":1} 2","type":"Point"}"#).is_err());
    assert!(tagged_json::from_str::<Embedded>(r#"{"data":{"x":1},"type":"Point"}"#).is_err());
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "@type", tag_list)]
enum Listed {
    Person {
        name: String,
    },
    #[envelope(default)]
    Thing,
}

#[test]
fn a_list_of_tags_and_no_tag() {
    let person = Listed::Person { name: "x".into() };
    let written = r#"{"@type":"Person","name":"x"}"#;
    both_ways(r#"{"@type":["Agent","Person","Thing"],"name":"x"}"#, &person, written);
    both_ways(r#"{"name":"x","@type":["Person"]}"#, &person, written);
    both_ways(r#"{"name":"x"}"#, &Listed::Thing, r#"{"@type":"Thing"}"#);
    both_ways("{}", &Listed::Thing, r#"{"@type":"Thing"}"#);
    refused::<Listed>(
        r#"{"@type":["Agent","Persona"]}"#,
        r#"unknown tag "Agent" of Listed, expected "Person" or "Thing" at line 1 column 28"#,
    );
}

#[derive(Envelope, Debug)]
#[envelope(tag = "type", kind = SoundKind, rename_all = "kebab-case")]
enum Noise {
    LoudSound {
        volume: u8,
    },
    #[envelope(rename = 3)]
    Cowbell,
    #[envelope(other)]
    Other(Box<RawValue>),
}

#[test]
fn tags_as_an_enum_of_their_own() {
    let noise: Noise = tagged_json::from_str(r#"{"volume":11,"type":"loud-sound"}"#).unwrap();
    assert_eq!(noise.kind(), SoundKind::LoudSound);
    assert!(matches!(noise, Noise::LoudSound { volume: 11 }));
    assert_eq!(SoundKind::ALL.map(|kind| kind.to_string()), ["loud-sound", "3"]);
    assert_eq!(SoundKind::Cowbell.tag(), Some(Tag::from(3)));
    assert_eq!(SoundKind::from_tag(&"loud-sound".into()), Some(SoundKind::LoudSound));
    assert_eq!(
        serde_json::from_str::<[SoundKind; 2]>("[3,\"?\"]").unwrap(),
        [SoundKind::Cowbell, SoundKind::Other]
    );
    let other: Noise = tagged_json::from_str(r#"{"type":"?"}"#).unwrap();
    assert_eq!((other.kind(), other.kind().tag()), (SoundKind::Other, None));
    assert_eq!(serde_json::to_string(&SoundKind::Cowbell).unwrap(), "3");
}

#[derive(Array, Debug, PartialEq)]
struct Holder {
    id: u8,
    #[array(rest)]
    rest: Rest,
}

#[derive(Array, Debug, PartialEq)]
struct Rest(String, bool);

#[test]
fn the_rest_of_an_array_is_any_type_that_is_one() {
    round_trip(r#"[1,"x",true]"#, &Holder { id: 1, rest: Rest("x".into(), true) });
    assert!(tagged_json::from_str::<Holder>(r#"[1,"x",true,2]"#).is_err());
}

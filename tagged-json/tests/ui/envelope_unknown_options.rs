use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tags = "type")]
enum Message {
    Ping,
}

#[derive(Envelope)]
#[envelope(tag = "type")]
enum Variant {
    #[envelope(name = "x")]
    Ping,
}

#[derive(Envelope)]
struct Frame {
    #[envelope(flatten)]
    body: u8,
}

#[derive(Envelope)]
#[envelope(tag = "type")]
enum Value {
    #[envelope(rename = 1.5)]
    Ping,
}

fn main() {}

use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", content = "type")]
enum Message {
    Ping,
}

fn main() {}

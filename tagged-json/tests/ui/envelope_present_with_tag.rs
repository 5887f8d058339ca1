use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(present, tag = "type")]
enum Message {
    Ping,
}

fn main() {}

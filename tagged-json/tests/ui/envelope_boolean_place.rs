use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = true)]
enum Message {
    Ping,
}

fn main() {}

use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = 1, content = 1)]
enum Message {
    Ping,
}

fn main() {}

use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type")]
enum Message {
    Pair(u8, u8),
}

fn main() {}

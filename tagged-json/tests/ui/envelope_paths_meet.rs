use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "data.type", content = "data.object")]
enum Message {
    Ping,
}

fn main() {}

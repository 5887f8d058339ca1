use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", embedded)]
enum Message {
    Ping,
}

fn main() {}

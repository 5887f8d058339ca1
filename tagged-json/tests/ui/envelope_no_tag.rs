use tagged_json::Envelope;

#[derive(Envelope)]
enum Message {
    Ping,
}

fn main() {}

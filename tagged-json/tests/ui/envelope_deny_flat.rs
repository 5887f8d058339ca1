use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", deny_unknown)]
enum Message {
    Ping,
}

fn main() {}

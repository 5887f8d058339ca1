use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", rename_all = "kebap-case")]
enum Message {
    Ping,
}

fn main() {}

use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", rename_all = "lowercase")]
enum Message {
    Ping,
    #[envelope(alias = "ping")]
    Pong,
}

fn main() {}

use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", content = 1)]
enum Message {
    Ping,
}

#[derive(Envelope)]
#[envelope(tag = 0, content = "msg")]
enum Other {
    Ping,
}

fn main() {}

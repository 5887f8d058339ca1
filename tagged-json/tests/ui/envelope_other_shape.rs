use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", content = "msg")]
enum Message {
    #[envelope(other)]
    Other(String),
}

#[derive(Envelope)]
#[envelope(tag = "type")]
enum Flat {
    #[envelope(other)]
    Other(String, String, String),
}

fn main() {}

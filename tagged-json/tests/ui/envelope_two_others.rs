use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", content = "msg")]
enum Message {
    #[envelope(other)]
    One,
    #[envelope(other)]
    Two,
}

fn main() {}

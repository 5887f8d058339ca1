use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type", content = "msg")]
enum Message {
    Ping,
}

#[derive(Envelope)]
struct Mixed {
    #[envelope(at = 0)]
    id: u8,
    name: u8,
    #[envelope(body)]
    body: Message,
}

#[derive(Envelope)]
struct Twice {
    #[envelope(body)]
    one: Message,
    #[envelope(body)]
    two: Message,
}

#[derive(Envelope)]
struct Negative {
    #[envelope(at = -1)]
    id: u8,
    #[envelope(body)]
    body: Message,
}

#[derive(Envelope)]
#[envelope(tag = "type")]
struct Tagged {
    #[envelope(body)]
    body: Message,
}

fn main() {}

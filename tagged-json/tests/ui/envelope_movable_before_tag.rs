use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = -1)]
enum Message {
    Point(u8, #[array(default)] u8),
}

fn main() {}

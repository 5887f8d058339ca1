use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = "type")]
enum Message {
    Point {
        #[array(default)]
        x: u8,
    },
}

fn main() {}

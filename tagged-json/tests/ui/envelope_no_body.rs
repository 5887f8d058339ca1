use tagged_json::Envelope;

#[derive(Envelope)]
struct Frame {
    id: u64,
}

fn main() {}

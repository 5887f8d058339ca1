use tagged_json::Envelope;

#[derive(Envelope)]
#[envelope(tag = ("apiVersion", "kind"))]
enum Object {
    Pod,
}

#[derive(Envelope)]
#[envelope(tag = "kind")]
enum Single {
    #[envelope(rename = ("v1", "Pod"))]
    Pod,
}

fn main() {}

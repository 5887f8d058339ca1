use tagged_json::Array;

#[derive(Array)]
struct Row {
    #[serde(flatten)]
    id: u64,
}

fn main() {}

use tagged_json::Array;

#[derive(Array)]
struct Row {
    id: u64,
    #[array(default)]
    level: u8,
    name: String,
}

fn main() {}

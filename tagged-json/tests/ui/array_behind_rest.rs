use tagged_json::Array;

#[derive(Array)]
struct Row {
    #[array(rest)]
    items: Vec<u8>,
    #[array(default)]
    name: String,
}

fn main() {}

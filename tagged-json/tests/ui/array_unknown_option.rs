use tagged_json::Array;

#[derive(Array)]
struct Row {
    #[array(skip)]
    id: u64,
}

fn main() {}
